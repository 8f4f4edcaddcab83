"""The process: one per folder, asked over its socket, killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openlpar.vswitch.control import LONGEST_LINE
from tests.vswitch.running import BROADCAST, Control, Guest, Switch, eventually, frame, guest, mac

Connect = Callable[[str], Guest]


def _start(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "openlpar.vswitch", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_a_second_one_is_refused(switch: Switch) -> None:
    second = _start(switch.folder)
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert switch.control.do("status")["pid"] == switch.process.pid
    assert (switch.folder / "pid").read_text() == f"{switch.process.pid}\n"


def test_a_folder_that_others_may_enter_is_refused(folder: Path) -> None:
    folder.chmod(0o755)
    refused = _start(folder)
    assert refused.returncode == 1
    assert "mode 0700" in refused.stderr


def test_sigterm_ends_it_and_leaves_no_socket(switch: Switch, connect: Connect) -> None:
    connect("a")
    switch.control.configure(guest("a", 1), guest("b", 2))
    assert switch.end() == 0
    assert sorted(path.name for path in switch.folder.iterdir()) == ["a.g", "log", "pid"]
    assert "ended" in (switch.folder / "log").read_text()


def test_it_outlives_whoever_started_it(folder: Path) -> None:
    script = (
        "import subprocess, sys\n"
        "silent = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        f"child = subprocess.Popen([sys.executable, '-m', 'openlpar.vswitch', {str(folder)!r}], **silent)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        control = folder / "control.sock"
        eventually(control.exists, 20)
        parent.kill()
    try:
        os.kill(pid, signal.SIGHUP)
        client = Control(folder)
        assert client.do("status")["pid"] == pid
        client.close()
    finally:
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: not control.exists())


def test_killed_and_started_again_while_guests_exchange_frames(switch: Switch, connect: Connect) -> None:
    a, b = connect("a"), connect("b")
    ports = [guest("a", 1), guest("b", 2)]
    switch.control.configure(*ports, guest("gone", 3))
    a.send(frame(mac(2), mac(1), b"before" * 8))
    assert b.receive().endswith(b"before" * 8)
    switch.end(signal.SIGKILL)
    with pytest.raises(ConnectionRefusedError):
        a.send(frame(mac(2), mac(1)))
    again = Switch(switch.folder)
    try:
        status = again.control.do("status")
        assert not status["configured"]
        again.control.configure(*ports)
        a.send(frame(mac(2), mac(1), b"after!" * 8))
        assert b.receive().endswith(b"after!" * 8)
        b.send(frame(mac(1), mac(2), b"answer" * 8))
        assert a.receive().endswith(b"answer" * 8)
        names = sorted(path.name for path in switch.folder.iterdir())
        assert names == ["a.g", "a.s", "b.g", "b.s", "control.sock", "log", "pid"], "the socket of `gone` is swept"
    finally:
        again.end()


def test_configuring_again_touches_nothing_that_did_not_change(switch: Switch) -> None:
    ports = [guest("a", 1), guest("b", 2)]
    assert switch.control.configure(*ports) == {"ports": 2, "opened": 2, "closed": 0, "kept": 0}
    sockets = [(switch.folder / f"{name}.s").stat().st_ino for name in "ab"]
    changed = [guest("a", 1, tagged=[7]), guest("b", 2), guest("c", 3)]
    assert switch.control.configure(*changed) == {"ports": 3, "opened": 1, "closed": 0, "kept": 2}
    assert sockets == [(switch.folder / f"{name}.s").stat().st_ino for name in "ab"]
    assert switch.control.configure(guest("b", 2)) == {"ports": 1, "opened": 0, "closed": 2, "kept": 1}
    assert not (switch.folder / "a.s").exists()


def test_files_are_given_back(switch: Switch, connect: Connect) -> None:
    """Ports come and go hundreds of times, some while frames wait for their guest."""
    files = Path(f"/proc/{switch.process.pid}/fd")
    a = connect("a")
    connect("b")
    switch.control.configure(guest("a", 1))
    before = len(list(files.iterdir()))
    for _ in range(100):
        switch.control.configure(guest("a", 1), guest("b", 2), guest("c", 3))
        for _ in range(12):
            a.send(frame(mac(2), mac(1)))
        switch.control.configure(guest("a", 1))
    assert len(list(files.iterdir())) == before


def test_a_refused_configuration_changes_nothing(switch: Switch, connect: Connect) -> None:
    a, b = connect("a"), connect("b")
    switch.control.configure(guest("a", 1), guest("b", 2))
    wrong = [guest("a", 1, pvid=9), guest("c", 3), guest("b", 2, switch="nowhere")]
    answer = switch.control.ask("configure", switches=[{"name": "ETHERNET0", "mode": "Veb"}], ports=wrong)
    assert answer == {"refused": "port b: there is no switch 'nowhere'"}
    # What is only found wrong when it is opened: the port before it must not stay.
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    link = guest("l", 4, kind="link", local=f"127.0.0.1:{taken.getsockname()[1]}", peer="127.0.0.1:9")
    answer = switch.control.ask(
        "configure", switches=[{"name": "ETHERNET0", "mode": "Veb"}], ports=[guest("c", 3), link]
    )
    taken.close()
    assert answer == {"refused": "port l: its link cannot be opened: Address already in use"}
    assert not (switch.folder / "c.s").exists()
    assert [port["name"] for port in switch.control.do("status")["ports"]] == ["a", "b"]
    a.send(frame(mac(2), mac(1)))
    assert b.receive() == frame(mac(2), mac(1))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"garbage", "the line is not JSON"),
        (b"\xff\xfe", "the line is not JSON"),
        (b"[" * 200_000, "the line is not JSON"),
        (b"[1]", "a request is an object with a number as id"),
        (b'{"do": "status"}', "a request is an object with a number as id"),
        (b'{"id": "1", "do": "status"}', "a request is an object with a number as id"),
        (b'{"id": 1}', "a request has the name of what to do as do"),
        (b'{"id": 1, "do": ["status"]}', "a request has the name of what to do as do"),
        (b'{"id": 1, "do": "explode"}', "unknown request 'explode'"),
        (b'{"id": 1, "do": "status", "deep": 1}', "unknown deep"),
        (b'{"id": 1, "do": "configure", "switches": 1, "ports": []}', "switches is missing or not a list"),
        (b'{"id": 1, "do": "table", "switch": 7}', "switch is missing or not text"),
        (b'{"id": 1, "do": "flush", "switch": "NONE"}', "there is no switch 'NONE'"),
        (b'{"id": 1, "do": "ping", "port": "a", "address": "fe80::1"}', "there is no responder 'a'"),
        (
            b'{"id": 1, "do": "ping", "port": "a", "address": "fe80::1", "timeout_ms": 0}',
            "timeout_ms is a whole number",
        ),
    ],
)
def test_a_malformed_request_is_refused_and_changes_nothing(switch: Switch, line: bytes, why: str) -> None:
    switch.control.configure(guest("a", 1))
    assert why in switch.control.line(line)["refused"]
    assert [port["name"] for port in switch.control.do("status")["ports"]] == ["a"]


def test_a_line_without_end_costs_the_connection_only(switch: Switch) -> None:
    switch.control.configure(guest("a", 1))
    endless = Control(switch.folder)
    piece = b"x" * (1 << 20)
    with pytest.raises(OSError):
        for _ in range(100):
            endless.socket.sendall(piece)
    assert endless.answer() == {"id": None, "refused": f"a line has at most {LONGEST_LINE} bytes"}
    endless.close()
    assert [port["name"] for port in switch.control.do("status")["ports"]] == ["a"]
    peak = (Path("/proc") / str(switch.process.pid) / "status").read_text().split("VmHWM:")[1].split()[0]
    assert int(peak) < 120 << 10, "KiB"


def test_requests_may_come_in_pieces_and_together(switch: Switch) -> None:
    lines = b"".join(json.dumps({"id": n, "do": "status"}).encode() + b"\n" for n in range(3))
    for at in range(0, len(lines), 7):
        switch.control.socket.sendall(lines[at : at + 7])
    assert [switch.control.answer()["id"] for _ in range(3)] == [0, 1, 2]


def test_one_who_does_not_read_is_let_go(switch: Switch) -> None:
    """Answers pile up for him; neither memory nor the others suffer for long."""
    switch.control.configure(*(guest(f"p{n}", n) for n in range(200)))
    deaf = Control(switch.folder)
    deaf.socket.setblocking(False)
    request = json.dumps({"id": 1, "do": "status"}).encode() + b"\n"
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        while True:
            try:
                deaf.socket.sendall(request * 50)
            except BlockingIOError:
                switch.control.do("flush")
    deaf.close()


def test_the_table_tells_where_addresses_are(switch: Switch, connect: Connect) -> None:
    a, b = connect("a"), connect("b")
    switch.control.configure(guest("a", 1), guest("b", 2))
    a.send(frame(BROADCAST, mac(9)))
    b.receive()
    table = switch.control.do("table", switch="ETHERNET0")
    assert table["total"] == 3
    assert {
        "switch": "ETHERNET0",
        "vid": 1,
        "mac": "4A:51:00:00:00:09",
        "port": "a",
        "static": False,
        "age_s": 0,
    } in table["entries"]
    assert switch.control.do("flush") == {"forgotten": 1}
    assert switch.control.do("table")["total"] == 2
