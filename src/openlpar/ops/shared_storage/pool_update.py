"""Changing a shared storage pool: its name and threshold, its physical volumes, its logical units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step, UpdateOperation
from openlpar.ops.shared_storage.accounts import (
    check_room,
    default_tier,
    pool_volumes,
    serving_node,
    units_of,
)
from openlpar.ops.shared_storage.nodes import touch_servers
from openlpar.ops.shared_storage.tier_plan import FIRST_GROUP, check_holds, check_seen, resized, with_groups, with_tiers
from openlpar.ops.shared_storage.tier_write import identified
from openlpar.ops.shared_storage.unit_plan import changed_unit, check_gone, planned_unit
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ops.storage.names import LOGICAL_UNIT, check_name
from openlpar.ports.pool_space import taken_gb
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import FailureGroup, FailureGroupState, LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.volume_group import PhysicalVolume


@dataclass
class UpdatePool(
    UnitWriter, UpdateOperation, name="shared_storage_pool.update", verb="update", on=(SharedStoragePool,)
):
    """Takes over a client's version of a pool. Physical volumes join the first failure group of the default tier."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    requested: SharedStoragePool

    def check(self, world: World) -> None:
        self._pool = world.get(SharedStoragePool, self.uuid)
        self._vios = serving_node(world, self._pool)
        self._after = self._with_volumes(world, self._renamed(world))
        self._plan_units(world)
        self.subject = (SharedStoragePool, self.uuid)

    def _renamed(self, world: World) -> SharedStoragePool:
        pool, requested = self._pool, self.requested
        after = pool
        if requested.name and requested.name != pool.name:
            check_pool_name(world, requested.name)
            after = after.evolve(name=requested.name)
        if requested.has("alert_threshold") and requested.alert_threshold != pool.alert_threshold:
            if not 1 <= requested.alert_threshold <= 99:
                raise general.BAD_VALUE.error(
                    field="AlertThreshold",
                    object=f"shared storage pool {pool.name}",
                    value=requested.alert_threshold,
                    cause="it is the part of the pool that is to stay free",
                    wanted="1% to 99%",
                )
            after = after.evolve(alert_threshold=requested.alert_threshold)
        return after

    def _with_volumes(self, world: World, after: SharedStoragePool) -> SharedStoragePool:
        """Disks leave the failure group they are in; new ones join the first one of the default tier."""
        pool = self._pool
        self._tiers: list[Tier] = []
        if not self.requested.has("physical_volumes") or self._vios is None:
            return after
        volumes = pool_volumes(world, self._vios, self.requested.physical_volumes, pool.physical_volumes)
        if not volumes:
            raise say.LAST_VOLUME.error(place=f"Shared storage pool {pool.name}")
        added = [volume for volume in volumes if volume not in pool.physical_volumes]
        gone = [volume for volume in pool.physical_volumes if volume not in volumes]
        if not added and not gone:
            return after
        check_seen(world, pool, added)
        before, chosen = list(world.all(Tier, pool.uuid)), default_tier(world, pool)
        self._tiers = [_tier_with(tier, added if tier.uuid == chosen.uuid else [], gone) for tier in before]
        for old, new in zip(before, self._tiers, strict=True):
            check_holds(world, pool, old, new)
        return with_tiers(after, before, self._tiers).evolve(physical_volumes=volumes)

    def _plan_units(self, world: World) -> None:
        if not self.requested.has("logical_units"):
            return
        known = {unit.udid: unit for unit in units_of(world, self._pool)}
        wishes = self.requested.logical_units
        if not world.count(Tier, self.uuid) and {u.udid for u in wishes} == {u.udid for u in self._pool.logical_units}:
            return  # a pool known from a recording only, without tiers: its units are shown but cannot be changed
        tier = default_tier(world, self._pool)
        new: list[tuple[Tier, LogicalUnit]] = []
        changed = []
        for wish in wishes:
            if not wish.udid:
                new.append((tier, planned_unit(world, self._after, tier, wish)))
                continue
            unit = known.pop(wish.udid, None)
            if unit is None:
                place = f"shared storage pool {self._pool.name}"
                raise say.CHOSEN_BY_VIOS.error(object=f"Logical unit {wish.name}", udid=wish.udid, place=place)
            after = changed_unit(world, self._after, unit, wish)
            if after != unit:
                changed.append((unit, after))
        self._check_together(world, new, changed)
        self._new, self._changed, self._gone = new, changed, list(known.values())
        check_gone(world, self._pool, self._gone)

    def _check_together(
        self,
        world: World,
        new: list[tuple[Tier, LogicalUnit]],
        changed: list[tuple[LogicalUnit, LogicalUnit]],
    ) -> None:
        """Units that fit one by one may not fit, or be told apart, together."""
        renamed = [after.name for before, after in changed if before.name != after.name]
        names = [unit.name for _, unit in new] + renamed
        for name in names:
            if names.count(name) > 1:
                where = f"{name} of shared storage pool {self._pool.name}"
                raise general.NAME_TAKEN.error(kind="Logical unit", name=where)
        needed: dict[str, Decimal] = {}
        growing: dict[str, list[str]] = {}
        grown = [(tier.uuid, unit.name, taken_gb(world, unit)) for tier, unit in new]
        grown += [(old.parent or "", old.name, taken_gb(world, it) - taken_gb(world, old)) for old, it in changed]
        for uuid, name, more in grown:
            needed[uuid] = needed.get(uuid, Decimal(0)) + more
            growing.setdefault(uuid, []).append(name)
        for uuid, more in needed.items():
            if more:
                check_room(world, world.get(Tier, uuid), self._after, more, ", ".join(growing[uuid]))

    def steps(self) -> Iterable[Step]:
        yield Step("write the pool", self._write)
        yield from super().steps()

    def _write(self, change: Change) -> None:
        change.put(self._after)
        for tier in self._tiers:
            change.put(identified(change, self._pool, tier))
        touch_servers(change)


def check_pool_name(world: World, name: str) -> None:
    check_name("shared storage pool", name, LOGICAL_UNIT)
    if any(pool.name == name for pool in world.all(SharedStoragePool)):
        raise general.NAME_TAKEN.error(kind="Shared storage pool", name=name)


def _tier_with(tier: Tier, joining: Sequence[PhysicalVolume], leaving: Sequence[PhysicalVolume]) -> Tier:
    groups = []
    first = (FailureGroup(name=FIRST_GROUP, state=FailureGroupState.ONLINE.value),) if joining else ()
    for number, group in enumerate(tier.failure_groups or first):
        volumes = tuple(volume for volume in group.physical_volumes if not _among(volume, leaving))
        volumes += tuple(joining) if number == 0 else ()
        if not volumes and group.physical_volumes:
            raise say.LAST_VOLUME.error(place=f"Failure group {group.name} of tier {tier.name}")
        groups.append(resized(group, group.name, volumes))
    return with_groups(tier, tuple(groups))


def _among(volume: PhysicalVolume, volumes: Iterable[PhysicalVolume]) -> bool:
    return any(other.udid == volume.udid and other.name == volume.name for other in volumes)
