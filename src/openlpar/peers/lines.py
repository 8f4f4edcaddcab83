"""Connections to other systems. They are kept for some time: what costs most of a question is to agree on a key."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

CONNECT_S = 5.0
ANSWER_S = 60.0
LONGEST = 64 * 1024 * 1024
LINES = 16
"""How many questions are put to one system at the same time; real systems move no more partitions at a time."""
IDLE_S = 20.0
"""Real seconds after which a connection without questions is closed."""
_LENGTH = re.compile(rb"\r\nContent-Length:\s*(\d{1,12})\r\n", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nConnection:\s*close\s*\r\n", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")

_End = tuple[str, str]
"""URL of a system, and SHA-256 of the certificate that has to be there."""


class Stranger(Exception):
    """Another certificate is there, with this ``fingerprint``; nothing was sent."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(fingerprint)
        self.fingerprint = fingerprint


@dataclass(eq=False, slots=True)
class Line:
    """A connection: one question at a time, many in turn. certificate: the other side's, in DER, b"" on plain http; own_host: our
    end's address."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    certificate: bytes
    own_host: str
    letting_go: asyncio.TimerHandle | None = None

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.certificate).hexdigest()

    async def exchange(self, request: bytes) -> tuple[int, bytes, bool]:
        """Status and body, and whether another question may follow. Raises OSError, ValueError or EOFError."""
        self.writer.write(request)
        await self.writer.drain()
        return await _answer(self.reader)

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(CONNECT_S):
                await self.writer.wait_closed()


class Lines:
    """Every question can be asked twice: one that a line breaks under is asked again on a new one."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[_End, list[Line]] = {}
        self._room: dict[_End, asyncio.Semaphore] = {}

    async def exchange(self, url: str, fingerprint: str, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises Stranger, OSError, ValueError or EOFError."""
        end = url, fingerprint
        async with self._room.setdefault(end, asyncio.Semaphore(LINES)):
            idle = self._idle.setdefault(end, [])
            while idle:
                line = idle.pop()
                if line.letting_go is not None:
                    line.letting_go.cancel()
                try:
                    return await self._on(end, line, request)
                except TimeoutError:
                    raise
                except (OSError, EOFError):
                    continue  # the other side has let go of it meanwhile
            return await self._on(end, await self._checked(end), request)

    async def _on(self, end: _End, line: Line, request: bytes) -> tuple[int, bytes]:
        goes_on = False
        try:
            async with asyncio.timeout(ANSWER_S):
                status, body, goes_on = await line.exchange(request)
            return status, body
        finally:
            if goes_on:
                self._idle[end].append(line)
                line.letting_go = asyncio.get_running_loop().call_later(IDLE_S, self._let_go, end, line)
            else:
                await line.close()

    def _let_go(self, end: _End, line: Line) -> None:
        self._idle[end].remove(line)
        line.writer.close()

    async def _checked(self, end: _End) -> Line:
        url, fingerprint = end
        line = await self.open(url)
        if line.certificate and line.fingerprint != fingerprint:
            await line.close()
            raise Stranger(line.fingerprint)
        return line

    async def open(self, url: str) -> Line:
        """A line to whoever is there; the caller closes it. Raises OSError."""
        parts = urlsplit(url)
        tls = self._context() if parts.scheme == "https" else None
        port = parts.port or (443 if tls else 80)
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
        found = writer.get_extra_info("ssl_object")
        certificate = (found.getpeercert(binary_form=True) or b"") if found is not None else b""
        return Line(reader, writer, certificate, writer.get_extra_info("sockname")[0])

    def _context(self) -> ssl.SSLContext:
        """No authority is asked: the certificate is compared with the one that is known."""
        if self._tls is None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE
        return self._tls


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status and body, and whether the connection stays open. Raises OSError, ValueError or EOFError."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        raise ValueError("what answers does not speak HTTP")
    length = _LENGTH.search(head)
    if length is not None and int(length[1]) <= LONGEST:
        return int(status[1]), await reader.readexactly(int(length[1])), _CLOSES.search(head) is None
    body = bytearray()
    while chunk := await reader.read(1 << 16):
        body += chunk
        if len(body) > LONGEST:
            raise ValueError("the answer does not end")
    return int(status[1]), bytes(body), False
