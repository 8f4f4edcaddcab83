"""A switch as a process, with guests that are sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BROADCAST = b"\xff" * 6


def mac(number: int) -> bytes:
    return bytes((0x4A, 0x51, 0, 0, 0, number))


def text(address: bytes) -> str:
    return address.hex(":").upper()


def frame(destination: bytes, source: bytes, payload: bytes = b"x" * 46, vid: int | None = None) -> bytes:
    tag = b"" if vid is None else b"\x81\x00" + vid.to_bytes(2, "big")
    return destination + source + tag + b"\x88\xb5" + payload


def guest(name: str, number: int, **more: Any) -> dict[str, Any]:
    """The configuration of a port on VLAN 1."""
    return {"name": name, "switch": "ETHERNET0", "pvid": 1, "mac": text(mac(number)), **more}


def eventually(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


class Control:
    """A client of the control socket."""

    def __init__(self, folder: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(str(folder / "control.sock"))
        self._file = self.socket.makefile("rb")
        self._number = 0

    def line(self, line: bytes) -> dict[str, Any]:
        """Sends a line as it is; the answer."""
        self.socket.sendall(line + b"\n")
        return self.answer()

    def answer(self) -> dict[str, Any]:
        answer = json.loads(self._file.readline())
        assert isinstance(answer, dict)
        return answer

    def ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The whole answer: ok or refused."""
        self._number += 1
        answer = self.line(json.dumps({"id": self._number, "do": name, **arguments}).encode())
        assert answer.pop("id") == self._number
        return answer

    def do(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The ok of the answer."""
        answer = self.ask(name, **arguments)
        assert "ok" in answer, answer
        return dict(answer["ok"])

    def configure(self, *ports: dict[str, Any], mode: str = "Veb") -> dict[str, Any]:
        return self.do("configure", switches=[{"name": "ETHERNET0", "mode": mode}], ports=list(ports))

    def port(self, name: str) -> dict[str, Any]:
        return next(dict(port) for port in self.do("status")["ports"] if port["name"] == name)

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Switch:
    """The process of a run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "control.sock").unlink(missing_ok=True)  # so that it is the new one's when it is there again
        command = [sys.executable, "-m", "openlpar.vswitch", str(folder)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        self.control = self._connected()

    def _connected(self) -> Control:
        end = time.monotonic() + 20
        while True:
            try:
                return Control(self.folder)
            except OSError:
                assert self.process.poll() is None, self.process.communicate()[1].decode()
                assert time.monotonic() < end
                time.sleep(0.01)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.control.close()
        self.process.send_signal(number)
        status = self.process.wait(timeout=20)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status


class Guest:
    """What a QEMU is to the switch: a socket bound to the guest's path."""

    def __init__(self, folder: Path, name: str) -> None:
        self._own, self._switch = str(folder / f"{name}.g"), str(folder / f"{name}.s")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        Path(self._own).unlink(missing_ok=True)
        self.socket.bind(self._own)

    def send(self, content: bytes) -> None:
        self.socket.sendto(content, self._switch)

    def receive(self) -> bytes:
        return self.socket.recv(70_000)

    def waiting(self) -> list[bytes]:
        """What has arrived up to now."""
        found = []
        self.socket.setblocking(False)
        try:
            while True:
                found.append(self.socket.recv(70_000))
        except BlockingIOError:
            return found
        finally:
            self.socket.settimeout(10)

    def close(self) -> None:
        self.socket.close()
