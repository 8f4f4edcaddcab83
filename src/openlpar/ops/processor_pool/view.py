"""A shared processor pool as clients see it: with its partitions and what is left in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from openlpar.ops.capacity import HUNDREDTH, TALLIES, is_active, pool_members
from openlpar.ops.views import view
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.virtual_io_server import VirtualIOServer

DEFAULT_ID = 0


def reserve_of(pool: SharedProcessorPool) -> dict[str, int]:
    """Processing units that a pool keeps for itself are taken from the server's, in hundredths."""
    return {"processors": int(pool.curr_rsrv_proc_units * 100)}


TALLIES[SharedProcessorPool] = reserve_of


def two_places(value: Decimal) -> Decimal:
    """As recorded pools show their numbers: ``5.05``, ``0.00``."""
    return value.quantize(HUNDREDTH)


def members(world: World, pool_id: int) -> Iterator[BasePartition]:
    """The partitions with shared processors of a pool, active or not."""
    if not world.tally(pool_members(pool_id)):
        return
    for kind in (LogicalPartition, VirtualIOServer):
        for partition in world.all(kind):
            processors = partition.proc_config
            if not processors.has_dedicated and processors.shared_proc_cfg.pool_id == pool_id:
                yield partition


def units_in_use(partitions: list[BasePartition]) -> Decimal:
    """Entitlement of those that are active."""
    active = (partition.proc_config for partition in partitions if is_active(partition))
    return sum((processors.current_shared_proc_cfg.current_units for processors in active), Decimal(0))


@view(SharedProcessorPool, depends="world")
def shown_pool(world: World, pool: SharedProcessorPool) -> SharedProcessorPool:
    """The default pool has no limit of its own, and so nothing "available" in it (recorded as 0.00)."""
    inside = list(members(world, pool.id))
    links = tuple(f"ManagedSystem/{pool.parent}/{type(p).__name__}/{p.uuid}" for p in inside)
    shown = pool.evolve(assigned_partitions=links)
    if pool.id != DEFAULT_ID and (inside or not pool.has("avail_proc_units")):
        left = max(Decimal(0), pool.max_proc_units - units_in_use(inside))
        return shown.evolve(avail_proc_units=two_places(left))
    return shown if pool.has("avail_proc_units") else shown.evolve(avail_proc_units=two_places(Decimal(0)))
