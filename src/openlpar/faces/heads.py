"""HTTP/1.1 as uvicorn speaks it, with bounds on what comes before a request's body.

uvicorn gathers header fields without a limit of size or time, and they come before anybody is known by a session.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST = 256 * 1024
"""Bytes of request line and header fields. The longest address that a client sends names thousands of objects in its query."""
SLOWEST_S = 60.0
"""How long a client may take for them, from connecting or their first byte on. Between requests the server's keep-alive counts."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 28\r\nconnection: close\r\n\r\nThe header is too large here"
)


class BoundedHeads(HttpToolsProtocol):
    """Closes connections whose request does not begin within the bounds."""

    _in_head = True
    _seen = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._seen += len(data)
        super().data_received(data)
        if not self._in_head or not self._seen or self.transport.is_closing():
            return
        if self._seen > LARGEST:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif self._patience is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._in_head, self._seen = False, 0
        self._waited()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waited()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._patience = self.loop.call_later(SLOWEST_S, self.transport.close)

    def _waited(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
