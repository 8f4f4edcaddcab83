"""The space of shared storage pools: what logical units take of it, and what is left of each tier.

A thick logical unit takes its whole size. So does an image, thick or thin: it is made to be filled at once. A thin disk takes what
was written to it; pools may promise more than they have.
"""

from __future__ import annotations

from decimal import Decimal

from openlpar.ports.records import UnitUse
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool, Tier

_MB_PER_GB = 1024
_SIX_PLACES = Decimal("0.000001")
"""As sizes of pools are kept: what is taken and what is free add up exactly."""


def fills(unit: LogicalUnit) -> bool:
    """Whether it takes its space only when that is written."""
    return unit.is_thin and unit.lu_type != LogicalUnitType.IMAGE


def taken_gb(world: World, unit: LogicalUnit) -> Decimal:
    if not fills(unit):
        return unit.capacity
    use = world.find(UnitUse, unit.uuid) if unit.uuid else None
    return written_gb(use.written_mb) if use is not None else Decimal(0)


def written_gb(mb: int) -> Decimal:
    return (Decimal(mb) / _MB_PER_GB).quantize(_SIX_PLACES)


def used_gb(world: World, tier: Tier) -> Decimal:
    """What the known logical units of a tier take."""
    return sum((taken_gb(world, unit) for unit in world.all(LogicalUnit, tier.uuid)), Decimal(0))


def free_gb(world: World, tier: Tier, pool: SharedStoragePool) -> Decimal:
    """What is left of a tier. The only tier of a pool has all that the pool has: what other systems took is known of that, too."""
    if world.count(Tier, pool.uuid) > 1 and tier.has("capacity"):
        return tier.capacity - used_gb(world, tier)
    return pool.free_space
