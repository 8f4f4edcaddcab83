"""The other systems that partitions can be moved to and from: OpenLPAR servers that trust this one, and are trusted.

Who wants something of another system asks by the system's name; questions and answers are plain values, as JSON has them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from openlpar.messages import mobility as say


@dataclass(frozen=True, slots=True)
class Peer:
    """Another system. name, mtms: of the managed system (``8247-21L*212E3CA``); url: of its REST service; key: the secret that
    both hold; fingerprint: SHA-256 of its certificate in hex, "" for plain http on this machine."""

    name: str
    mtms: str
    url: str
    key: str
    fingerprint: str = ""


class Peers(Protocol):
    """The systems that are known here, and the way to ask them."""

    def known(self) -> Collection[Peer]: ...

    def holder(self, key: str) -> Peer | None:
        """Whose key this is."""
        ...

    def trust(self, peer: Peer) -> None:
        """Keeps a peer; one of the same name is replaced."""
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
        raise NotImplementedError("there is no place for it")

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        raise say.UNKNOWN_SYSTEM.error(system=system, known="none")


def named(peers: Peers, system: str) -> Peer | None:
    """The peer with this name, or this machine type, model and serial number."""
    return next((peer for peer in peers.known() if system in (peer.name, peer.mtms)), None)


def known_names(peers: Peers) -> str:
    """For messages."""
    return ", ".join(sorted(peer.name for peer in peers.known())) or "none"
