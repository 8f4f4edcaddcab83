"""Asks other systems: one HTTP request and its answer, without holding up anybody else; and makes them known by their keys.

The certificate is the one that was seen when the two systems were made known to each other, and is looked at before the key is
sent: no authority has to sign it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import json
import re
import secrets
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openlpar.messages import mobility as say
from openlpar.messages import trust
from openlpar.peers.introduction import Challenges, Introduction, judged
from openlpar.peers.keys import OwnKey, key_of_certificate
from openlpar.peers.known import PeerFile
from openlpar.ports.peer import Door, Peer, known_names, named
from openlpar.uom.management_console import key_name

CONNECT_S = 5.0
ANSWER_S = 60.0
LONGEST = 64 * 1024 * 1024
KEY_HEADER = "X-OpenLPAR-Peer-Key"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(slots=True)
class _Line:
    """A connection that is open. certificate: the other side's, in DER, b"" on plain http; own_host: our end's address."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    certificate: bytes
    own_host: str

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.certificate).hexdigest()

    async def ask(self, host: str, path: str, headers: dict[str, str], values: dict[str, Any]) -> tuple[int, Any]:
        """Status and answer of one request; there is no second one."""
        body = json.dumps(values).encode()
        lines = {
            "Host": host,
            **headers,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        head = f"PUT {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        async with asyncio.timeout(ANSWER_S):
            self.writer.write(head.encode() + b"\r\n" + body)
            await self.writer.drain()
            status, answer = await _answer(self.reader)
        return status, json.loads(answer)


class PeerLink(PeerFile):
    """See ``ports.peer.Peers``. https: ``host:port`` where the service here takes https."""

    def __init__(self, data: Path, https: str = "127.0.0.1:12443") -> None:
        super().__init__(data)
        self._own_tls = data / "tls"
        self._https = https
        self._challenges = Challenges()
        self._introducing = asyncio.Lock()
        self._tls: ssl.SSLContext | None = None

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        peer = next((one for one in self.known() if one.name == system), None)
        if peer is None:
            raise say.UNKNOWN_SYSTEM.error(system=system, known=known_names(self))
        return await self._asked(system, peer.url, question, values, peer.fingerprint, {KEY_HEADER: peer.key})

    async def _asked(
        self,
        system: str,
        url: str,
        question: str,
        values: dict[str, Any],
        fingerprint: str,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """fingerprint: the certificate that has to be there, looked at before anything is sent."""
        parts = urlsplit(url)
        try:
            async with self._line(url) as line:
                if line.certificate and line.fingerprint != fingerprint:
                    cause = f"its certificate has the fingerprint {line.fingerprint}"
                    raise say.PEER_STRANGE.error(url=url, system=system, cause=cause)
                path = f"{parts.path.rstrip('/')}/rest/api/openlpar/peer/{question}"
                status, answer = await line.ask(parts.netloc, path, headers or {}, values)
        except (OSError, TimeoutError, ValueError, EOFError) as wrong:
            raise say.PEER_AWAY.error(system=system, url=url, cause=str(wrong) or type(wrong).__name__) from wrong
        if status != 200 or not isinstance(answer, dict):
            cause = str(answer.get("refused", status)) if isinstance(answer, dict) else str(status)
            raise say.PEER_REFUSES.error(system=system, cause=cause)
        return answer

    @contextlib.asynccontextmanager
    async def _line(self, url: str) -> AsyncIterator[_Line]:
        parts = urlsplit(url)
        tls = self._context() if parts.scheme == "https" else None
        port = parts.port or (443 if tls else 80)
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
        try:
            found = writer.get_extra_info("ssl_object")
            certificate = (found.getpeercert(binary_form=True) or b"") if found is not None else b""
            yield _Line(reader, writer, certificate, writer.get_extra_info("sockname")[0])
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
                async with asyncio.timeout(CONNECT_S):
                    await writer.wait_closed()

    def _context(self) -> ssl.SSLContext:
        """No authority is asked: the certificate is compared with the one that is known."""
        if self._tls is None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE
        return self._tls

    # by key

    async def introduce(self, system: str, url: str, door: Door) -> Peer:
        async with self._introducing:  # two at a time would agree on two keys
            return await self._introduced_to(system, url, door)

    async def _introduced_to(self, system: str, url: str, door: Door) -> Peer:
        own = self._own_key()
        before = named(self, system)
        try:
            async with self._line(url) as line:
                fingerprint, own_host = line.fingerprint, line.own_host
                public_key = key_of_certificate(line.certificate)
        except (OSError, TimeoutError, ValueError, EOFError) as wrong:
            raise say.PEER_AWAY.error(system=system, url=url, cause=str(wrong) or type(wrong).__name__) from wrong
        if before is not None and public_key != before.public_key and not door.admits(public_key):
            known, found = key_name(before.public_key), key_name(public_key)
            raise trust.OTHER_KEY.error(url=url, system=before.name, key=found, known=known)
        # One key for as long as the two are the same: what is under way between them goes on.
        keeps = before is not None and before.public_key == public_key
        secret = before.key if before is not None and keeps else secrets.token_urlsafe(48)
        back = self._way_back(own_host, system, url)
        us = Peer(door.system, door.mtms, back, secret, own.fingerprint, own.public_key)
        challenge = str((await self._asked(system, url, "challenge", {}, fingerprint)).get("challenge", ""))
        proof = Introduction(challenge, fingerprint, us).signed(own)
        there = await self._asked(system, url, "introduce", proof, fingerprint)
        if system not in (there["system"], there["mtms"]):
            raise trust.OTHER_SYSTEM.error(url=url, found=there["system"], system=system)
        them = Peer(there["system"], there["mtms"], url, secret, fingerprint, public_key)
        if them != before:
            self.trust(them)
        return them

    def challenge(self) -> str:
        return self._challenges.new()

    def introduced(self, proof: dict[str, Any], door: Door) -> Peer:
        peer = judged(proof, self._challenges, self._own_key(), door, self.known())
        if peer not in self.known():
            self.trust(peer)
        return peer

    def _own_key(self) -> OwnKey:
        try:
            return OwnKey.of(self._own_tls)
        except (OSError, ValueError) as wrong:
            raise trust.NO_KEY.error(cause=str(wrong)) from wrong

    def _way_back(self, own_host: str, system: str, url: str) -> str:
        """How the other system reaches this one. own_host: our end of a connection to it."""
        host, _, port = self._https.rpartition(":")
        try:
            here = ipaddress.ip_address(host.strip("[]"))
        except ValueError:  # a name, which leads here for others too
            return f"https://{self._https}"
        if here.is_unspecified:
            here = ipaddress.ip_address(own_host.partition("%")[0])
        elif here.is_loopback and not ipaddress.ip_address(own_host.partition("%")[0]).is_loopback:
            raise trust.NO_WAY_BACK.error(own=self._https, system=system, url=url)
        return f"https://[{here}]:{port}" if here.version == 6 else f"https://{here}:{port}"


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
