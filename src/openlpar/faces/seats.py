"""How many clients a server has at once.

Without a bound, whoever opens connections takes all files that the process may have open, and then nobody can be answered and no
file be written. When all seats are taken, the client that has had nothing under way for the longest has to leave: one between two
requests, or one that has not sent a request yet, or not ended its TLS handshake. When there is none, who comes is told so.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import ssl
from collections.abc import Callable
from typing import Any

from starlette.types import Receive, Scope, Send

from openlpar.faces import unavailable
from openlpar.faces.heads import BoundedHeads
from openlpar.messages.rest import NO_SEAT

MOST = 2000
"""Connections that one server takes."""
_TOLD = 16
"""So many more are taken to be told; beyond them a connection is closed without a word."""
_HANDSHAKE_S = 20.0
_NO_FILE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def fitting() -> int:
    """Connections that one server takes. Two of them have at most half of the files that this process may have open
    (``ulimit -n``): the rest is for the state, and for real partitions."""
    return min(MOST, files_at_most() // 4)


def files_at_most() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Seat:
    """The place of one connection. It rests from the beginning, until its client has something under way."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.transport: asyncio.Transport | None = None
        self.greeting: asyncio.Task[None] | None = None

    def rest(self) -> None:
        """Its client has nothing under way."""
        self._door.rested(self)

    def work(self) -> None:
        """Its client has a request under way: it is left alone."""
        self._door.worked(self)

    def leave(self) -> None:
        self._door.left(self)

    def vacate(self) -> bool:
        """Makes its client leave, unless it has not yet read its last answer."""
        if self.transport is not None:
            if self.transport.get_write_buffer_size():
                return False
            self.transport.abort()
        elif self.greeting is not None:
            self.greeting.cancel()
        self.leave()
        return True


class Door:
    """Accepts the connections of a listening socket. uvicorn takes it for an ``asyncio.Server``.

    make: the protocol for the client of a seat; told: it gets no more than the answer that there is no room.
    """

    def __init__(
        self,
        listener: socket.socket,
        make: Callable[[Seat, bool], asyncio.Protocol],
        seats: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._make, self._seats, self._tls = make, seats, tls
        self._taken: set[Seat] = set()
        self._resting: dict[Seat, None] = {}  # who rests longest is the first
        self._told: set[Seat] = set()
        listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept(listener))

    def close(self) -> None:
        """No more are accepted; who has not ended a handshake is hung up on."""
        self._accepting.cancel()
        for seat in (*self._taken, *self._told):
            if seat.transport is None and seat.greeting is not None:
                seat.greeting.cancel()

    async def wait_closed(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await self._accepting

    def rested(self, seat: Seat) -> None:
        if seat in self._taken:
            self._resting[seat] = None

    def worked(self, seat: Seat) -> None:
        self._resting.pop(seat, None)

    def left(self, seat: Seat) -> None:
        self._taken.discard(seat)
        self._resting.pop(seat, None)
        self._told.discard(seat)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError as wrong:
                if wrong.errno in _NO_FILE:
                    logging.getLogger(__name__).error("No connection can be accepted: %s.", wrong)
                    await asyncio.sleep(1)
                continue
            self._admit(client)

    def _admit(self, client: socket.socket) -> None:
        seat, told = Seat(self), not self._has_room()
        if not told:
            self._taken.add(seat)
            seat.rest()
        elif len(self._told) < _TOLD:
            self._told.add(seat)
        else:
            client.close()
            return
        seat.greeting = asyncio.create_task(self._greet(client, seat, told))

    def _has_room(self) -> bool:
        return len(self._taken) < self._seats or any(seat.vacate() for seat in tuple(self._resting))

    async def _greet(self, client: socket.socket, seat: Seat, told: bool) -> None:
        """Until the protocol has its connection, which with TLS takes a handshake."""
        patience = _HANDSHAKE_S if self._tls else None
        protocol = self._make(seat, told)
        try:
            if client.family != socket.AF_UNIX:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol, client, ssl=self._tls, ssl_handshake_timeout=patience
            )
        except (OSError, ssl.SSLError):
            seat.leave()
        except asyncio.CancelledError:
            seat.leave()
            client.close()


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    failure = NO_SEAT.error()
    body = unavailable.document(failure)
    headers = {**unavailable.headers(failure), "Content-Length": str(len(body))}
    given = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 503, "headers": given})
    await send({"type": "http.response.body", "body": body})


class SeatedClient(BoundedHeads):
    """A client of uvicorn's that has a seat. told: it hears that there is no room, whatever it asks for."""

    def __init__(self, seat: Seat, told: bool, **given: Any) -> None:
        super().__init__(**given)
        self._seat = seat
        if told:
            self.app = _full

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._seat.transport = transport
        super().connection_made(transport)

    def on_headers_complete(self) -> None:
        self._seat.work()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:  # and none that came behind it
            self._seat.rest()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._seat.leave()
