"""The place that a partition would have on this system: what it and all that belongs to it become here, or why they cannot.

Nothing is refused at once: whoever wants to move a partition is told everything that is in the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from openlpar.messages import Failure, general, licensing
from openlpar.messages import mobility as say
from openlpar.ops.capacity import firmware_overhead_mb, managed_system, reserve
from openlpar.ops.core import partition_of
from openlpar.ops.lpar.configuration import check_configuration, check_name
from openlpar.ops.lpar.create import free_id, partition_with_id, serial_digits
from openlpar.ops.mastery import check_master
from openlpar.ops.mobility.baggage import Baggage, Unit
from openlpar.ops.mobility.moving import moving_now
from openlpar.ops.mobility.network import planned_adapters
from openlpar.ops.mobility.storage import Servers, known_units, planned_channels, planned_disks
from openlpar.ops.mobility.wishes import Wishes
from openlpar.ops.overlay import Overlay
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.slots import FreeSlots
from openlpar.ops.storage.usage import is_serving
from openlpar.ops.system.serial_number import find_number
from openlpar.ops.vfc.mappings import FibreChannelPlan
from openlpar.ports.hypervisor import Hypervisor, Mobile
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import PartitionState
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.virtual_io_server import VirtualIOServer


@dataclass(slots=True)
class Place:
    """partition: with its identity here, and off. auto_assign: of its virtual serial number.
    units: its logical units, as they will be known here. problems: why there is no such place.
    """

    partition: LogicalPartition
    auto_assign: bool = False
    adapters: list[ClientNetworkAdapter] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    disks: list[ScsiPlan] = field(default_factory=list)
    channels: list[FibreChannelPlan] = field(default_factory=list)
    problems: list[Failure] = field(default_factory=list)


def planned_place(world: World, baggage: Baggage, hypervisor: Hypervisor) -> Place:
    """hypervisor: the one here."""
    wishes = Wishes.from_parameters("Migrate", baggage.wishes)
    system = managed_system(world)
    place = Place(_newcomer(world, system, baggage, wishes), baggage.auto_assign)
    partition, problems = place.partition, place.problems
    for check in (
        lambda: check_master(world, "migration.prepare", partition.name),
        lambda: _check_hypervisor(system, baggage, hypervisor.name),
        lambda: check_name(world, partition.name),
        lambda: _check_uuid(world, partition),
        lambda: _check_number(world, system, partition),
        lambda: check_limit(world, system, baggage.runs),
        lambda: check_configuration(world.all(SharedProcessorPool), system, partition),
        lambda: _check_mode(system, baggage),
        lambda: _check_mover(world, system, baggage, wishes),
        lambda: _check_memory(world, system, baggage),
        lambda: _check_processors(world, baggage),
    ):
        _collect(problems, check)
    if baggage.luggage and baggage.hypervisor == hypervisor.name and isinstance(hypervisor, Mobile):
        problems += hypervisor.unfit(partition, baggage.luggage)
    place.adapters = planned_adapters(world, system, partition, baggage, wishes, problems)
    place.units = known_units(world, system, baggage, problems)
    over = Overlay(world, [partition, *(unit.element for unit in place.units)])
    servers, free = Servers(over, system, baggage, problems), FreeSlots(over)
    place.disks = planned_disks(over, partition, baggage, wishes, servers, free)
    place.channels = planned_channels(over, partition, baggage, wishes, servers, free)
    return place


def _collect(problems: list[Failure], check: Callable[[], None]) -> None:
    try:
        check()
    except Failure as failure:
        problems.append(failure)


def told(problems: list[Failure] | list[str]) -> str:
    """All of them, each on a line."""
    return "".join(f"\n({number}) {problem}" for number, problem in enumerate(problems, 1)) + "\n"


def _newcomer(world: World, system: ManagedSystem, baggage: Baggage, wishes: Wishes) -> LogicalPartition:
    """It keeps its id when that is free here."""
    partition = baggage.partition
    lpar_id = partition.id if partition_with_id(world, partition.id) is None else free_id(world)
    processors = partition.proc_config
    if wishes.pool_id is not None and not processors.has_dedicated:
        shared, current = processors.shared_proc_cfg, processors.current_shared_proc_cfg
        processors = processors.evolve(
            shared_proc_cfg=shared.evolve(pool_id=wishes.pool_id),
            current_shared_proc_cfg=current.evolve(current_pool_id=wishes.pool_id),
        )
    return partition.evolve(
        parent=system.uuid,
        id=lpar_id,
        logical_serial_number=f"{system.mtms.serial}{serial_digits(lpar_id)}",
        proc_config=processors,
        state=PartitionState.NOT_ACTIVATED.value,
    )


def _check_hypervisor(system: ManagedSystem, baggage: Baggage, here: str) -> None:
    if baggage.hypervisor != here:
        raise say.OTHER_HYPERVISOR.error(
            system=system.system_name, there=here, partition=baggage.partition.name, here=baggage.hypervisor
        )


def _check_uuid(world: World, partition: LogicalPartition) -> None:
    if partition_of(world, partition.uuid) is not None:
        raise general.NAME_TAKEN.error(kind="Partition with UUID", name=partition.uuid)


def _check_number(world: World, system: ManagedSystem, partition: LogicalPartition) -> None:
    """Nobody has two machines with one serial number."""
    serial = partition.virtual_serial_number
    if serial and find_number(world, serial) is not None:
        raise licensing.SERIAL_HERE.error(serial=serial, system=system.system_name)


def check_limit(world: World, system: ManagedSystem, runs: bool) -> None:
    """A system that does not say how many it can move at a time moves any number."""
    moving = moving_now(world, runs)
    most = system.migration_info.max_active_migrations if runs else system.migration_info.max_inactive_migrations
    if most and moving >= most:
        raise say.LIMIT.error(system=system.system_name, count=moving)


def _check_mode(system: ManagedSystem, baggage: Baggage) -> None:
    mode, modes = baggage.partition.proc_compat_mode, system.proc_config.proc_compat_modes
    if baggage.runs and mode and modes and mode != "default" and mode not in modes:
        raise say.NO_MODE.error(
            partition=baggage.partition.name, mode=mode, system=system.system_name, modes=", ".join(modes)
        )


def _check_mover(world: World, system: ManagedSystem, baggage: Baggage, wishes: Wishes) -> None:
    """A running partition's memory goes from mover to mover."""
    if baggage.runs:
        check_mover(world, system, wishes.movers)


