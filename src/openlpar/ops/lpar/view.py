"""A partition as clients see it: the stored object with what is derived from others."""

from __future__ import annotations

from typing import TypeVar

from openlpar.ops.scsi.slots import adapter_uuid, client_mappings
from openlpar.ops.views import view
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

P = TypeVar("P", bound=BasePartition)


@view(LogicalPartition)
def shown_partition(world: World, partition: P) -> P:
    """Adds the references to its system and virtual adapters."""
    root = type(partition).__name__
    adapters = tuple(
        f"{root}/{partition.uuid}/ClientNetworkAdapter/{adapter.uuid}"
        for adapter in world.all(ClientNetworkAdapter, partition.uuid)
    )
    shown = partition.evolve(managed_system=f"ManagedSystem/{partition.parent}", client_network_adapters=adapters)
    if not isinstance(partition, LogicalPartition):
        return shown
    return shown.evolve(
        vfc_client_adapters=_storage_adapters(world, partition, VirtualFibreChannelMapping) or None,
        scsi_client_adapters=_storage_adapters(world, partition, VirtualSCSIMapping) or None,
    )


def _storage_adapters(
    world: World, partition: LogicalPartition, kind: type[VirtualSCSIMapping] | type[VirtualFibreChannelMapping]
) -> tuple[str, ...]:
    """References to the client's ends of its mappings; several virtual SCSI mappings may share one."""
    name = "VirtualSCSIClientAdapter" if kind is VirtualSCSIMapping else "VirtualFibreChannelClientAdapter"
    found = {
        adapter_uuid(name, mapping.parent or "", mapping.server_adapter.vios_slot_num): None
        for mapping in client_mappings(world, kind, partition)
        if mapping.has("client_adapter")
    }
    return tuple(f"LogicalPartition/{partition.uuid}/{name}/{uuid}" for uuid in found)
