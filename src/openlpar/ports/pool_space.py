"""The space of shared storage pools: what logical units take of it, and what is left of each tier.

A thick logical unit takes its whole size. So does an image, thick or thin: it is made to be filled at once. A thin disk takes what
was written to it; pools may promise more than they have.
"""

from __future__ import annotations

from decimal import Decimal

from openlpar.ports.records import UnitUse
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool, Tier

CHUNK_KB = 16 * 1024
"""A thin disk takes space by so much (assumed): of GB with six decimals, as sizes are kept, it is a whole part."""
_KB_PER_GB = 1024**2


def fills(unit: LogicalUnit) -> bool:
    """Whether it takes its space only when that is written."""
    return unit.is_thin and unit.lu_type != LogicalUnitType.IMAGE


def taken_gb(world: World, unit: LogicalUnit) -> Decimal:
    if not fills(unit):
        return unit.capacity
    use = world.find(UnitUse, unit.uuid) if unit.uuid else None
    return space_gb(unit, use.written_kb) if use is not None else Decimal(0)


def space_gb(unit: LogicalUnit, written_kb: int) -> Decimal:
    """What a thin disk takes when so much of it was written."""
    return min(unit.capacity, chunks_gb(-(-written_kb // CHUNK_KB)))


def chunks_gb(count: int) -> Decimal:
    return Decimal(count * CHUNK_KB) / _KB_PER_GB


def chunks_in(gb: Decimal) -> int:
    """Whole chunks that fit."""
    return int(gb * _KB_PER_GB // CHUNK_KB)


def kilobytes(gb: Decimal) -> int:
    return int(gb * _KB_PER_GB)


def used_gb(world: World, tier: Tier) -> Decimal:
    """What the known logical units of a tier take."""
    return sum((taken_gb(world, unit) for unit in world.all(LogicalUnit, tier.uuid)), Decimal(0))


def free_gb(world: World, tier: Tier, pool: SharedStoragePool) -> Decimal:
    """What is left of a tier. The only tier of a pool has all that the pool has: what other systems took is known of that, too."""
    if world.count(Tier, pool.uuid) > 1 and tier.has("capacity"):
        return tier.capacity - used_gb(world, tier)
    return pool.free_space
