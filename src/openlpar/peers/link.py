"""Asks other systems by HTTP, without holding up anybody else, and makes them known by their keys.

The certificate is the one that was seen when the two systems were made known to each other, and is looked at before the key is
sent: no authority has to sign it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openlpar.messages import mobility as say
from openlpar.messages import trust
from openlpar.peers.introduction import Challenges, Introduction, judged
from openlpar.peers.keys import OwnKey, key_of_certificate
from openlpar.peers.known import PeerFile
from openlpar.peers.lines import Lines, Stranger
from openlpar.ports.peer import Door, Peer, known_names, named
from openlpar.uom.management_console import key_name

KEY_HEADER = "X-OpenLPAR-Peer-Key"


class PeerLink(PeerFile):
    """See ``ports.peer.Peers``. https: ``host:port`` where the service here takes https."""

    def __init__(self, data: Path, https: str = "127.0.0.1:12443") -> None:
        super().__init__(data)
        self._own_tls = data / "tls"
        self._https = https
        self._challenges = Challenges()
        self._introducing = asyncio.Lock()
        self._lines = Lines()

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
        try:
            request = _request(url, question, headers or {}, json.dumps(values).encode())
            status, body = await self._lines.exchange(url, fingerprint, request)
            answer = json.loads(body)
        except Stranger as found:
            cause = f"its certificate has the fingerprint {found.fingerprint}"
            raise say.PEER_STRANGE.error(url=url, system=system, cause=cause) from found
        except (OSError, TimeoutError, ValueError, RecursionError, EOFError) as wrong:
            raise say.PEER_AWAY.error(system=system, url=url, cause=str(wrong) or type(wrong).__name__) from wrong
        if status != 200 or not isinstance(answer, dict):
            cause = str(answer.get("refused", status)) if isinstance(answer, dict) else str(status)
            raise say.PEER_REFUSES.error(system=system, cause=cause)
        return answer

    # by key

    async def introduce(self, system: str, url: str, door: Door) -> Peer:
        async with self._introducing:  # two at a time would agree on two keys
            return await self._introduced_to(system, url, door)

    async def _introduced_to(self, system: str, url: str, door: Door) -> Peer:
        own = self._own_key()
        before = named(self, system)
        try:
            line = await self._lines.open(url)
            await line.close()
            public_key = key_of_certificate(line.certificate)
        except (OSError, TimeoutError, ValueError, RecursionError, EOFError) as wrong:
            raise say.PEER_AWAY.error(system=system, url=url, cause=str(wrong) or type(wrong).__name__) from wrong
        if before is not None and public_key != before.public_key and not door.admits(public_key):
            known, found = key_name(before.public_key), key_name(public_key)
            raise trust.OTHER_KEY.error(url=url, system=before.name, key=found, known=known)
        fingerprint = line.fingerprint
        # One key for as long as the two are the same: what is under way between them goes on.
        keeps = before is not None and before.public_key == public_key
        secret = before.key if before is not None and keeps else secrets.token_urlsafe(48)
        back = self._way_back(line.own_host, system, url)
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


def _request(url: str, question: str, headers: dict[str, str], body: bytes) -> bytes:
    parts = urlsplit(url)
    lines = {"Host": parts.netloc, **headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
    head = f"PUT {parts.path.rstrip('/')}/rest/api/openlpar/peer/{question} HTTP/1.1\r\n"
    return (head + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode() + body
