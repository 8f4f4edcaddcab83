"""``viosvrcmd`` against a running server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from openlpar.cli import viosvrcmd
from openlpar.client.connection import connect
from openlpar.client.session import Session
from tests.conftest import PASSWORD, USER, Server

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Calls viosvrcmd: status, standard output, standard error."""
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    monkeypatch.setenv("OPENLPAR_URL", server.http)
    monkeypatch.setenv("OPENLPAR_USER", USER)
    monkeypatch.setenv("OPENLPAR_PASSWORD_FILE", str(password))

    def call(*words: str) -> tuple[int, str, str]:
        status = viosvrcmd.main(words)
        return status, *capfd.readouterr()

    return call


def test_the_walk_of_the_tutorial(run: Run, server: Server) -> None:
    status, out, err = run("--id", "2", "-c", "lu -create -sp pool1 -lu vdisk_vm1 -size 20480")
    try:
        assert (status, err) == (0, "")
        name, udid = out.splitlines()
        assert name == "Lu Name:vdisk_vm1"
        assert udid.startswith("Lu Udid:")
        assert len(udid.removeprefix("Lu Udid:")) == 32
        assert "vdisk_vm1" in run("--id", "3", "-c", "lu -list")[1]
    finally:
        assert run("--id", "2", "-c", "lu -remove -lu vdisk_vm1")[0] == 0


def test_words_as_the_shell_splits_a_command_copied_from_a_book(run: Run, server: Server) -> None:
    status, out, _ = run(
        "–-id", "2", "–c", "“viosbr", "–backup", "–file", "/home/padmin/cfgbackups/vios_2_example.viosbr”"
    )
    assert status == 0
    assert out.startswith("Backup of this node (")
    assert out.endswith(") successful\n")
    assert (server.data / "vios" / "2" / "cfgbackups" / "vios_2_example.viosbr.tar.gz").is_file()
    status, out, _ = run("--id", "2", "-c", "viosbr -view -file /home/padmin/cfgbackups/vios_2_example.viosrb.tar.gz")
    assert status == 0
    assert "Physical Volumes:" in out


@pytest.mark.parametrize(
    "words",
    [
        ("--id", "2", "-clspv"),
        ("--id=2", "--command", "lspv"),
        ("-p", "vios1", "-c", "ioscli lspv"),
        ("-m", "gannet", "--id", "2", "-c", "lspv"),
        ("—id", "2", "-c“lspv”"),
    ],
)
def test_ways_to_say_it(run: Run, words: tuple[str, ...]) -> None:
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert out.startswith("NAME             PVID")


def test_the_status_of_the_command_is_passed_on(run: Run) -> None:
    status, out, err = run("--id", "2", "-c", "lsvg nosuchvg")
    assert (status, out) == (2, "")
    assert err == 'Volume group "nosuchvg" does not exist. lsvg lists the volume groups.\n'
    assert run("--id", "2", "-c", "lspv | grep -c nothing")[:2] == (1, "0\n")
    assert run("--id", "2", "-c", "nonsense")[0] == 127


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--id", "77", "-c", "lspv"), "[PVME01053003-0001] There is no Virtual I/O Server with id 77."),
        (("-p", "novalink_212E3CA", "-c", "lspv"), "[PVME01053003-0001] There is no Virtual I/O Server with name"),
        (("--id", "2", "-r", "-c", "id"), "[PVME01053002-0002] viosvrcmd -r was refused"),
        (("-m", "nosuch", "--id", "2", "-c", "lspv"), "[PVME"),
        (("--id", "2", "-c", "x" * 5000), "[PVME01053001-0002] The command for Virtual I/O Server vios1 has 5000"),
    ],
)
def test_refusals(run: Run, words: tuple[str, ...], text: str) -> None:
    status, out, err = run(*words)
    assert (status, out) == (1, "")
    assert err.startswith(text)


@pytest.mark.parametrize(
    "words", [(), ("--id", "2"), ("-c", "lspv"), ("--id", "two", "-c", "lspv"), ("--id", "2", "-p", "vios1")]
)
def test_wrong_command_lines(run: Run, words: tuple[str, ...]) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert "viosvrcmd --help" in err


def test_a_genuine_novalink(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Session.__init__
    monkeypatch.setattr(
        Session, "__init__", lambda self, token, console, features: plain(self, token, console, frozenset())
    )
    status, _, err = run("--id", "2", "-c", "lspv")
    assert status == 1
    assert err.startswith("[PVME01053002-0001] The service at http://127.0.0.1:")
    assert "run its own viosvrcmd" in err


def test_nobody_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLPAR_URL", "http://127.0.0.1:1")
    status, _, err = run("--id", "2", "-c", "lspv")
    assert status == 1
    assert err.startswith("[PVME")


@pytest.mark.parametrize(
    ("body", "status"), [(b"{}", 400), (b'{"command": 1}', 400), (b"[", 400), (b'{"command": "lspv", "x": 1}', 400)]
)
def test_the_endpoint_refuses_other_bodies(run: Run, server: Server, body: bytes, status: int) -> None:
    from openlpar.client.errors import RestError
    from openlpar.uom.virtual_io_server import VirtualIOServer

    with connect() as connection:
        vios = connection.search(VirtualIOServer, "PartitionID", "2")[0].element
        path = f"/rest/api/openlpar/VirtualIOServer/{vios.uuid}/command"
        with pytest.raises(RestError) as refused:
            connection.call("POST", path, body, {"Content-Type": "application/json"})
        assert refused.value.status == status
        answer = connection.call("POST", path, json.dumps({"command": "ioslevel"}).encode())
        assert json.loads(answer.body) == {"stdout": "3.1.2.10\n", "stderr": "", "status": 0}
