"""What may become of logical units: new ones, changed ones, deleted ones."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.shared_storage.accounts import check_room, units_of
from openlpar.ops.storage.group_plan import check_size
from openlpar.ops.storage.names import LOGICAL_UNIT, check_name
from openlpar.ops.storage.sizes import tidy
from openlpar.ops.storage.usage import refuse_mapped
from openlpar.ports.pool_space import taken_gb
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool, Tier

MOST_GB = 4096
"""A logical unit is no larger; the figure of IBM's configuration limits for shared storage pools, from memory."""
_FIXED = ("is_thin", "lu_type", "cloned_from_udid")


def planned_unit(world: World, pool: SharedStoragePool, tier: Tier, wish: LogicalUnit) -> LogicalUnit:
    """A new logical unit as it will be, without identity. Raises Failure."""
    check_unit_name(world, pool, wish.name)
    kind = wish.lu_type or LogicalUnitType.DISK.value
    if not LogicalUnit.lu_type.allows(kind):
        raise general.BAD_VALUE.error(
            field="LogicalUnitType",
            object=f"logical unit {wish.name}",
            value=repr(kind),
            cause="there is no such type",
            wanted=" or ".join(LogicalUnitType),
        )
    size, source = wish.capacity, ""
    if wish.cloned_from_udid:
        image = _image(world, pool, tier, wish)
        # A clone is as large as its image at least: clients may send 0.
        size, source = max(size, image.capacity), image.udid
    check_size(f"logical unit {wish.name}", "UnitCapacity", size)
    _check_most(wish.name, size)
    unit = LogicalUnit(
        is_thin=not wish.has("is_thin") or wish.is_thin,
        capacity=tidy(size),
        lu_type=kind,
        cloned_from_udid=source or None,
        in_use=False,
        name=wish.name,
    )
    check_room(world, tier, pool, taken_gb(world, unit), unit.name)
    return unit


def _check_most(name: str, size: Decimal) -> None:
    """A thin one may be larger than its pool, but not larger than a logical unit can be."""
    if size > MOST_GB:
        raise say.UNIT_TOO_LARGE.error(name=name, size=tidy(size), most=MOST_GB)


def check_unit_name(world: World, pool: SharedStoragePool, name: str) -> None:
    """The device would take a name twice; its commands and its clients (image caches) then no longer know which is meant."""
    check_name("logical unit", name, LOGICAL_UNIT)
    tiers = {tier.uuid for tier in world.all(Tier, pool.uuid)}
    if any(unit.parent in tiers for unit in world.where(LogicalUnit, name=name)):
        raise general.NAME_TAKEN.error(kind="Logical unit", name=f"{name} of shared storage pool {pool.name}")


def _image(world: World, pool: SharedStoragePool, tier: Tier, wish: LogicalUnit) -> LogicalUnit:
    """The image that a clone is made from. The type before a UDID depends on the level: it does not count."""
    source = wish.cloned_from_udid
    found = next((unit for unit in units_of(world, pool) if unit.udid[2:] == source[2:]), None)
    if found is None:
        cause = f"shared storage pool {pool.name} has no such logical unit"
    elif found.lu_type != LogicalUnitType.IMAGE:
        cause = f"{found.name} is of type {found.lu_type}"
    elif found.parent != tier.uuid:
        cause = f"image {found.name} is in another tier than {tier.name}"
    elif wish.has("is_thin") and not wish.is_thin:
        raise say.THICK_CLONE.error(name=wish.name, image=found.name)
    else:
        return found
    raise say.NOT_AN_IMAGE.error(name=wish.name, source=source, cause=cause)


def changed_unit(world: World, pool: SharedStoragePool, unit: LogicalUnit, wish: LogicalUnit) -> LogicalUnit:
    """A logical unit may be renamed and grow, also while it is mapped. Raises Failure."""
    about = f"logical unit {unit.name}"
    for name in _FIXED:
        if wish.has(name) and wish.get(name) != unit.get(name):
            tag = LogicalUnit.by_name[name].tag
            raise say.FIXED.error(field=tag, object=about, old=unit.get(name), new=wish.get(name))
    after = unit
    if wish.name and wish.name != unit.name:
        check_unit_name(world, pool, wish.name)
        after = after.evolve(name=wish.name)
    if wish.has("capacity") and wish.capacity != unit.capacity:
        if wish.capacity < unit.capacity:
            raise say.CANNOT_SHRINK.error(object=f"Logical unit {unit.name}", size=unit.capacity, wanted=wish.capacity)
        _check_most(unit.name, wish.capacity)
        after = after.evolve(capacity=tidy(wish.capacity))
        more = taken_gb(world, after) - taken_gb(world, unit)
        if more > Decimal(0):
            check_room(world, world.get(Tier, unit.parent or ""), pool, more, unit.name)
    return after


def check_gone(world: World, pool: SharedStoragePool, gone: Collection[LogicalUnit]) -> None:
    """Refuses deleting units that are in use, or images that would leave clones behind."""
    leaving = {unit.udid for unit in gone}
    for unit in gone:
        refuse_mapped(world, unit.udid, f"Logical unit {unit.name}", "deleted")
        if unit.in_use:
            raise say.IN_USE_ELSEWHERE.error(object=f"Logical unit {unit.name}", task="deleted")
    images = {unit.udid[2:]: unit for unit in gone if unit.lu_type == LogicalUnitType.IMAGE}
    if not images:
        return
    clones: dict[str, list[str]] = {}
    for unit in units_of(world, pool):
        if unit.cloned_from_udid and unit.udid not in leaving and unit.cloned_from_udid[2:] in images:
            clones.setdefault(unit.cloned_from_udid[2:], []).append(unit.name)
    for source, names in clones.items():
        shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        raise say.HAS_CLONES.error(name=images[source].name, count=len(names), clones=shown)
