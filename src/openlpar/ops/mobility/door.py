"""The other systems: which one is meant, and who may come in here by a key."""

from __future__ import annotations

from openlpar.messages import mobility as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Edges
from openlpar.ports.peer import Door, Peer, known_names, named
from openlpar.ports.records import Migration
from openlpar.ports.state import World
from openlpar.uom.management_console import ManagementConsole, bare_key


async def known_peer(edges: Edges, world: World, system: str, url: str) -> Peer:
    """The system with this name or MTMS. One that knows this one by its key is shown that each time: its list may have changed.

    url: where it takes https, "" for one that is known. Raises Failure.
    """
    peers = edges.peers
    peer = named(peers, system)
    if url and (peer is None or peer.public_key):
        return await peers.introduce(system, url, door(world))
    if peer is None:
        raise say.UNKNOWN_SYSTEM.error(system=system, known=known_names(peers))
    return peer


def door(world: World) -> Door:
    """The list is the management console's, as clients read and write it: what is removed there counts no more."""
    system = managed_system(world)
    lines = (line for console in world.all(ManagementConsole) for line in console.authorized_keys.ssh_authorized_keys)
    return Door(
        system.system_name,
        str(system.mtms),
        frozenset(bare_key(line) for line in lines),
        frozenset(move.other for move in world.all(Migration)),
    )
