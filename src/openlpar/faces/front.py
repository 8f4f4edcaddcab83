"""The stateless front (``pvm-rest``): takes TCP and TLS connections and passes their bytes to the core's unix sockets.

It parses nothing and knows nothing, so it can be restarted at any time, and a slow client holds one connection and no more.
When the core cannot be reached, it answers 503 with a true error document. Who has to leave when there are too many clients is the
core's to decide, which knows who waits for an answer; here is room for a few more than there.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from openlpar.faces import unavailable
from openlpar.faces.seats import MOST, Door, Seat, files_at_most
from openlpar.messages import Message
from openlpar.messages.rest import CORE_AWAY, NO_SEAT

_CHUNK = 64 * 1024
_IDLE_S = 1200.0
_OWN_FILES = 64
_MORE = 32
"""Seats beyond those of the core."""


def fitting() -> int:
    """Connections that one of two fronts takes; each is two open files."""
    return min(MOST + _MORE, (files_at_most() - _OWN_FILES) // 4)


class _Client(asyncio.StreamReaderProtocol):
    """A client as a pair of streams. What it does is not known here: it is left alone once its handshake has ended."""

    def __init__(
        self, seat: Seat, served: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    ) -> None:
        super().__init__(asyncio.StreamReader(), served)
        self._seat = seat

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._seat.work()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._seat.leave()


def start_front(listener: socket.socket, core: Path, tls: ssl.SSLContext | None) -> Door:
    """Serves a listening socket. core: the unix socket on which the core expects this kind of connection."""

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            core_reader, core_writer = await asyncio.open_unix_connection(str(core))
        except OSError:
            await _unavailable(CORE_AWAY, reader, writer)
            return
        pumps = [
            asyncio.create_task(_pump(reader, core_writer)),
            asyncio.create_task(_pump(core_reader, writer)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        # The core has closed or the client has: what is still on its way to the client may arrive.
        await asyncio.wait(pumps, timeout=1)
        for pump in pumps:
            pump.cancel()
        for end in (writer, core_writer):
            with contextlib.suppress(OSError, ssl.SSLError):
                end.close()

    async def full(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _unavailable(NO_SEAT, reader, writer)

    return Door(listener, lambda seat, told: _Client(seat, full if told else passed), fitting(), tls)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        while chunk := await asyncio.wait_for(source.read(_CHUNK), _IDLE_S):
            sink.write(chunk)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()


async def _unavailable(message: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        await asyncio.wait_for(reader.read(_CHUNK), 5)
        writer.write(unavailable.answer(message.error()))
        await writer.drain()
    writer.close()
