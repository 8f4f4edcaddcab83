"""Virtual Fibre Channel client adapters: the partition's end of the mappings, as resources of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from openlpar.ops.core import partition_of
from openlpar.ops.scsi.slots import adapter_uuid, client_mappings
from openlpar.ops.vfc.ports import carried, shown_mapping
from openlpar.ops.views import derived
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelClientAdapter, VirtualFibreChannelMapping


def identity(mapping: VirtualFibreChannelMapping) -> str:
    slot = mapping.server_adapter.vios_slot_num
    return adapter_uuid("VirtualFibreChannelClientAdapter", mapping.parent or "", slot)


@derived(VirtualFibreChannelClientAdapter)
def client_adapters(world: World, parent: str | None) -> Iterator[VirtualFibreChannelClientAdapter]:
    """parent: uuid of a logical partition, None for all of them."""
    partitions = [partition_of(world, parent)] if parent is not None else list(world.all(LogicalPartition))
    loads: dict[str, Counter[str]] = {}
    for partition in partitions:
        if partition is None:
            continue
        for mapping in client_mappings(world, VirtualFibreChannelMapping, partition):
            if not mapping.has("client_adapter"):
                continue
            vios = mapping.parent or ""
            if vios not in loads:
                loads[vios] = carried(world, vios)
            shown = shown_mapping(mapping, loads[vios])
            yield shown.client_adapter.evolve(
                uuid=identity(mapping), parent=partition.uuid, server_adapter=shown.server_adapter
            )
