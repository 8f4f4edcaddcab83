"""Snapshots: whole, of one moment, checked before they are put back, and put back at one instant."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from openlpar.messages import Failure, backup
from openlpar.ports.records import RECORDS
from openlpar.store import snapshot
from openlpar.store.sqlite import SqliteStore
from openlpar.uom.catalogue import element_types
from openlpar.uom.logical_partition import LogicalPartition
from tests.conftest import BIN, Server, start_server
from tests.faces.rest import Rest, logged_on, partition_body


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A state directory with a database of 200 rows, and what belongs to it."""
    folder = tmp_path / "data"
    (folder / "vios" / "2" / "cfgbackups").mkdir(parents=True)
    (folder / "vios" / "2" / "cfgbackups" / "nightly.tar.gz").write_bytes(b"backup")
    (folder / "sessions").mkdir()
    (folder / "sessions" / "token").write_text("secret of a session")
    db = sqlite3.connect(folder / "state.db")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE rows (number INTEGER)")
    db.executemany("INSERT INTO rows VALUES (?)", [(n,) for n in range(200)])
    db.commit()
    db.close()
    return folder


def rows(folder: Path) -> int:
    db = sqlite3.connect(folder / "state.db")
    try:
        return int(db.execute("SELECT count(*) FROM rows").fetchone()[0])
    finally:
        db.close()


def test_what_is_put_back_is_what_was_saved(data: Path, tmp_path: Path) -> None:
    file, copy = tmp_path / "a.snapshot", tmp_path / "copy"
    manifest = snapshot.take(data, file)
    assert file.stat().st_mode & 0o777 == 0o600, "there are secrets in it"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "a.snapshot"}, "nothing is left beside it"
    copy.mkdir()
    assert snapshot.restore(file, copy, replace=False) == manifest
    assert rows(copy) == 200
    assert (copy / "vios" / "2" / "cfgbackups" / "nightly.tar.gz").read_bytes() == b"backup"
    assert not (copy / "sessions").exists(), "what a service makes for itself is not in it"


def test_a_state_in_the_way_is_replaced_only_when_told_so(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.snapshot"
    snapshot.take(data, file)
    (data / "vios" / "2" / "later").write_text("made after the snapshot")
    with pytest.raises(Failure) as caught:
        snapshot.restore(file, data, replace=False)
    assert caught.value.message is backup.STATE_IN_THE_WAY
    snapshot.restore(file, data, replace=True)
    assert rows(data) == 200
    assert not (data / "vios" / "2" / "later").exists()


def _truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _flipped_row(file: Path) -> None:
    content = file.read_bytes()
    place = content.index(b"SQLite format 3") + 4096
    file.write_bytes(content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _text(file: Path) -> None:
    file.write_text("FILE_VERSION = 0100\n" * 1000)


def _bent(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    """Rewrites the manifest."""

    def bend(file: Path) -> None:
        folder = file.with_suffix(".open")
        with tarfile.open(file) as tar:
            names = tar.getnames()
            tar.extractall(folder, filter="data")
        manifest = json.loads((folder / names[0]).read_text())
        change(manifest)
        (folder / names[0]).write_text(json.dumps(manifest))
        with tarfile.open(file, "w") as tar:
            for name in names:
                tar.add(folder / name, name, recursive=False)

    return bend


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_truncated, backup.DAMAGED),
        (_flipped_row, backup.DAMAGED),
        (_empty, backup.DAMAGED),
        (_text, backup.DAMAGED),
        (_bent(lambda m: m.update(taken=1)), backup.DAMAGED),
        (_bent(lambda m: m.pop("schema")), backup.DAMAGED),
        (_bent(lambda m: m.update(format=99)), backup.NEWER),
        (_bent(lambda m: m.update(schema=99)), backup.NEWER),
        (lambda file: file.unlink(), backup.UNREADABLE),
    ],
    ids=["half", "flipped", "empty", "text", "changed", "incomplete", "newer format", "newer schema", "missing"],
)
def test_a_bad_snapshot_is_refused_and_nothing_is_touched(
    data: Path, tmp_path: Path, damage: Callable[[Path], None], message: object
) -> None:
    file = tmp_path / "a.snapshot"
    snapshot.take(data, file)
    damage(file)
    before = sorted(path.relative_to(data) for path in data.rglob("*"))
    with pytest.raises(Failure) as caught:
        snapshot.restore(file, data, replace=True)
    assert caught.value.message is message
    assert str(file) in caught.value.text
    assert sorted(path.relative_to(data) for path in data.rglob("*")) == before
    assert rows(data) == 200


def test_no_state_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        snapshot.take(tmp_path, tmp_path / "a.snapshot")
    assert caught.value.message is backup.NO_STATE


