"""Who may move partitions here by a key."""

from __future__ import annotations

from openlpar.ops.capacity import managed_system
from openlpar.ports.peer import Door
from openlpar.ports.records import Migration
from openlpar.ports.state import World
from openlpar.uom.management_console import ManagementConsole, bare_key


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
