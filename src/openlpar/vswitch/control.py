"""The control socket: one JSON object per line, requests in, answers out.

{"id": 1, "do": "status"}  ->  {"id": 1, "ok": {...}}  or  {"id": 1, "refused": "why"}
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openlpar.vswitch.wanted import Refused

LONGEST_LINE = 16 << 20
_MOST_UNREAD = 64 << 20
_MOST_CONNECTIONS = 32

_log = logging.getLogger("vswitch")

Answer = Callable[[dict[str, Any] | Refused], None]
"""Sends what became of a request, at once or later."""

Perform = Callable[[str, dict[str, Any], Answer], None]
"""Does what is requested: its name, its arguments, where the answer goes. Raises Refused."""


class Connection:
    """One client. watch is called with the file and the events it waits for; 0 when it is closed."""

    def __init__(self, sock: socket.socket, perform: Perform, watch: Callable[[Connection, int], None]) -> None:
        self._socket = sock
        self._perform, self._watch = perform, watch
        self._inbox, self._outbox = bytearray(), bytearray()
        self._closing = False
        watch(self, select.EPOLLIN)

    def fileno(self) -> int:
        return self._socket.fileno()

    def ready(self, event: int) -> None:
        if event & select.EPOLLOUT:
            self._flush()
        if event & ~select.EPOLLOUT and not self._closing:
            self._receive()

    def close(self) -> None:
        if self.fileno() >= 0:
            self._watch(self, 0)
            self._socket.close()

    def _receive(self) -> None:
        try:
            received = self._socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self.close()
            return
        self._inbox += received
        if b"\n" in received:
            *lines, rest = bytes(self._inbox).split(b"\n")
            self._inbox = bytearray(rest)
            for line in lines:
                self._line(line)
        if len(self._inbox) > LONGEST_LINE:
            self._inbox.clear()
            self._closing = True
            self._send({"id": None, "refused": f"a line has at most {LONGEST_LINE} bytes"})

    def _line(self, line: bytes) -> None:
        number: int | None = None

        def answer(outcome: dict[str, Any] | Refused) -> None:
            what = {"refused": str(outcome)} if isinstance(outcome, Refused) else {"ok": outcome}
            self._send({"id": number, **what})

        try:
            request = json.loads(line)
            if not isinstance(request, dict) or type(request.get("id")) is not int:
                raise Refused("a request is an object with a number as id")
            number = request.pop("id")
            name = request.pop("do", None)
            if not isinstance(name, str):
                raise Refused("a request has the name of what to do as do")
            self._perform(name, request, answer)
        except Refused as refusal:
            answer(refusal)
        except (ValueError, RecursionError):
            answer(Refused("the line is not JSON"))
        except Exception:
            # A defect in a request must not end what the guests' frames depend on.
            _log.exception("request failed: %.200r", line)
            answer(Refused("a defect of the virtual switch, see its log"))

    def _send(self, message: dict[str, Any]) -> None:
        if self.fileno() < 0:
            return  # whoever asked has gone
        self._outbox += json.dumps(message, separators=(",", ":")).encode() + b"\n"
        self._flush()

    def _flush(self) -> None:
        try:
            del self._outbox[: self._socket.send(self._outbox)]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if len(self._outbox) > _MOST_UNREAD or (self._closing and not self._outbox):
            self.close()
        elif self._closing:
            self._watch(self, select.EPOLLOUT)
        else:
            self._watch(self, select.EPOLLIN | (select.EPOLLOUT if self._outbox else 0))


class Listener:
    """Takes connections at a path of a Unix socket, in place of whoever listened there before."""

    def __init__(self, path: Path, perform: Perform, watch: Callable[[Connection, int], None]) -> None:
        self._path = path
        self._perform, self._watch = perform, watch
        self.connections: set[Connection] = set()
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._socket.bind(os.fspath(path))
        self._socket.listen(16)

    def fileno(self) -> int:
        return self._socket.fileno()

    def ready(self, event: int) -> None:
        with contextlib.suppress(OSError):
            sock, _ = self._socket.accept()
            sock.setblocking(False)
            if len(self.connections) < _MOST_CONNECTIONS:
                self.connections.add(Connection(sock, self._perform, self._watched))
            else:
                sock.close()

    def _watched(self, connection: Connection, events: int) -> None:
        self._watch(connection, events)
        if not events:
            self.connections.discard(connection)

    def close(self) -> None:
        for connection in list(self.connections):
            connection.close()
        self._socket.close()
        self._path.unlink(missing_ok=True)
