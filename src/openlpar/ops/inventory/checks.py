"""What must hold in every inventory: nothing twice, no reference to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openlpar.messages import Failure
from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, Item
from openlpar.ops.lpar.configuration import check_configuration
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

# (types that share the name space, field, whether it is a name space of its own below each parent, what messages call it)
_UNIQUE: tuple[tuple[tuple[Any, ...], str, bool, str], ...] = (
    ((LogicalPartition, VirtualIOServer), "name", False, "partition name"),
    ((LogicalPartition, VirtualIOServer), "id", False, "partition id"),
    ((VirtualSwitch,), "name", False, "switch name"),
    ((VirtualSwitch,), "switch_id", False, "switch id"),
    ((SharedProcessorPool,), "id", False, "pool id"),
    ((SharedProcessorPool,), "name", False, "pool name"),
    ((VirtualNetwork,), "name", False, "network name"),
    ((ClientNetworkAdapter,), "mac", False, "MAC address"),
    ((PhysicalVolume,), "name", True, "disk name"),
    ((VolumeGroup,), "name", True, "volume group name"),
    ((SharedStoragePool,), "name", False, "pool name"),
    ((Tier,), "name", True, "tier name"),
    ((LogicalUnit,), "udid", False, "UDID"),
)


_HIGHEST_VLAN = 4094


def check_uuids(draft: Draft) -> None:
    """Preferences have their system's uuid, so the type counts; both kinds of partition are one type here."""
    seen: dict[tuple[type[Element], str], Item[Any]] = {}
    for item in draft.all_items():
        kind = BasePartition if isinstance(item.now, BasePartition) else type(item.now)
        uuid = item.now.uuid
        if not uuid:
            raise draft.error(say.MISSING, item, field="uuid", wanted="the object's uuid, or leave out 'exact: true'")
        if (kind, uuid) in seen:
            raise draft.error(say.TAKEN, item, "uuid", what="uuid", value=uuid, other=_called(seen[kind, uuid]))
        seen[kind, uuid] = item


def check_bounds(draft: Draft) -> None:
    """Raises Failure for the first partition or adapter that no client could have made so."""
    pools = [item.now for item in draft.items(SharedProcessorPool)]
    for partition in draft.partitions():
        try:
            check_configuration(pools, draft.system, partition.now)
        except Failure as failure:
            raise draft.error(say.OUT_OF_BOUNDS, partition, cause=failure.text) from failure
    for adapter in draft.items(ClientNetworkAdapter):
        if not 1 <= adapter.now.pvid <= _HIGHEST_VLAN:
            wanted = f"a VLAN from 1 to {_HIGHEST_VLAN}"
            raise draft.error(say.WRONG_VALUE, adapter, "pvid", value=adapter.now.pvid, wanted=wanted)


def check_described(draft: Draft) -> None:
    """Raises Failure for the first thing that is there twice."""
    check_uuids(draft)
    for kinds, field, below_parent, what in _UNIQUE:
        seen: dict[Any, Item[Any]] = {}
        for kind in kinds:
            for item in draft.items(kind):
                value = item.now.get(field)
                key = (item.now.parent, value) if below_parent else value
                if value is not None and key in seen:
                    raise draft.error(say.TAKEN, item, field, what=what, value=value, other=_called(seen[key]))
                seen[key] = item
    _check_slots(draft)
    _check_trunks(draft)


def _called(item: Item[Any]) -> str:
    for field in ("name", "system_name"):
        if field in item.now.by_name and item.now.get(field):
            return f"{type(item.now).__name__} {item.now.get(field)}"
    return f"{type(item.now).__name__} {item.now.uuid}"


def _adapters(draft: Draft) -> Iterator[tuple[Item[Any], tuple[str, ...], int, int, Any]]:
    """(object, path of the slot in it, partition id, slot, key of the adapter): mappings may share an adapter."""
    for adapter in draft.items(ClientNetworkAdapter):
        yield adapter, ("slot",), adapter.now.lpar_id, adapter.now.slot, id(adapter)
    mappings: list[Item[Any]] = [*draft.items(VirtualSCSIMapping), *draft.items(VirtualFibreChannelMapping)]
    for item in mappings:
        near, far = item.now.client_adapter, item.now.server_adapter
        pair = (type(item.now), near.lpar_id, near.lpar_slot_num, far.vios_id, far.vios_slot_num)
        yield item, ("client_adapter", "lpar_slot_num"), near.lpar_id, near.lpar_slot_num, pair
        yield item, ("server_adapter", "vios_slot_num"), far.vios_id, far.vios_slot_num, pair


def _check_slots(draft: Draft) -> None:
    seen: dict[tuple[int, int], tuple[Any, Item[Any]]] = {}
    limits = {item.now.id: item.now.io_config.max_virtual_slots for item in draft.partitions()}
    for item, path, lpar_id, slot, key in _adapters(draft):
        other = seen.setdefault((lpar_id, slot), (key, item))
        if other[0] != key:
            raise draft.error(
                say.TAKEN,
                item,
                *path,
                what="virtual slot",
                value=f"{slot} of partition {lpar_id}",
                other=_called(other[1]),
            )
        limit = limits.get(lpar_id) or slot + 1
        if not 0 < slot < limit:
            wanted = (
                f"a virtual slot from 2 to {limit - 1}, or raise io_config.max_virtual_slots of partition {lpar_id}"
            )
            raise draft.error(say.WRONG_VALUE, item, *path, value=slot, wanted=wanted)


def _check_trunks(draft: Draft) -> None:
    """Trunk adapters for one VLAN of one switch have different priorities, or both would bridge it."""
    seen: dict[tuple[int, int, int], Item[Any]] = {}
    for item in draft.items(ClientNetworkAdapter):
        now = item.now
        if not now.trunk_pri:
            continue
        for vlan in (now.pvid, *(int(vlan) for vlan in now.tagged_vlans.split())):
            other = seen.setdefault((now.vswitch_id, vlan, now.trunk_pri), item)
            if other is not item:
                what = f"trunk priority for VLAN {vlan}"
                raise draft.error(say.TAKEN, item, "trunk_pri", what=what, value=now.trunk_pri, other=_called(other))
