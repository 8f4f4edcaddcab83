"""The stateless front (``pvm-rest``): takes TCP and TLS connections and passes their bytes to the core's unix sockets.

It parses nothing and knows nothing, so it can be restarted at any time, and a slow client holds one connection and no more.
When the core cannot be reached, it answers 503 with a true error document.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

from openlpar.messages.rest import CORE_AWAY

_CHUNK = 64 * 1024
_IDLE_S = 1200.0
_DOWN = (
    b'<entry xmlns="http://www.w3.org/2005/Atom"><title>HttpErrorResponse</title>'
    b'<content type="application/vnd.ibm.powervm.web+xml; type=HttpErrorResponse">'
    b"<HttpErrorResponse:HttpErrorResponse "
    b'xmlns:HttpErrorResponse="http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/" '
    b'xmlns="http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/" schemaVersion="V1_2_0">'
    b"<Metadata><Atom/></Metadata><HTTPStatus>503</HTTPStatus><ReasonCode>unavailable</ReasonCode>"
    b"<Message>"
    + str(CORE_AWAY.error()).encode()
    + b"</Message></HttpErrorResponse:HttpErrorResponse></content></entry>\n"
)


async def start_front(host: str, port: int, core: Path, tls: ssl.SSLContext | None) -> asyncio.Server:
    """Listens on host and port. core: the unix socket on which the core expects this kind of connection."""

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            core_reader, core_writer = await asyncio.open_unix_connection(str(core))
        except OSError:
            await _unavailable(reader, writer)
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

    return await asyncio.start_server(passed, host, port, ssl=tls)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        while chunk := await asyncio.wait_for(source.read(_CHUNK), _IDLE_S):
            sink.write(chunk)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()


async def _unavailable(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/atom+xml; charset=UTF-8\r\n"
        f"Content-Length: {len(_DOWN)}\r\nX-MC-Type: PVM\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
    )
    with contextlib.suppress(OSError, ssl.SSLError):
        await asyncio.wait_for(reader.read(_CHUNK), 5)
        writer.write(head.encode() + _DOWN)
        await writer.drain()
        writer.close()
