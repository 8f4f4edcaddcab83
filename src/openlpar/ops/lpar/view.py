"""A partition as clients see it: the stored object with what is derived from others."""

from __future__ import annotations

from typing import TypeVar

from openlpar.ops.views import view
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition

P = TypeVar("P", bound=BasePartition)


@view(LogicalPartition)
def shown_partition(world: World, partition: P) -> P:
    """Adds the references to its system and network adapters."""
    root = type(partition).__name__
    adapters = tuple(
        f"{root}/{partition.uuid}/ClientNetworkAdapter/{adapter.uuid}"
        for adapter in world.all(ClientNetworkAdapter, partition.uuid)
    )
    return partition.evolve(managed_system=f"ManagedSystem/{partition.parent}", client_network_adapters=adapters)
