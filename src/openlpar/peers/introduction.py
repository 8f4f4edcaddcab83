"""Systems that become known by a key: what one says of itself and signs, and how the other one judges it.

What is signed names the certificate that the signer saw at the other end of TLS, so that nobody in between can pass it on, and
a challenge that the other one has made up and takes once. See decision 0022.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from openlpar.messages import trust as say
from openlpar.peers.keys import OwnKey, is_signed
from openlpar.ports.peer import Door, Peer, not_authorized
from openlpar.uom.management_console import key_name

PURPOSE = "openlpar: let me in by my key, 1"
_OPEN = 256
"""Challenges that are kept at a time; the oldest is forgotten first."""
_SAID = frozenset({"purpose", "challenge", "certificate", "name", "mtms", "url", "key", "fingerprint", "public_key"})


class Challenges:
    """Each is good for one proof."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, None] = OrderedDict()

    def new(self) -> str:
        made = secrets.token_urlsafe(32)
        self._open[made] = None
        while len(self._open) > _OPEN:
            self._open.popitem(last=False)
        return made

    def take(self, challenge: str) -> bool:
        return self._open.pop(challenge, "") is None


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a system shows of itself: who it is as a peer, and to whom it says so."""

    challenge: str
    certificate: str
    peer: Peer

    def signed(self, own: OwnKey) -> dict[str, str]:
        """As it is sent. certificate: SHA-256 of the other side's, as it was seen."""
        peer = self.peer
        said = {
            "purpose": PURPOSE,
            "challenge": self.challenge,
            "certificate": self.certificate,
            **{name: getattr(peer, name) for name in Peer.__dataclass_fields__},
        }
        text = json.dumps(said, sort_keys=True)
        return {"statement": text, "signature": own.signature(text)}


def judged(proof: dict[str, Any], challenges: Challenges, own: OwnKey, door: Door, known: Collection[Peer]) -> Peer:
    """The peer that a proof makes known. Raises Failure when it does not, ValueError when it is none.

    The list of keys is looked at first: only who is on it learns more.
    """
    text, signature = str(proof["statement"]), str(proof["signature"])
    try:
        said = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(said, dict) or said.keys() != _SAID or not all(isinstance(value, str) for value in said.values()):
        raise ValueError("that is no introduction")
    peer = Peer(**{name: said[name] for name in Peer.__dataclass_fields__})
    if not (peer.name and peer.mtms and len(peer.key) >= 32 and peer.url.startswith("https://") and peer.fingerprint):
        raise ValueError("it lacks a name, a key or an address")
    if not door.admits(peer.public_key):
        raise not_authorized(peer)
    cause = _doubt(said, text, signature, peer, challenges, own)
    if not cause and (peer.name == door.system or peer.mtms == door.mtms):
        cause = "it calls itself by the name or serial number of this one"
    if cause:
        raise say.NOT_PROVED.error(asking=peer.name, key=key_name(peer.public_key), cause=cause)
    _check_name(peer, door, known)
    return peer


def _doubt(said: dict[str, str], text: str, signature: str, peer: Peer, challenges: Challenges, own: OwnKey) -> str:
    """Why nothing is proved; "" when it is."""
    if said["purpose"] != PURPOSE:
        return "it was signed for something else"
    if not challenges.take(said["challenge"]):
        return "its challenge is none that was given here, or was used before"
    if not hmac.compare_digest(said["certificate"], own.fingerprint):
        seen = said["certificate"]
        return f"it saw the certificate {seen} at the other end, and the one here is {own.fingerprint}"
    if not is_signed(text, signature, peer.public_key):
        return "the signature is not made with that key"
    return ""


def _check_name(peer: Peer, door: Door, known: Collection[Peer]) -> None:
    """Nobody takes the name of another one that is still let in, or under whose name something is under way."""
    for held in known:
        if peer.name != held.name and peer.mtms != held.mtms:
            continue
        if held.public_key == peer.public_key and held.name == peer.name:
            continue
        cause = ""
        if not held.public_key:
            cause = "the two were made known to each other by 'openlpar trust'"
        elif held.name != peer.name:
            cause = f"its serial number is that of system {held.name}"
        elif door.admits(held.public_key):
            cause = "that key is authorized as well"
        elif held.name in door.busy:
            cause = "partitions are on their way between the two"
        if cause:
            raise say.NAME_TAKEN.error(
                system=door.system,
                asking=peer.name,
                key=key_name(peer.public_key),
                known=key_name(held.public_key) or held.fingerprint or "none",
                cause=cause,
            )
