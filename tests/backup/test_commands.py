"""``openlpar backup`` and what the service says of its backups, against a running one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.messages import backup as say
from tests.admin.conftest import Admin
from tests.backup.conftest import FOLDER
from tests.conftest import BIN, Server, start_server


class Commands:
    """Commands against a server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.admin = Admin(server)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "OPENLPAR_URL": self.server.http,
            "OPENLPAR_LOG_DIR": str(self.folder),
            "TZ": "UTC",
        }
        command = [str(BIN / words[0]), *words[1:]]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Commands]:
    server = start_server(tmp_path / "data", clock="stepped")
    yield Commands(server, tmp_path)
    server.stop()


def test_a_backup_now_is_listed(site: Commands) -> None:
    paths = [Path(line) for line in site.ok("openlpar", "backup", "run", "daily").splitlines()]
    assert [path.parent for path in paths] == [site.server.data / "backups" / FOLDER] * 3
    assert all(path.is_file() for path in paths)
    listed = site.ok("openlpar", "backup", "list")
    assert listed.startswith(f"{site.server.data}/backups/{FOLDER}:\n")
    for path in paths:
        assert re.search(rf"^{re.escape(path.name)} +{path.stat().st_size}  20", listed, re.MULTILINE)
    assert re.search(rf"^gannet +{paths[0].name} +20\S+Z$", listed, re.MULTILINE), "when the last one was made"


def test_the_service_and_bkprofdata_write_the_same(site: Commands) -> None:
    own = Path(site.ok("openlpar", "backup", "run").splitlines()[0]).read_text()
    site.ok("bkprofdata", "-o", "backup", "-f", "mine.bak")
    mine = (site.folder / "mine.bak").read_text()
    assert re.sub(r"TOD = \d+", "", own) == re.sub(r"TOD = \d+", "", mine)


def test_what_fails_is_a_finding_until_it_succeeds(site: Commands) -> None:
    site.ok("openlpar", "backup", "run")
    rule = site.ok("openlpar", "fault", "add", "vios-rmc-lost", "--subject", "vios2").strip()
    done = site.run("openlpar", "backup", "run")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2, "the others are made"
    assert re.search(r"vios_3_hourly_\d\d\.viosbr\.tar\.gz: \[PVME01053001-0001\] .*MGMTSWITCH", done.stderr)
    health = site.run("openlpar", "health")
    assert health.returncode == 1
    assert "status      attention" in health.stdout
    assert re.search(r"\[PVME01053001-0001\] Backup vios_3_\S+ of vios2 is missing: .*MGMTSWITCH", health.stdout)
    listed = site.run("openlpar", "backup", "list")
    assert (listed.returncode, "FAILED 20" in listed.stdout) == (1, True)
    site.ok("openlpar", "fault", "remove", rule)
    site.ok("openlpar", "backup", "run")
    site.ok("openlpar", "health")


def test_a_process_of_its_own_keeps_the_files(site: Commands) -> None:
    """As the timers of an installed system do."""
    kept = site.folder / "var"
    paths = site.ok("openlpar", "backup", "run", "hourly", "--directory", str(kept)).splitlines()
    assert len(paths) == 3
    for path in map(Path, paths):
        assert path.parent == kept / FOLDER
        assert path.stat().st_mode & 0o777 == 0o640
        assert (path.parent.stat().st_mode & 0o777) == 0o750
    assert not (site.server.data / "backups").exists(), "the service wrote nothing"
    assert Path(paths[0]).name in site.ok("openlpar", "backup", "list", "--directory", str(kept))


def test_a_place_that_cannot_be_written_is_said_here_and_in_health(site: Commands) -> None:
    blocked = site.folder / "file"
    blocked.write_text("a file in the place of a directory")
    done = site.run("openlpar", "backup", "run", "--directory", str(blocked))
    assert done.returncode == 1
    assert done.stderr.count(say.NOT_WRITTEN.id) == 3
    assert "Not a directory" in done.stderr
    findings = site.admin.ok("GET", "/health")["findings"]
    assert {finding["id"] for finding in findings} == {say.FAILED.id}
    assert all("Not a directory" in finding["message"] for finding in findings)
    listed = site.run("openlpar", "backup", "list", "--directory", str(blocked))
    assert say.UNREADABLE.id in listed.stderr


def test_a_service_without_a_place_says_where_to_go(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", "--no-backups")
    site = Commands(server, tmp_path)
    refused = site.run("openlpar", "backup", "run")
    assert say.NO_FOLDER.id in refused.stderr
    assert "--directory" in site.run("openlpar", "backup", "list").stdout
    server.stop()


def test_the_place_can_be_chosen(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", "--backups", str(tmp_path / "elsewhere"), clock="stepped")
    Commands(server, tmp_path).ok("openlpar", "step", "3600")
    assert len(list((tmp_path / "elsewhere" / FOLDER).iterdir())) == 3
    server.stop()


def test_a_copy_on_the_server_can_be_restored(site: Commands) -> None:
    paths = site.ok("openlpar", "backup", "run", "daily").splitlines()
    own = Path(paths[1])
    other = site.folder / "copy.viosbr.tar.gz"
    other.write_bytes(own.read_bytes())
    copied = site.ok("openlpar", "backup", "copy", str(other), "--id", "2")
    assert copied == "vios1:/home/padmin/cfgbackups/copy.viosbr.tar.gz\n"
    assert "copy.viosbr.tar.gz" in site.ok("viosvrcmd", "--id", "2", "-c", "viosbr -view -list")
    assert "DEPLOYED" in site.ok("viosvrcmd", "--id", "2", "-c", "viosbr -restore -file copy.viosbr")
    assert (
        "There is no Virtual I/O Server with id 9"
        in site.run("openlpar", "backup", "copy", str(other), "--id", "9").stderr
    )
    assert say.UNREADABLE.id in site.run("openlpar", "backup", "copy", "none.tar.gz", "--id", "2").stderr
    (site.folder / "notes.txt").write_text("x")
    assert say.BAD_NAME.id in site.run("openlpar", "backup", "copy", "notes.txt", "--id", "2").stderr


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "/backups", {"label": "hourly_99"}, 400, say.BAD_LABEL.id),
        ("POST", "/backups", {"label": 7}, 400, say.BAD_LABEL.id),
        ("POST", "/backups/lost", {"name": "nothing"}, 404, "PVME"),
        ("PUT", "/backups/vios/2/x.tar.gz", {"content": "no base64!"}, 400, "PVME01080022-0001"),
        ("PUT", "/backups/vios/2/x.tar.gz", {"content": 3}, 400, "PVME01080022-0001"),
        ("PUT", "/backups/vios/2/.tar.gz", {"content": ""}, 400, say.BAD_NAME.id),
        ("PUT", "/backups/vios/two/x.tar.gz", {"content": ""}, 400, say.BAD_NAME.id),
    ],
)
def test_bad_requests(shared: Admin, method: str, path: str, body: object, status: int, message: str) -> None:
    answered, answer = shared.call(method, path, body)
    assert (answered, message in answer["id"]) == (status, True), answer


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    server = start_server(tmp_path_factory.mktemp("backups") / "data")
    yield Admin(server)
    server.stop()
