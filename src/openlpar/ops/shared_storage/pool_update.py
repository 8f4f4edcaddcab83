"""Changing a shared storage pool: its name and threshold, its physical volumes, its logical units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step, UpdateOperation
from openlpar.ops.shared_storage.accounts import (
    FAILURE_GROUP_SHARE_MB,
    TIER_SHARE_MB,
    check_room,
    cluster_of,
    default_tier,
    pool_volumes,
    serving_node,
    taken_gb,
    units_of,
    usable_gb,
)
from openlpar.ops.shared_storage.nodes import touch_servers
from openlpar.ops.shared_storage.unit_plan import changed_unit, check_gone, planned_unit
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ops.storage.names import LOGICAL_UNIT, check_name
from openlpar.ops.storage.sizes import tidy
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
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
        """The pool's own share of each disk is that of recordings; sums go by differences, as in ``with_change``."""
        pool = self._pool
        self._tier: Tier | None = None
        if not self.requested.has("physical_volumes") or self._vios is None:
            return after
        volumes = pool_volumes(world, self._vios, self.requested.physical_volumes, pool.physical_volumes)
        if not volumes:
            raise say.LAST_VOLUME.error(place=f"Shared storage pool {pool.name}")
        added = [volume for volume in volumes if volume not in pool.physical_volumes]
        gone = [volume for volume in pool.physical_volumes if volume not in volumes]
        if not added and not gone:
            return after
        self._check_seen(world, added)
        grown = usable_gb(added, TIER_SHARE_MB) - usable_gb(gone, TIER_SHARE_MB)
        free = tidy(pool.free_space + grown)
        if free < 0:
            place = f"Shared storage pool {pool.name}"
            raise say.NO_SPACE.error(place=place, free=pool.free_space, object="removing disks", needed=-grown)
        self._tier = _tier_with(default_tier(world, pool), added, gone)
        capacity = tidy(pool.capacity + grown)
        return after.evolve(
            physical_volumes=volumes,
            capacity=capacity,
            free_space=free,
            over_commit_space=tidy(max(Decimal(0), pool.total_lu_size - capacity)),
        )

    def _check_seen(self, world: World, added: Iterable[PhysicalVolume]) -> None:
        cluster = cluster_of(world, self._pool)
        for node in cluster.nodes if cluster is not None else ():
            for volume in added:
                check_sees(world, node.vios_uri.rpartition("/")[2], volume, cluster.name if cluster else "")

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
        self._check_together(world, tier, [unit for _, unit in new], changed)
        self._new, self._changed, self._gone = new, changed, list(known.values())
        check_gone(world, self._pool, self._gone)

    def _check_together(
        self, world: World, tier: Tier, new: list[LogicalUnit], changed: list[tuple[LogicalUnit, LogicalUnit]]
    ) -> None:
        """Units that fit one by one may not fit, or be told apart, together."""
        names = [unit.name for unit in new] + [after.name for before, after in changed if before.name != after.name]
        for name in names:
            if names.count(name) > 1:
                where = f"{name} of shared storage pool {self._pool.name}"
                raise general.NAME_TAKEN.error(kind="Logical unit", name=where)
        needed = sum((taken_gb(unit) for unit in new), Decimal(0))
        needed += sum((taken_gb(after) - taken_gb(before) for before, after in changed), Decimal(0))
        if needed:
            check_room(world, tier, self._after, needed, ", ".join(names) or changed[0][1].name)

    def steps(self) -> Iterable[Step]:
        yield Step("write the pool", self._write)
        yield from super().steps()

    def _write(self, change: Change) -> None:
        change.put(self._after)
        if self._tier is not None:
            change.put(self._tier)
        touch_servers(change)


def check_pool_name(world: World, name: str) -> None:
    check_name("shared storage pool", name, LOGICAL_UNIT)
    if any(pool.name == name for pool in world.all(SharedStoragePool)):
        raise general.NAME_TAKEN.error(kind="Shared storage pool", name=name)


def check_sees(world: World, vios_uuid: str, volume: PhysicalVolume, cluster: str) -> None:
    """A node must see every disk of its cluster; one of another system is not known here."""
    vios = world.find(VirtualIOServer, vios_uuid)
    if vios is None:
        return
    if not any(seen.udid == volume.udid for seen in world.all(PhysicalVolume, vios_uuid)):
        raise say.NODE_LACKS_DISK.error(vios=vios.name, cluster=cluster, disk=f"{volume.name} ({volume.udid})")


def _tier_with(tier: Tier, added: Iterable[PhysicalVolume], gone: Iterable[PhysicalVolume]) -> Tier:
    leaving, joining = list(gone), list(added)
    groups = []
    for number, group in enumerate(tier.failure_groups):
        kept = tuple(volume for volume in group.physical_volumes if not _among(volume, leaving))
        lost = [volume for volume in group.physical_volumes if _among(volume, leaving)]
        came = joining if number == 0 else []
        grown = usable_gb(came, FAILURE_GROUP_SHARE_MB) - usable_gb(lost, FAILURE_GROUP_SHARE_MB)
        groups.append(group.evolve(physical_volumes=(*kept, *came), capacity=tidy(group.capacity + grown)))
    grown = usable_gb(joining, TIER_SHARE_MB) - usable_gb(leaving, TIER_SHARE_MB)
    return tier.evolve(failure_groups=groups, capacity=tidy(tier.capacity + grown))


def _among(volume: PhysicalVolume, volumes: list[PhysicalVolume]) -> bool:
    return any(other.udid == volume.udid and other.name == volume.name for other in volumes)
