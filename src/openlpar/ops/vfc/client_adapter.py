"""Virtual Fibre Channel client adapters: the partition's end of the mappings, as resources of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from openlpar.ops.core import partition_of
from openlpar.ops.scsi.slots import adapter_uuid, client_mappings
from openlpar.ops.vfc.ports import carried, shown_mapping
from openlpar.ops.vfc.wwpn import pair_of
from openlpar.ops.views import derived
from openlpar.ports.san import is_logged_in
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_fibre_channel import (
    NPortStatus,
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelNPortLoginStatus,
)

# As the HMC's lsnportlogin says it.
_CLIENT, _NOBODY = "client", "none"


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
                uuid=identity(mapping),
                parent=partition.uuid,
                server_adapter=shown.server_adapter,
                nport_logins=_logins(mapping, is_logged_in(world, mapping, partition)),
            )


def _logins(mapping: VirtualFibreChannelMapping, logged_in: bool) -> tuple[VirtualFibreChannelNPortLoginStatus, ...]:
    """The first of the two names logs in, the other one where the partition moves to.

    It is not shown in the mappings of the Virtual I/O Server: no recording has it there, and the server would be another version
    whenever one of its clients starts.
    """
    return tuple(
        VirtualFibreChannelNPortLoginStatus(
            wwpn=name,
            status=(NPortStatus.ACTIVATED if logged_in and not place else NPortStatus.NOT_ACTIVATED).value,
            logged_in_by=_CLIENT if logged_in and not place else _NOBODY,
        )
        for place, name in enumerate(pair_of(mapping.client_adapter.wwpns))
    )
