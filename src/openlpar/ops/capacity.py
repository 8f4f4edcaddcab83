"""What the partitions take from the server, and what is left.

Memory and processors are taken while a partition is active; a partition that is off only has wishes. Running totals are kept
by the state at every change (``TALLIES``), so that a check costs the same with ten partitions and with ten thousand.
Processing units are counted in hundredths.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openlpar.messages import partition as say
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition, PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer

HUNDREDTH = Decimal("0.01")
_OFF = (PartitionState.NOT_ACTIVATED, PartitionState.NOT_AVAILABLE, PartitionState.MIGRATING_NOT_ACTIVE, "")


def is_active(partition: BasePartition) -> bool:
    return partition.state not in _OFF


def firmware_overhead_mb(maximum_mb: int, page_table_ratio: int, region_mb: int) -> int:
    """Memory the hypervisor takes beside a partition's own: its hardware page table (maximum memory divided by two to the
    ratio's power), rounded up to whole regions. The table is the documented part of IBM's overhead; the rest is not public."""
    table = max(1, maximum_mb >> (page_table_ratio or 6))
    return -(-table // region_mb) * region_mb


def pool_members(pool_id: int) -> str:
    """Name of the total that counts the partitions of a shared processor pool."""
    return f"pool {pool_id}"


def shares(partition: BasePartition) -> dict[str, int]:
    """An object's part in the running totals: MB of memory, hundredths of processors, members of processor pools."""
    memory, processors = partition.mem_config, partition.proc_config
    identity = {"partitions": 1, "partition_ids": partition.id}
    if not processors.has_dedicated:
        identity[pool_members(processors.shared_proc_cfg.pool_id)] = 1
    if not is_active(partition):
        return identity
    if processors.has_dedicated:
        hundredths = processors.current_dedicated_proc_cfg.current * 100
    else:
        hundredths = int(processors.current_shared_proc_cfg.current_units * 100)
    return identity | {
        "active": 1,
        "memory": memory.current,
        "page_tables": memory.current_max >> (memory.current_hpt_ratio or 6),
        "processors": hundredths,
    }


TALLIES: dict[Any, Any] = {LogicalPartition: shares, VirtualIOServer: shares}


def managed_system(world: World) -> ManagedSystem:
    """The one managed system of this state."""
    return next(world.all(ManagedSystem))


def free_memory_mb(world: World, system: ManagedSystem) -> int:
    memory = system.memory_config
    region = memory.memory_region_size or 256
    tables = -(-world.tally("page_tables") // region) * region
    return memory.memory_configurable - memory.firmware_memory - world.tally("memory") - tables


def free_processors(world: World, system: ManagedSystem) -> Decimal:
    configured = system.proc_config.proc_units_configurable
    return Decimal(configured) - Decimal(world.tally("processors")) * HUNDREDTH


def reserve(world: World, partition: BasePartition, memory_mb: int, processors: Decimal) -> None:
    """Refuses what does not fit. memory_mb, processors: how much more than now."""
    system = managed_system(world)
    free_mb, free_units = free_memory_mb(world, system), free_processors(world, system)
    if memory_mb > max(0, free_mb):
        raise say.NO_MEMORY.error(partition=partition.name, needed=memory_mb, free=max(0, free_mb))
    if processors > max(Decimal(0), free_units):
        raise say.NO_PROCESSORS.error(partition=partition.name, needed=processors, free=max(Decimal(0), free_units))
