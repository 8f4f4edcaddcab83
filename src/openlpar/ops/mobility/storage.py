"""Who serves a partition that comes from another system: disks of shared storage, optical drives and Fibre Channel ports.

Each Virtual I/O Server that served it there has one in its place here, and no two the same one: its paths stay as independent as
they were. The one of the same name comes first, else the first that serves and reaches the same storage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from openlpar.messages import Failure
from openlpar.messages import adapters as say_adapters
from openlpar.messages import mobility as say
from openlpar.ops.mobility.baggage import Baggage, Served, Unit
from openlpar.ops.mobility.wishes import Server, Wishes
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.plan import Bus, Device, planned_new
from openlpar.ops.scsi.slots import FreeSlots, references
from openlpar.ops.scsi.storage import described, found_storage, is_image, kind_of, target_of
from openlpar.ops.shared_storage.accounts import pool_of
from openlpar.ops.shared_storage.learning import heard_gb
from openlpar.ops.storage.sizes import tidy
from openlpar.ops.storage.usage import is_serving
from openlpar.ops.vfc import plan as vfc
from openlpar.ops.vfc.mappings import FibreChannelPlan
from openlpar.ops.vfc.ports import carried, ports_of
from openlpar.ops.vfc.wwpn import pair_of
from openlpar.ports.pool_space import free_gb, taken_gb
from openlpar.ports.san import client_ports, left_behind
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)

LOCAL = ("virtual_disk", "optical_media")
"""Kinds of storage that belong to one Virtual I/O Server, but for images of a Ceph cluster."""

Reach = Callable[[VirtualIOServer], None]
"""Raises Failure when the Virtual I/O Server cannot serve."""


def known_units(world: World, system: ManagedSystem, baggage: Baggage, problems: list[Failure]) -> list[Unit]:
    """Its logical units in pools that this system shares. One that it has not heard of becomes known in the same tier; of another
    one it is told how large it is now."""
    tiers = {tier.udid: tier for tier in world.all(Tier)}
    pools = {pool.udid: pool for pool in world.all(SharedStoragePool)}
    found = []
    more: dict[str, Decimal] = {}
    for unit in baggage.units:
        element, pool = unit.element, pools.get(unit.pool)
        if pool is None:
            storage = f"Logical unit {element.name}"
            problems.append(say.NO_POOL.error(storage=storage, pool=unit.pool_name, system=system.system_name))
            continue
        here = next(iter(world.where(LogicalUnit, udid=element.udid)), None)
        if here is None:
            tier = tiers.get(unit.tier) or next(world.all(Tier, pool.uuid))
            element = element.evolve(parent=tier.uuid, in_use=False)
        else:
            element = here.evolve(capacity=max(here.capacity, element.capacity))
        grown = heard_gb(element, unit.written_kb) - (taken_gb(world, here) if here is not None else 0)
        more[element.parent or ""] = more.get(element.parent or "", Decimal(0)) + max(grown, Decimal(0))
        found.append(replace(unit, element=element))
    problems += (failure for tier, gb in more.items() if (failure := _overdrawn(world, system, tier, gb)))
    return found


def _overdrawn(world: World, system: ManagedSystem, tier_uuid: str, more: Decimal) -> Failure | None:
    """What is told takes more than there can be: systems that share a pool hear of each other's units only in this way."""
    tier = world.get(Tier, tier_uuid)
    pool = pool_of(world, tier)
    free = min(free_gb(world, tier, pool), pool.free_space)
    if more <= free or not pool.has("free_space"):
        return None
    return say.POOL_OVERDRAWN.error(
        tier=tier.name, pool=pool.name, system=system.system_name, free=tidy(free), needed=tidy(more)
    )


