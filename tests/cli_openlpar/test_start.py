"""What a service says of a state directory that it does not go on with."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from openlpar.cli.openlpar.entry import main as openlpar
from openlpar.cli.viosvrcmd import main as viosvrcmd
from tests.cli_openlpar.test_openlpar import FEED
from tests.conftest import BIN, start_server


def _refused(data: Path, *options: str, before: tuple[str, ...] = ()) -> str:
    """What a service says that does not start. before: a command that runs it."""
    given = [f"--data={data}", "--http=127.0.0.1:0", "--https=127.0.0.1:0", *options]
    command = [*before, str(BIN / "openlpar"), "serve", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_state_is_not_taken_for_that_of_another_file(tmp_path: Path) -> None:
    """The file of a new state may be named at each start, until it says something else."""
    data, lab, feed = tmp_path / "data", tmp_path / "lab.yaml", tmp_path / "vswitch.xml"
    lab.write_text("openlpar: 1\nLogicalPartition:\n- name: vm7\n")
    feed.write_text(FEED)
    for directory, option in ((data, f"--system={lab}"), (tmp_path / "loaded", f"--load={feed}")):
        for _ in range(2):
            start_server(directory, option).stop()
    lab.write_text("openlpar: 1\nLogicalPartition:\n- name: vm8\n")
    said = _refused(data, f"--system={lab}")
    assert f"{data} has a system already, which was not made from {lab} as that is now. Leave the file out" in said
    start_server(data).stop()


def test_nothing_that_a_service_makes_is_open_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever umask it was started with, and though its folder was there and is open to all."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        server = start_server(data, by_script=True)
    finally:
        os.umask(before)
    monkeypatch.setenv("OPENLPAR_URL", server.http)
    try:
        assert viosvrcmd(["--id", "2", "-c", "viosbr -backup -file mine"]) == 0
        assert openlpar(["backup", "run"]) == 0
    finally:
        server.stop()
    made = [path for path in data.rglob("*") if not path.is_symlink()]
    assert {"vios", "backups", "tls"} <= {path.name for path in data.iterdir()}
    assert [path for path in made if path.stat().st_mode & 0o007] == []


def test_what_an_older_version_left_open_is_closed_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ours = [data / name for name in ("vios", "backups", "uploads", "sessions", "lock", "state.db")]
    theirs = [data / "website", data / "readme.txt"]
    elsewhere = tmp_path / "elsewhere"
    for folder in (*ours[:4], theirs[0], elsewhere):
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    for file in (ours[4], theirs[1]):
        file.touch()
        file.chmod(0o644)
    (data / "loaded.yaml").symlink_to(elsewhere)
    start_server(data).stop()
    assert [path.name for path in ours if path.stat().st_mode & 0o007] == []
    assert [path.stat().st_mode & 0o777 for path in (*theirs, elsewhere)] == [0o755, 0o644, 0o755]
    assert (data / "vios").stat().st_mode & 0o777 == 0o750, "the group of administrators is not shut out"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            'INSERT INTO objects (kind, uuid, body) VALUES (\'Due\', \'7\', \'{"uuid":"7","at":1,"what":"x.y","subject":"S"}\')',
            "'x.y' of S comes due, which this one does not know. Start that one, or a later one.",
        ),
        ("INSERT INTO objects (kind, uuid, body) VALUES ('Robot', 'R2', '{}')", "there is a Robot in it, R2"),
        (
            """UPDATE objects SET body = json_insert(body, '$.Colour', 'red') WHERE kind = 'ManagedSystem'""",
            "ManagedSystem has no field 'Colour'. Start that one",
        ),
    ],
    ids=["due", "kind", "field"],
)
def test_a_state_with_something_of_a_newer_version_is_left_to_that(tmp_path: Path, statement: str, said: str) -> None:
    data = tmp_path / "data"
    start_server(data).stop()
    with contextlib.closing(sqlite3.connect(data / "state.db", isolation_level=None)) as db:
        db.execute(statement)
    told = _refused(data)
    assert "the state was written by a newer OpenLPAR: " in told
    assert said in told


def test_a_damaged_state_is_told_with_a_remedy(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "state.db").write_bytes(b"not a database, but long enough to be looked at" * 10)
    assert "state.db: file is not a database. 'openlpar restore'" in _refused(data)


def test_an_inventory_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "system.yaml").write_bytes(b"openlpar: 1 \xff\xfe")
    said = _refused(tmp_path / "data", f"--system={tmp_path / 'system.yaml'}")
    assert f"{tmp_path / 'system.yaml'}: this is not text in UTF-8. Name an inventory file." in said


def test_a_disk_without_room_is_no_damage(tmp_path: Path) -> None:
    data = tmp_path / "data"
    start_server(data).stop()
    said = _refused(data, before=("prlimit", "--fsize=4096"))
    assert "state.db: " in said
    assert "Free space on that file system or mend it." in said
    assert "restore" not in said
