"""What a partition takes along: its own description and all that belongs to it, as plain values on their way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from openlpar.ops.capacity import is_active, managed_system
from openlpar.ops.network.usage import all_vlans, trunks_on
from openlpar.ops.network.virtual_network import switch_with_id
from openlpar.ops.scsi.slots import client_mappings
from openlpar.ops.scsi.storage import udid_of
from openlpar.ops.system.serial_number import find_number
from openlpar.ports.records import UnitUse
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.plain import from_plain, to_plain
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

_TRUNK_PRIORITIES = range(1, 16)


@dataclass(frozen=True, slots=True)
class Adapter:
    """switch: name of its virtual switch; bridged: its VLANs for which there is a trunk adapter."""

    element: ClientNetworkAdapter
    switch: str
    bridged: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A logical unit with the UDIDs by which every system of the cluster knows where it is. written_kb: to it, when it is thin."""

    element: LogicalUnit
    pool: str
    pool_name: str
    tier: str
    written_kb: int = 0


@dataclass(frozen=True, slots=True)
class Served:
    """A virtual SCSI or Fibre Channel mapping, with the name of the Virtual I/O Server."""

    element: VirtualSCSIMapping | VirtualFibreChannelMapping
    vios: str


@dataclass(frozen=True, slots=True)
class Baggage:
    """system: name of the source; hypervisor: what runs partitions there. runs: the partition moves without stopping; luggage: what
    the hypervisor packed for it then. auto_assign: of its virtual serial number, if it has one."""

    system: str
    hypervisor: str
    runs: bool
    partition: LogicalPartition
    adapters: tuple[Adapter, ...]
    units: tuple[Unit, ...]
    disks: tuple[Served, ...]
    channels: tuple[Served, ...]
    wishes: dict[str, str]
    luggage: dict[str, Any]
    auto_assign: bool = False

    @classmethod
    def packed(
        cls,
        world: World,
        partition: LogicalPartition,
        hypervisor: str,
        wishes: dict[str, str],
        luggage: dict[str, Any] | None = None,
    ) -> Self:
        disks = [*client_mappings(world, VirtualSCSIMapping, partition)]
        udids = {udid_of(disk.backing_storage) for disk in disks if disk.backing_storage.has("logical_unit")}
        return cls(
            managed_system(world).system_name,
            hypervisor,
            is_active(partition),
            partition,
            tuple(_adapter(world, adapter) for adapter in world.all(ClientNetworkAdapter, partition.uuid)),
            tuple(_units(world, udids)),
            tuple(_served(world, disk) for disk in disks),
            tuple(_served(world, port) for port in client_mappings(world, VirtualFibreChannelMapping, partition)),
            wishes,
            luggage or {},
            (number := find_number(world, partition.virtual_serial_number)) is not None and number.auto_assign,
        )

    def to_plain(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "hypervisor": self.hypervisor,
            "runs": self.runs,
            "partition": _plain(self.partition),
            "adapters": [{"switch": a.switch, "bridged": a.bridged, **_plain(a.element)} for a in self.adapters],
            "units": [
                {
                    "pool": u.pool,
                    "pool_name": u.pool_name,
                    "tier": u.tier,
                    "written_kb": u.written_kb,
                    **_plain(u.element),
                }
                for u in self.units
            ],
            "disks": [{"vios": d.vios, **_plain(d.element)} for d in self.disks],
            "channels": [{"vios": c.vios, **_plain(c.element)} for c in self.channels],
            "wishes": self.wishes,
            "luggage": self.luggage,
            "auto_assign": self.auto_assign,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Raises BadValue, KeyError or TypeError when it is none."""
        return cls(
            str(plain["system"]),
            str(plain["hypervisor"]),
            bool(plain["runs"]),
            _element(LogicalPartition, plain["partition"]),
            tuple(
                Adapter(_element(ClientNetworkAdapter, one), str(one["switch"]), tuple(map(int, one["bridged"])))
                for one in plain["adapters"]
            ),
            tuple(
                Unit(
                    _element(LogicalUnit, one),
                    str(one["pool"]),
                    str(one["pool_name"]),
                    str(one["tier"]),
                    int(one.get("written_kb", 0)),
                )
                for one in plain["units"]
            ),
            tuple(Served(_element(VirtualSCSIMapping, one), str(one["vios"])) for one in plain["disks"]),
            tuple(Served(_element(VirtualFibreChannelMapping, one), str(one["vios"])) for one in plain["channels"]),
            {str(name): str(value) for name, value in plain["wishes"].items()},
            dict(plain["luggage"]),
            bool(plain.get("auto_assign")),
        )


def _plain(element: Element) -> dict[str, Any]:
    return {"uuid": element.uuid, "element": to_plain(element)}


def _element(kind: type[Any], plain: dict[str, Any]) -> Any:
    return from_plain(kind, plain["element"], str(plain["uuid"]))


def _adapter(world: World, adapter: ClientNetworkAdapter) -> Adapter:
    switch = switch_with_id(world, adapter.vswitch_id)
    bridged = tuple(vlan for vlan in all_vlans(adapter) if is_bridged(world, adapter.vswitch_id, vlan))
    return Adapter(adapter, switch.name if switch is not None else "", bridged)


def is_bridged(world: World, switch_id: int, vlan: int) -> bool:
    """Whether a trunk adapter carries the VLAN out of the system."""
    return any(trunks_on(world, switch_id, vlan, priority) for priority in _TRUNK_PRIORITIES)


def _units(world: World, udids: set[str]) -> Iterator[Unit]:
    if not udids:
        return
    for tier in world.all(Tier):
        pool = world.find(SharedStoragePool, tier.parent or "")
        if pool is None:
            continue
        for unit in world.all(LogicalUnit, tier.uuid):
            if unit.udid in udids:
                use = world.find(UnitUse, unit.uuid)
                yield Unit(unit, pool.udid, pool.name, tier.udid, use.written_kb if use is not None else 0)


def _served(world: World, mapping: VirtualSCSIMapping | VirtualFibreChannelMapping) -> Served:
    vios = world.find(VirtualIOServer, mapping.parent or "")
    return Served(mapping, vios.name if vios is not None else "")