class Servers:
    """Chooses the Virtual I/O Servers of this system."""

    def __init__(self, world: World, system: ManagedSystem, baggage: Baggage, problems: list[Failure]) -> None:
        self.problems = problems
        self._world, self._system, self._name = world, system, baggage.partition.name
        self._candidates = [vios for vios in world.all(VirtualIOServer) if is_serving(vios)]
        self._instead: dict[str, VirtualIOServer] = {}
        self._given_up: set[str] = set()

    def choose(self, wanted: dict[str, Reach]) -> None:
        """wanted: name of each Virtual I/O Server there, and whether one here reaches what it serves. Same names first."""
        for vios, reach in sorted(wanted.items(), key=lambda item: item[0] not in self._names()):
            if vios in self._instead or vios in self._given_up:
                continue
            taken = {one.uuid for one in self._instead.values()}
            causes: list[str] = []
            for candidate in sorted(self._candidates, key=lambda one: one.name != vios):
                if candidate.uuid in taken:
                    causes.append(f"{candidate.name} takes the place of another one.")
                    continue
                try:
                    reach(candidate)
                except Failure as failure:
                    causes.append(str(failure))
                else:
                    self._instead[vios] = candidate
                    break
            else:
                self._missing(vios, " ".join(causes) or "none of them is running with an active RMC connection.")

    def _names(self) -> set[str]:
        return {one.name for one in self._candidates}

    def _missing(self, vios: str, cause: str) -> None:
        self._given_up.add(vios)
        self.problems.append(
            say.NO_PATH.error(system=self._system.system_name, vios=vios, partition=self._name, cause=cause)
        )

    def instead_of(self, vios: str, wish: Server | None) -> VirtualIOServer | None:
        """None: there is none, which is among the problems."""
        if wish is None:
            return self._instead.get(vios)
        for one in self._candidates:
            if one.name == wish.name or one.id == wish.id:
                return one
        self._missing(vios, f"there is no serving Virtual I/O Server {wish.called}.")
        return None

    def collect(self, failure: Failure) -> None:
        self.problems.append(failure)


def planned_disks(
    world: World, partition: LogicalPartition, baggage: Baggage, wishes: Wishes, servers: Servers, free: FreeSlots
) -> list[ScsiPlan]:
    """One plan for each adapter of the partition."""
    buses: dict[tuple[str, int], list[VirtualSCSIMapping]] = {}
    for served in baggage.disks:
        assert isinstance(served.element, VirtualSCSIMapping)
        if is_local(served.element.backing_storage):
            continue
        buses.setdefault((served.vios, served.element.client_adapter.lpar_slot_num), []).append(served.element)
    unknown = {unit.element.udid for unit in baggage.units} - {unit.udid for unit in world.all(LogicalUnit)}
    for rows in buses.values():  # that their pool is missing here has been said
        rows[:] = [row for row in rows if row.backing_storage.logical_unit.udid not in unknown]
    wanted: dict[str, Reach] = {}
    for vios in dict.fromkeys(vios for vios, slot in buses if slot not in wishes.scsi):
        rows = [row for (name, slot), bus in buses.items() if name == vios and slot not in wishes.scsi for row in bus]
        wanted[vios] = _reaches(world, rows)
    servers.choose(wanted)
    plans = []
    for (vios, slot), rows in buses.items():
        server = servers.instead_of(vios, wishes.scsi.get(slot))
        if server is None:
            continue
        try:
            plans.append(planned_new(world, server, _bus(partition, slot, wishes.scsi.get(slot), rows), free))
        except Failure as failure:
            servers.collect(failure)
    return plans


def _reaches(world: World, rows: Iterable[VirtualSCSIMapping]) -> Reach:
    def reach(vios: VirtualIOServer) -> None:
        for row in rows:
            found_storage(world, vios, row.backing_storage)

    return reach


def _bus(partition: LogicalPartition, slot: int, wish: Server | None, rows: list[VirtualSCSIMapping]) -> Bus:
    server_slot = wish.slot if wish is not None else 0
    return Bus(
        0,
        references(partition)[0],
        VirtualSCSIClientAdapter(lpar_slot_num=slot),
        VirtualSCSIServerAdapter(vios_slot_num=server_slot) if server_slot else VirtualSCSIServerAdapter.empty(),
        [Device(row.backing_storage, _same_address(row.target_dev)) for row in rows],
    )


def _same_address(device: VirtualSCSITargetDevice) -> VirtualSCSITargetDevice:
    """The address is what the partition knows a disk by; the name is the Virtual I/O Server's to choose."""
    kind = kind_of(device)
    return VirtualSCSITargetDevice(**{kind: target_of(device).evolve(name=None, udid=None)}) if kind else device


