"""Services forked from a process that has imported what ``openlpar serve`` needs: importing takes three times as long as the rest
of a start. What is forked gets the words, the environment, the folder and the three files that a shell would give it.

One such process belongs to each process of tests. They talk in messages of JSON over a socket: a wish with its files there, the
process number back, and later, unasked, how that process ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

_LARGEST = 1 << 17


class Forked:
    """A running service; its methods are those of ``subprocess.Popen``."""

    def __init__(self, origin: _Origin, pid: int) -> None:
        self._origin = origin
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        return self._origin.ended.get(self.pid)

    def poll(self) -> int | None:
        self._origin.listen(0)
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        until = time.monotonic() + timeout
        while self.returncode is None:
            left = until - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired("openlpar", timeout)
            self._origin.listen(left)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Origin:
    """The process that others are forked from, seen from the tests."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                cwd=os.path.dirname(os.path.dirname(__file__)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                pass_fds=[theirs.fileno()],
            )
        self._one_at_a_time = threading.RLock()
        self._begun: int | None = None
        self.ended: dict[int, int] = {}

    def start(self, words: Sequence[str], *files: int) -> Forked:
        wish = {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
        with self._one_at_a_time:
            self._begun = None
            socket.send_fds(self._socket, [json.dumps(wish).encode()], files)
            while self._begun is None:
                self.listen(60)
            self.ended.pop(self._begun, None)  # of an earlier process with this number
            return Forked(self, self._begun)

    def listen(self, timeout: float) -> None:
        """Takes one message, if there is one in so many seconds."""
        with self._one_at_a_time:
            if not select.select([self._socket], [], [], timeout)[0]:
                return
            message = self._socket.recv(_LARGEST)
            assert message, "the process that services are forked from has ended"
            told: dict[str, int] = json.loads(message)
            if "status" in told:
                self.ended[told["pid"]] = told["status"]
            else:
                self._begun = told["pid"]


origin = cache(_Origin)


def start(words: Sequence[str], *, stdin: int, stdout: int, stderr: int) -> Forked:
    """``openlpar`` with these words. The files are the caller's to close."""
    return origin().start(words, stdin, stdout, stderr)


# from here on in the other process


def main() -> int:
    """Ends with the tests. Returns in every process that it forks, too, with what ``openlpar`` returns."""
    from openlpar.cli.openlpar.entry import main as openlpar

    _import_all()
    channel = socket.socket(fileno=int(sys.argv[1]))
    told, tell = socket.socketpair()
    tell.setblocking(False)
    signal.set_wakeup_fd(tell.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([channel, told], [], [])
        if told in ready:
            told.recv(4096)
            _tell_who_ended(channel)
        if channel in ready:
            message, files, _, _ = socket.recv_fds(channel, _LARGEST, 3)
            if not message:
                return 0
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for one in (channel, told, tell):
                    one.close()
                return openlpar(_become(json.loads(message), files))
            for file in files:
                os.close(file)
            channel.send(json.dumps({"pid": pid}).encode())


def _import_all() -> None:
    """What a service with simulated partitions imports until it is ready."""
    from openlpar import ops
    from openlpar.hypervisor.backend import Backend
    from openlpar.vios.backend import IoServerBackend

    for name in ("openlpar.app", "openlpar.app_commands", "cryptography.x509", "uvicorn.protocols.http.auto", "uvloop"):
        importlib.import_module(name)
    ops.load()
    IoServerBackend.named(Backend.named("sim").io_server)
    gc.collect()
    gc.freeze()


def _become(wish: dict[str, Any], files: Sequence[int]) -> list[str]:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(wish["environment"])
    os.chdir(wish["folder"])
    words: list[str] = wish["words"]
    return words


def _tell_who_ended(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        channel.send(json.dumps({"pid": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


if __name__ == "__main__":
    sys.exit(main())