def test_a_damaged_state_is_not_saved_over_a_good_snapshot(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.snapshot"
    snapshot.take(data, file)
    good = file.read_bytes()
    (data / "state.db").write_bytes(b"this is no database, whatever it is called " * 100)
    with pytest.raises(Failure) as caught:
        snapshot.take(data, file)
    assert caught.value.message is backup.STATE_UNREADABLE
    assert file.read_bytes() == good


KILLED = """
import os, sys, shutil
from pathlib import Path
from openlpar.ports.records import RECORDS
from openlpar.store import snapshot
from openlpar.store.sqlite import SqliteStore
from openlpar.uom.catalogue import element_types
from openlpar.uom.logical_partition import LogicalPartition

count, places = sys.maxsize, ("mkdir", "rename", "replace", "rmdir", "unlink", "fsync", "chmod")

def counted(real):
    def call(*words, **options):
        global count
        count -= 1
        if count < 0:
            os._exit(9)
        return real(*words, **options)
    return call

for name in places:
    setattr(os, name, counted(getattr(os, name)))
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        count = int(line)
        if sys.argv[3] == "take":
            snapshot.take(Path(sys.argv[2]), Path(sys.argv[1]))
        else:
            snapshot.restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Killed:
    """Takes or restores a snapshot in a process that is killed before the nth call that changes the disk. It is forked from one
    that has nothing open: to start Python each time would take longer than all the rest."""

    def __init__(self, *words: object) -> None:
        self._forks = subprocess.Popen(
            [sys.executable, "-c", KILLED, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._forks.communicate(timeout=60)

    def before(self, call: int) -> bool:
        """Whether it was killed before that call; False when there are no so many calls, and it is done."""
        assert self._forks.stdin is not None and self._forks.stdout is not None
        self._forks.stdin.write(f"{call}\n")
        self._forks.stdin.flush()
        ended = int(self._forks.stdout.readline())
        assert ended in {0, 9}
        return ended == 9


def test_killed_at_any_moment_a_snapshot_is_the_old_or_the_new_one(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.snapshot"
    snapshot.take(data, file)
    old = file.read_bytes()
    (data / "vios" / "2" / "later").write_text("in the second snapshot")
    with Killed(file, data, "take") as killed:
        for call in range(100):
            was_killed = killed.before(call)
            assert file.read_bytes() == old or len(snapshot.read_manifest(file)["files"]) == 3
            if not was_killed:
                break
    assert file.read_bytes() != old
    assert {path.name for path in tmp_path.iterdir()} == {"data", "a.snapshot"}, "nothing of the killed ones is left"


def test_killed_at_any_moment_a_restore_is_done_or_is_not(data: Path, tmp_path: Path) -> None:
    """The state is the old one, or (after the next start) the snapshot's; never one with parts of both."""
    file = tmp_path / "a.snapshot"
    snapshot.take(data, file)
    db = sqlite3.connect(data / "state.db")
    db.execute("INSERT INTO rows VALUES (200)")
    db.commit()
    db.close()
    (data / "vios" / "2" / "later").write_text("of the state with 201 rows")
    seen, work = set(), tmp_path / "work"
    with Killed(file, work, "restore") as killed:
        for call in range(200):
            shutil.rmtree(work, ignore_errors=True)
            shutil.copytree(data, work)
            was_killed = killed.before(call)
            snapshot.complete(work)
            found = (rows(work), (work / "vios" / "2" / "later").exists())
            assert found in {(201, True), (200, False)}, f"killed before call {call}"
            seen.add(found)
            if not was_killed:
                break
        else:
            pytest.fail("the restore never ended")
    assert seen == {(201, True), (200, False)}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = start_server(tmp_path / "data")
    yield running
    running.kill()


EACH = 30
"""Partitions that are made while a snapshot is taken: three times as many fit on the default system."""


def openlpar(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "openlpar"), *map(str, words)], check=False, capture_output=True, text=True, timeout=60
    )


def partitions(rest: Rest) -> list[int]:
    feed = rest.request("GET", "/rest/api/uom/LogicalPartition/quick/All").text
    return sorted(int(number) for number in re.findall(r'"PartitionName":"vm(\d+)"', feed))


def test_a_snapshot_under_load_is_of_one_moment(server: Server, tmp_path: Path) -> None:
    """While partitions are made one after the other: a snapshot has the first n of them, of which none is missing that was
    acknowledged before it began."""
    rest, acknowledged = logged_on(server), []
    allowed, made = threading.Semaphore(0), threading.Semaphore(0)
    refused: list[str] = []

    def load() -> None:
        for number in range(3 * EACH):
            allowed.acquire()
            answer = rest.request("PUT", "/rest/api/uom/LogicalPartition", partition_body(f"vm{number}", 256))
            if answer.status != 200:
                refused.append(answer.text)
                return
            acknowledged.append(number)
            made.release()

    working = threading.Thread(target=load, daemon=True)
    working.start()
    files: list[tuple[Path, int]] = []
    for number in range(3):
        allowed.release(EACH)
        for _ in range(EACH // 2):  # so it falls among those of this turn, or late ones of the last
            assert made.acquire(timeout=60), refused
        files.append((tmp_path / f"{number}.snapshot", len(acknowledged)))
        snapshot.take(server.data, files[-1][0])
    working.join(60)
    assert not refused and len(acknowledged) == 3 * EACH
    for number, (file, least) in enumerate(files):
        copy = tmp_path / f"copy{number}"
        copy.mkdir()
        snapshot.restore(file, copy, replace=False)
        found = kept(copy)
        assert found == list(range(len(found)))
        assert least <= len(found) <= len(acknowledged)


def kept(folder: Path) -> list[int]:
    """The numbers of the partitions in a state."""
    store = SqliteStore(folder / "state.db", (*element_types.values(), *RECORDS))
    names = [one.name for one in store.load() if isinstance(one, LogicalPartition)]
    store.close()
    return sorted(int(name.removeprefix("vm")) for name in names if name.startswith("vm"))


def test_a_running_service_is_not_restored(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "a.snapshot"
    assert openlpar("snapshot", file, "--data", server.data).returncode == 0
    refused = openlpar("restore", file, "--data", server.data, "--replace")
    assert refused.returncode == 1
    assert "is in use. End the service first" in refused.stderr
    rest = logged_on(server)
    assert rest.request("PUT", "/rest/api/uom/LogicalPartition", partition_body("vm1", 256)).status == 200
    server.stop()
    assert "--replace" in openlpar("restore", file, "--data", server.data).stderr
    done = openlpar("restore", file, "--data", server.data, "--replace")
    assert done.returncode == 0, done.stderr
    assert "is as it was at" in done.stdout
    again = start_server(server.data)
    assert partitions(logged_on(again)) == []
    again.kill()