def planned_channels(
    world: World, partition: LogicalPartition, baggage: Baggage, wishes: Wishes, servers: Servers, free: FreeSlots
) -> list[FibreChannelPlan]:
    """One plan for each Virtual I/O Server that gets some. The port names change places: the second of a pair logs in here."""
    channels = [one for one in baggage.channels if _slot(one) not in wishes.channels]
    servers.choose({one.vios: _has_port for one in channels})
    by_server: dict[str, list[VirtualFibreChannelMapping]] = {}
    for served in baggage.channels:
        wish = wishes.channels.get(_slot(served))
        vios = servers.instead_of(served.vios, wish)
        if vios is None:
            continue
        try:
            port = (
                wish.port
                if wish is not None and wish.port
                else _free_port(world, vios, len(by_server.get(vios.uuid, ())))
            )
        except Failure as failure:
            servers.collect(failure)
            continue
        by_server.setdefault(vios.uuid, []).append(_channel(partition, served, wish, vios, port))
    return list(_channel_plans(world, by_server, servers, free))


def _channel_plans(
    world: World, by_server: dict[str, list[VirtualFibreChannelMapping]], servers: Servers, free: FreeSlots
) -> Iterator[FibreChannelPlan]:
    for uuid, wanted in by_server.items():
        vios = world.get(VirtualIOServer, uuid)
        try:
            yield vfc.planned(world, vios, [*world.all(VirtualFibreChannelMapping, uuid), *wanted], free)
        except Failure as failure:
            servers.collect(failure)


def _slot(served: Served) -> int:
    return served.element.client_adapter.lpar_slot_num


def _has_port(vios: VirtualIOServer) -> None:
    if not any(port.npiv_total_ports for port in ports_of(vios)):
        names = ", ".join(port.name for port in ports_of(vios)) or "it has none"
        raise say_adapters.NO_PORT.error(vios=vios.name, port="with NPIV", ports=names)


def _free_port(world: World, vios: VirtualIOServer, planned: int) -> str:
    """The port that carries least; one that is full is refused later. planned: how many this partition has on it already."""
    _has_port(vios)
    carries = carried(world, vios.uuid)
    ports = sorted((port for port in ports_of(vios) if port.npiv_total_ports), key=lambda port: carries[port.name])
    return ports[planned % len(ports)].name


def _channel(
    partition: LogicalPartition, served: Served, wish: Server | None, vios: VirtualIOServer, port: str
) -> VirtualFibreChannelMapping:
    assert isinstance(served.element, VirtualFibreChannelMapping)
    adapter = served.element.client_adapter
    server_slot = wish.slot if wish is not None else 0
    backing = next((one for one in ports_of(vios) if one.name == port), None)
    return VirtualFibreChannelMapping(
        parent=vios.uuid,
        client_lpar_href=references(partition)[0],
        client_adapter=VirtualFibreChannelClientAdapter(
            lpar_slot_num=adapter.lpar_slot_num, wwpns=" ".join(reversed(pair_of(adapter.wwpns)))
        ),
        backing_port=backing if backing is not None else served.element.backing_port.evolve(name=port),
        server_adapter=VirtualFibreChannelServerAdapter(vios_slot_num=server_slot)
        if server_slot
        else VirtualFibreChannelServerAdapter(use_next_slot=True),
    )


def is_local(storage: VirtualSCSIStorage) -> bool:
    return kind_of(storage) in LOCAL and not is_image(storage)


def unmasked_volumes(world: World, channels: Iterable[Served], partition: LogicalPartition) -> Iterator[Failure]:
    """Volumes of the SAN that are masked to only one of the two port names of an adapter."""
    for served in channels:
        assert isinstance(served.element, VirtualFibreChannelMapping)
        lost = left_behind(world, served.element, partition.name)
        if lost:
            first, *others = client_ports(served.element)
            yield say.NOT_MASKED.error(
                partition=partition.name,
                volumes=", ".join(f"volume {one.uuid}" for one in lost),
                wwpn=first,
                other=", ".join(others) or "none",
            )


def local_storage(disks: Iterable[Served], partition: LogicalPartition) -> Iterator[Failure]:
    """What no other system can reach: virtual disks of a volume group, and media of a repository."""
    for served in disks:
        assert isinstance(served.element, VirtualSCSIMapping)
        storage = served.element.backing_storage
        if is_local(storage):
            yield say.LOCAL_STORAGE.error(storage=described(storage), partition=partition.name, vios=served.vios)
