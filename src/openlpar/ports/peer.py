"""The other systems that partitions can be moved to and from: OpenLPAR servers that trust this one, and are trusted.

Who wants something of another system asks by the system's name; questions and answers are plain values, as JSON has them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from openlpar.messages import Failure, trust
from openlpar.messages import mobility as say
from openlpar.uom.management_console import bare_key, key_name


@dataclass(frozen=True, slots=True)
class Peer:
    """Another system. name, mtms: of the managed system (``8247-21L*212E3CA``); url: of its REST service; key: the secret that
    both hold; fingerprint: SHA-256 of its certificate in hex, "" for plain http on this machine. public_key: a line of
    authorized_keys without its comment, of a system that became known by it: it may move partitions here while the management
    console lists that key, and nothing else; "" for one that ``openlpar trust`` made known."""

    name: str
    mtms: str
    url: str
    key: str
    fingerprint: str = ""
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in here by a key. system, mtms: what this system is called; authorized: keys that the management console
    lists, without their comments; busy: names of the systems that partitions are on their way from or to."""

    system: str
    mtms: str
    authorized: frozenset[str]
    busy: frozenset[str] = frozenset()

    def admits(self, public_key: str) -> bool:
        return bare_key(public_key) in self.authorized


class Peers(Protocol):
    """The systems that are known here, and the way to ask them."""

    def known(self) -> Collection[Peer]: ...

    def holder(self, key: str) -> Peer | None:
        """Whose key this is."""
        ...

    def trust(self, peer: Peer) -> None:
        """Keeps a peer; one of the same name is replaced."""
        ...

    async def introduce(self, system: str, url: str, door: Door) -> Peer:
        """Makes this system known to the one with this name or MTMS at an https address, by its key, and that one here.
        Raises Failure."""
        ...

    def challenge(self) -> str:
        """What another system has to sign to become known here."""
        ...

    def introduced(self, proof: dict[str, Any], door: Door) -> Peer:
        """Keeps the peer that proves that it has its key. Raises Failure when it does not or may not come in, KeyError,
        TypeError or ValueError when that is no proof."""
        ...

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        """The answer of the system with this name. Raises Failure: UNAVAILABLE when it does not answer, or what it refuses with."""
        ...


class Nobody:
    """No other system is known."""

    def known(self) -> Collection[Peer]:
        return ()

    def holder(self, key: str) -> Peer | None:
        return None

    def trust(self, peer: Peer) -> None:
        raise ValueError("nobody can become known here")

    async def introduce(self, system: str, url: str, door: Door) -> Peer:
        raise say.UNKNOWN_SYSTEM.error(system=system, known="none")

    def challenge(self) -> str:
        return ""

    def introduced(self, proof: dict[str, Any], door: Door) -> Peer:
        raise ValueError("nobody can become known here")

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        raise say.UNKNOWN_SYSTEM.error(system=system, known="none")


def named(peers: Peers, system: str) -> Peer | None:
    """The peer with this name, or this machine type, model and serial number."""
    return next((peer for peer in peers.known() if system in (peer.name, peer.mtms)), None)


def known_names(peers: Peers) -> str:
    """For messages."""
    return ", ".join(sorted(peer.name for peer in peers.known())) or "none"


def not_authorized(peer: Peer) -> Failure:
    """What a system is told whose key is not, or no longer, on the list."""
    return trust.NOT_AUTHORIZED.error(asking=peer.name, key=key_name(peer.public_key))
