"""bkprofdata and rstprofdata against a running system."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BIN, Server, start_server
from tests.profile_bak.test_format import FIRST, HEADER, SECOND

pytestmark = pytest.mark.timeout(180)


class Site:
    """A server, a folder to work in, and the commands."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OPENLPAR_URL": self.server.http, "OPENLPAR_LOG_DIR": str(self.folder)}
        return subprocess.run(
            [str(BIN / name), *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def ok(self, name: str, *arguments: str) -> str:
        done = self.run(name, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def backup(self, file: str) -> str:
        self.ok("bkprofdata", "-m", "gannet", "-o", "backup", "-f", file)
        return (self.folder / file).read_text()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    server = start_server(tmp_path / "data")
    yield Site(server, tmp_path)
    server.stop()


def without_time(text: str) -> str:
    return re.sub(r"^TOD = \d+$", "TOD = 0", text, flags=re.MULTILINE)


def make_vm1(site: Site) -> None:
    site.ok(
        "pvmctl", "lpar", "create", "--name", "vm1", "--type", "AIX/Linux", "--mem", "1024",
        "--proc-type", "shared", "--proc", "2", "--proc-unit", ".1", "--sharing-mode", "uncapped",
    )  # fmt: skip
    site.ok("pvmctl", "vea", "create", "--pvid", "1", "--vswitch", "ETHERNET0", "-p", "name=vm1")
    site.ok("viosvrcmd", "--id", "2", "-c", "lu -create -lu data1 -size 1G")
    site.ok(
        "pvmctl", "scsi", "create", "--type", "lu", "--lpar", "name=vm1", "--stor-id", "name=data1", "-p", "name=vios1"
    )


def test_the_tutorials_command_and_file(site: Site) -> None:
    done = site.run("bkprofdata", "–m", "gannet", "–o", "backup", "-f", "profile.bak")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    path = site.folder / "profile.bak"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    text = path.read_text()
    assert re.sub(r"TOD = \d{13}\n", "TOD = 1464901557123\n", text).startswith(
        HEADER + FIRST + "\nPARTITION_CONFIG =\n" + SECOND
    )
    assert text.count("PARTITION_CONFIG =") == 3


def test_a_system_is_restored(site: Site) -> None:
    make_vm1(site)
    text = site.backup("before.bak")
    site.ok("pvmctl", "lpar", "delete", "-i", "name=vm1")
    report = site.ok("rstprofdata", "-l", "1", "-f", "before.bak", "-m", "gannet")
    assert "Restored: partition vm1 (id 4)" in report
    assert "Was there already and was left as it is: partition vios1 (id 2)" in report
    assert "network adapter in slot" in report
    assert "Restored: virtual SCSI adapter" in report
    assert "restore it on the VIOS with viosbr" in report
    assert without_time(site.backup("after.bak")) == without_time(text)
    again = site.ok("rstprofdata", "-l", "1", "-f", "before.bak")
    assert "Restored:" not in again, "a second run finds everything"


def test_what_is_not_in_the_way_of_a_restore_and_what_is(site: Site) -> None:
    site.backup("empty.bak")
    make_vm1(site)
    site.backup("full.bak")
    refused = site.run("rstprofdata", "-l", "1", "-f", "empty.bak")
    assert refused.returncode == 1
    assert "PVME01080010-0006" in refused.stderr
    assert "partition vm1 (id 4) is not in the backup" in refused.stderr
    site.ok(
        "pvmctl",
        "lpar",
        "update",
        "-i",
        "name=vm1",
        "-s",
        "PartitionMemoryConfiguration.desired=512",
        "PartitionMemoryConfiguration.min=256",
    )
    refused = site.run("rstprofdata", "-l", "1", "-f", "full.bak")
    assert "partition vm1 (id 4) differs from the backup in min_mem, desired_mem" in refused.stderr
    changed = (site.folder / "full.bak").read_text().replace(r"lpar_id\=4", r"lpar_id\=5")
    (site.folder / "moved.bak").write_text(changed)
    refused = site.run("rstprofdata", "-l", "1", "-f", "moved.bak")
    assert "partition vm1 (id 4) is vm1 (id 5) in the backup" in refused.stderr


def test_what_cannot_be_restored_is_told(site: Site) -> None:
    text = site.backup("vm.bak")
    line = text.splitlines()[6].replace(r"lpar_id\=1,name\=novalink_212E3CA", r"lpar_id\=7,name\=other")
    line = line.replace(r"io_slots\=2101001B/none/0", r"io_slots\=none").replace("B2BBCA66F6F1", "B2BBCA66F6A1")
    line = line.replace("6/1/4094//1/0/1/EA08E1233F8A", "6/1/4094//0/0/9/EA08E1233F8B")
    line = line.replace("4/client/2/vios1/2/0,5/client/3/vios2/2/0", "4/client/2/vios1/20/0,5/client/8/vios8/2/0")
    (site.folder / "vm.bak").write_text(f"{text}PARTITION_CONFIG =\n{line}\n")
    done = site.run("rstprofdata", "-l", "1", "-f", "vm.bak", "--ignoremac")
    assert done.returncode == 1
    assert "Restored: partition other (id 7)" in done.stdout
    assert (
        "NOT restored: network adapter in slot 6 of other (VLAN 4094): there is no virtual switch with id 9"
        in done.stdout
    )
    assert "NOT restored: virtual SCSI adapter in slot 5 of other to vios8: there is no" in done.stdout
    assert "B2BBCA66F6A1" not in site.backup("after.bak"), "--ignoremac"


def test_a_merge_lets_the_backup_or_the_system_win(site: Site) -> None:
    make_vm1(site)
    text = site.backup("before.bak")
    smaller = ("-s", "PartitionMemoryConfiguration.desired=512", "PartitionMemoryConfiguration.min=256")
    site.ok("pvmctl", "lpar", "update", "-i", "name=vm1", *smaller)
    site.ok("pvmctl", "lpar", "create", "--name", "later", "--mem", "256", "--proc", "1")
    report = site.ok("rstprofdata", "-l", "3", "-f", "before.bak")
    assert "Was there already and was left as it is: partition vm1 (id 4)" in report
    assert r"desired_mem\=512" in site.backup("kept.bak")
    report = site.ok("rstprofdata", "-l", "2", "-f", "before.bak")
    assert "Changed to what the backup says: partition vm1 (id 4), min_mem, desired_mem" in report
    assert "left as it is: partition vios1 (id 2)" in report, "the Virtual I/O Servers never change"
    now = without_time(site.backup("after.bak"))
    assert now.splitlines()[:13] == without_time(text).splitlines()[:13]
    assert "later" in now, "what the backup does not know stays"
    again = site.ok("rstprofdata", "-l", "2", "-f", "before.bak")
    assert "Changed" not in again and "Restored" not in again


def test_a_merge_refuses_an_id_that_another_has(site: Site) -> None:
    make_vm1(site)
    site.backup("before.bak")
    site.ok("pvmctl", "lpar", "delete", "-i", "name=vm1")
    site.ok("pvmctl", "lpar", "create", "--name", "other", "--mem", "256", "--proc", "1")
    done = site.run("rstprofdata", "-l", "3", "-f", "before.bak")
    assert done.returncode == 1
    assert "NOT restored: partition vm1 (id 4): its id is taken by partition other" in done.stdout


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("rstprofdata", ["-l", "4"], "PVME01080010-0007"),
        ("rstprofdata", ["-l", "1", "-f", "missing"], "[PVME01080010-0002] The backup missing cannot be read"),
        ("rstprofdata", ["-l", "1", "-f", "nonsense"], "[PVME01080010-0003] nonsense is not a backup"),
        ("rstprofdata", ["-l", "1", "-f", "binary"], "it is not a text file"),
        (
            "rstprofdata",
            ["-l", "1", "-f", "foreign"],
            "is of system 9009-22A*1234567, but this one is 8247-21L*212E3CA",
        ),
        ("rstprofdata", ["-l", "1", "-f", "own", "-m", "heron"], "There is no managed system heron here, only gannet"),
        ("bkprofdata", ["-m", "heron", "-o", "backup", "-f", "x"], "There is no managed system heron here"),
        ("bkprofdata", ["-o", "backup", "-f", "no/such/folder"], "[PVME01080010-0001] The backup cannot be written"),
    ],
)
def test_bad_input_is_refused(shared: Site, name: str, arguments: list[str], complaint: str) -> None:
    done = shared.run(name, *arguments)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert done.stdout == ""


def test_a_foreign_backup_is_restored_when_told_so(shared: Site) -> None:
    assert "Was there already" in shared.ok("rstprofdata", "-l", "1", "-f", "foreign", "--ignoremtms")


def test_the_default_file_is_said_when_it_is_not_the_usual_one(shared: Site) -> None:
    if os.access("/etc/pvm", os.W_OK):
        pytest.skip("this machine has an installed NovaLink's folder")
    done = shared.run("bkprofdata", "-o", "backup")
    assert done.returncode == 0
    assert str(shared.folder / "profile.bak") in done.stderr
    assert "Was there already" in shared.ok("rstprofdata", "-l", "1")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("profile")
    server = start_server(folder / "data")
    site = Site(server, folder)
    own = site.backup("own")
    (folder / "foreign").write_text(own.replace("8247-21L*212E3CA", "9009-22A*1234567"))
    (folder / "nonsense").write_text("hello\n")
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    yield site
    server.stop()
