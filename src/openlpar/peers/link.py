"""Asks other systems: one HTTP request and its answer, without holding up anybody else.

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
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


class PeerLink(PeerFile):
    """See ``ports.peer.Peers``."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._tls: ssl.SSLContext | None = None

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        peer = next((one for one in self.known() if one.name == system), None)
        if peer is None:
            raise say.UNKNOWN_SYSTEM.error(system=system, known=known_names(self))
        try:
            status, body = await self._exchanged(peer, question, json.dumps(values).encode())
            answer = json.loads(body)
        except (OSError, TimeoutError, ValueError, EOFError) as wrong:
            cause = str(wrong) or type(wrong).__name__
            raise say.PEER_AWAY.error(system=system, url=peer.url, cause=cause) from wrong
        if status != 200 or not isinstance(answer, dict):
            cause = str(answer.get("refused", status)) if isinstance(answer, dict) else str(status)
            raise say.PEER_REFUSES.error(system=system, cause=cause)
        return answer

    async def _exchanged(self, peer: Peer, question: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(peer.url)
        tls = self._context() if parts.scheme == "https" else None
        port = parts.port or (443 if tls else 80)
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
        try:
            _check_certificate(peer, writer)
            head = (
                f"PUT {parts.path.rstrip('/')}/rest/api/openlpar/peer/{question} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"{KEY_HEADER}: {peer.key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n"
            )
            async with asyncio.timeout(ANSWER_S):
                writer.write(head.encode() + body)
                await writer.drain()
                return await _answer(reader)
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
                async with asyncio.timeout(CONNECT_S):
                    await writer.wait_closed()

    def _context(self) -> ssl.SSLContext:
        """No authority is asked: ``_check_certificate`` compares the certificate itself."""
        if self._tls is None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE
        return self._tls


def _check_certificate(peer: Peer, writer: asyncio.StreamWriter) -> None:
    tls = writer.get_extra_info("ssl_object")
    if tls is None:
        return
    found = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
    if found != peer.fingerprint:
        cause = f"its certificate has the fingerprint {found}"
        raise say.PEER_STRANGE.error(url=peer.url, system=peer.name, cause=cause)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body. Raises OSError, ValueError or EOFError."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        raise ValueError("what answers does not speak HTTP")
    body = bytearray()
    while chunk := await reader.read(1 << 16):
        body += chunk
        if len(body) > LONGEST:
            raise ValueError("the answer does not end")
    return int(status[1]), bytes(body)
