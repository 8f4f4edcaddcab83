"""Asks other systems by HTTP, without holding up anybody else. Connections are kept for some time: what costs most of a question
is to agree on a key.

The certificate is the one that was seen when the two systems were made known to each other, and is looked at before the key is
sent: no authority has to sign it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openlpar.messages import mobility as say
from openlpar.peers.known import PeerFile
from openlpar.ports.peer import Peer, known_names

CONNECT_S = 5.0
ANSWER_S = 60.0
LONGEST = 64 * 1024 * 1024
KEY_HEADER = "X-OpenLPAR-Peer-Key"
LINES = 16
"""How many questions are put to one system at the same time; real systems move no more partitions at a time."""
IDLE_S = 20.0
"""Real seconds after which a connection without questions is closed."""
_LENGTH = re.compile(rb"\r\nContent-Length:\s*(\d{1,12})\r\n", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nConnection:\s*close\s*\r\n", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(eq=False, slots=True)
class _Line:
    """A connection to a peer: one question at a time, many in turn."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    letting_go: asyncio.TimerHandle | None = None

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


class PeerLink(PeerFile):
    """See ``ports.peer.Peers``. Every question can be asked twice: one that a line breaks under is asked again on a new one."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[Peer, list[_Line]] = {}
        self._room: dict[Peer, asyncio.Semaphore] = {}

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        peer = next((one for one in self.known() if one.name == system), None)
        if peer is None:
            raise say.UNKNOWN_SYSTEM.error(system=system, known=known_names(self))
        try:
            status, body = await self._exchanged(peer, _request(peer, question, json.dumps(values).encode()))
            answer = json.loads(body)
        except (OSError, TimeoutError, ValueError, EOFError) as wrong:
            cause = str(wrong) or type(wrong).__name__
            raise say.PEER_AWAY.error(system=system, url=peer.url, cause=cause) from wrong
        if status != 200 or not isinstance(answer, dict):
            cause = str(answer.get("refused", status)) if isinstance(answer, dict) else str(status)
            raise say.PEER_REFUSES.error(system=system, cause=cause)
        return answer

    async def _exchanged(self, peer: Peer, request: bytes) -> tuple[int, bytes]:
        async with self._room.setdefault(peer, asyncio.Semaphore(LINES)):
            idle = self._idle.setdefault(peer, [])
            while idle:
                line = idle.pop()
                if line.letting_go is not None:
                    line.letting_go.cancel()
                try:
                    return await self._on(peer, line, request)
                except TimeoutError:
                    raise
                except (OSError, EOFError):
                    continue  # the other side has let go of it meanwhile
            return await self._on(peer, await self._connected(peer), request)

    async def _on(self, peer: Peer, line: _Line, request: bytes) -> tuple[int, bytes]:
        goes_on = False
        try:
            async with asyncio.timeout(ANSWER_S):
                status, body, goes_on = await line.exchange(request)
            return status, body
        finally:
            if goes_on:
                self._idle[peer].append(line)
                line.letting_go = asyncio.get_running_loop().call_later(IDLE_S, self._let_go, peer, line)
            else:
                await line.close()

    def _let_go(self, peer: Peer, line: _Line) -> None:
        self._idle[peer].remove(line)
        line.writer.close()

    async def _connected(self, peer: Peer) -> _Line:
        parts = urlsplit(peer.url)
        tls = self._context() if parts.scheme == "https" else None
        port = parts.port or (443 if tls else 80)
        async with asyncio.timeout(CONNECT_S):
            line = _Line(*await asyncio.open_connection(parts.hostname, port, ssl=tls))
        try:
            _check_certificate(peer, line.writer)
        except BaseException:
            await line.close()
            raise
        return line

    def _context(self) -> ssl.SSLContext:
        """No authority is asked: ``_check_certificate`` compares the certificate itself."""
        if self._tls is None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE
        return self._tls


def _request(peer: Peer, question: str, body: bytes) -> bytes:
    parts = urlsplit(peer.url)
    head = (
        f"PUT {parts.path.rstrip('/')}/rest/api/openlpar/peer/{question} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"{KEY_HEADER}: {peer.key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _check_certificate(peer: Peer, writer: asyncio.StreamWriter) -> None:
    tls = writer.get_extra_info("ssl_object")
    if tls is None:
        return
    found = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
    if found != peer.fingerprint:
        cause = f"its certificate has the fingerprint {found}"
        raise say.PEER_STRANGE.error(url=peer.url, system=peer.name, cause=cause)


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