def check_mover(world: World, system: ManagedSystem, addresses: tuple[str, ...]) -> None:
    """addresses: of those that may do it, () for any."""
    if find_mover(world, addresses) is None:
        raise say.NO_MOVER.error(system=system.system_name, address=" or ".join(addresses) or "at all")


def find_mover(world: World, addresses: tuple[str, ...]) -> VirtualIOServer | None:
    """The first server that may do it, and can now."""
    movers = (one for one in world.all(VirtualIOServer) if one.is_mover_service_partition and is_serving(one))
    return next((one for one in movers if not addresses or one.rmc_ip in addresses), None)


def _check_memory(world: World, system: ManagedSystem, baggage: Baggage) -> None:
    if baggage.runs:
        memory = baggage.partition.mem_config
        region = system.memory_config.memory_region_size or 256
        overhead = firmware_overhead_mb(memory.current_max, memory.current_hpt_ratio, region)
        reserve(world, baggage.partition, memory.current + overhead, Decimal(0))


def _check_processors(world: World, baggage: Baggage) -> None:
    if baggage.runs:
        processors = baggage.partition.proc_config
        if processors.current_has_dedicated:
            wanted = Decimal(processors.current_dedicated_proc_cfg.current)
        else:
            wanted = processors.current_shared_proc_cfg.current_units
        reserve(world, baggage.partition, 0, wanted)
