"""What may become of the tiers of a pool: their failure groups, and what follows from their disks.

Every failure group of a tier holds a copy of all that is in the tier, so the tier is as large as the smallest of them. Sizes are
followed by differences, as in ``accounts.with_change``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.shared_storage.accounts import (
    FAILURE_GROUP_SHARE_MB,
    TIER_SHARE_MB,
    cluster_of,
    pool_volumes,
    usable_gb,
)
from openlpar.ops.storage.names import LOGICAL_UNIT, check_name
from openlpar.ops.storage.sizes import tidy
from openlpar.ports.pool_space import free_gb
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import (
    FailureGroup,
    FailureGroupState,
    MirrorState,
    SharedStoragePool,
    Tier,
    TierType,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume

FIRST_GROUP = "Default"
"""What a Virtual I/O Server calls the only failure group of a tier."""
MOST_TIERS = 10
"""Tiers of a pool (IBM's announcement of tiers, 2020)."""
MOST_GROUPS = 2
"""Failure groups of a tier: two copies."""


def check_tier_name(world: World, pool: SharedStoragePool, name: str) -> None:
    check_name("tier", name, LOGICAL_UNIT)
    if any(other.name == name for other in world.all(Tier, pool.uuid)):
        raise general.NAME_TAKEN.error(kind=f"Tier of shared storage pool {pool.name}", name=name)


def planned_groups(
    world: World, vios: VirtualIOServer, pool: SharedStoragePool, tier: Tier, wishes: Sequence[FailureGroup]
) -> tuple[FailureGroup, ...]:
    """The failure groups that a client wants a tier to have; new ones are without UDID. Raises Failure."""
    place = f"Tier {tier.name} of shared storage pool {pool.name}"
    if not 1 <= len(wishes) <= MOST_GROUPS:
        raise say.GROUP_COUNT.error(tier=place, count=len(wishes), most=MOST_GROUPS)
    known = {group.udid or group.name: group for group in tier.failure_groups}
    planned: list[FailureGroup] = []
    for wish in wishes:
        before = known.pop(wish.udid, None) or known.pop(wish.name, None) or _named(known, wish.name)
        if before is None and wish.udid:
            raise say.CHOSEN_BY_VIOS.error(object=f"Failure group {wish.name}", udid=wish.udid, place=place)
        name = wish.name or (before.name if before is not None else FIRST_GROUP)
        check_name("failure group", name, LOGICAL_UNIT)
        if any(other.name == name for other in planned):
            raise general.NAME_TAKEN.error(kind=f"Failure group of tier {tier.name}", name=name)
        kept = before.physical_volumes if before is not None else ()
        volumes = kept
        if before is None or wish.has("physical_volumes"):
            volumes = pool_volumes(world, vios, wish.physical_volumes, kept)
        if not volumes:
            raise say.LAST_VOLUME.error(place=f"Failure group {name} of tier {tier.name}")
        planned.append(resized(before or FailureGroup(state=FailureGroupState.ONLINE.value), name, volumes))
    _refuse_twice(vios, planned)
    added = [volume for group in planned for volume in group.physical_volumes if volume not in pool.physical_volumes]
    check_seen(world, pool, added)
    return tuple(planned)


def _named(known: dict[str, FailureGroup], name: str) -> FailureGroup | None:
    """A group that a client names without its UDID."""
    found = next((key for key, group in known.items() if group.name == name), None)
    return known.pop(found) if found is not None else None


def _refuse_twice(vios: VirtualIOServer, groups: Iterable[FailureGroup]) -> None:
    """Two copies on one disk would be none."""
    seen: dict[str, str] = {}
    for group in groups:
        for volume in group.physical_volumes:
            if volume.udid in seen:
                use = f"it is in failure group {seen[volume.udid]}"
                raise say.VOLUME_TAKEN.error(volume=volume.name, vios=vios.name, use=use)
            seen[volume.udid] = group.name


def check_seen(world: World, pool: SharedStoragePool, added: Iterable[PhysicalVolume]) -> None:
    """Refuses disks that a node of the pool's cluster does not see."""
    cluster = cluster_of(world, pool)
    for node in cluster.nodes if cluster is not None else ():
        for volume in added:
            check_sees(world, node.vios_uri.rpartition("/")[2], volume, cluster.name if cluster is not None else "")


def check_sees(world: World, vios_uuid: str, volume: PhysicalVolume, cluster: str) -> None:
    """A node must see every disk of its cluster; one of another system is not known here."""
    vios = world.find(VirtualIOServer, vios_uuid)
    if vios is None:
        return
    if not any(seen.udid == volume.udid for seen in world.all(PhysicalVolume, vios_uuid)):
        raise say.NODE_LACKS_DISK.error(vios=vios.name, cluster=cluster, disk=f"{volume.name} ({volume.udid})")


def resized(group: FailureGroup, name: str, volumes: tuple[PhysicalVolume, ...]) -> FailureGroup:
    grown = usable_gb(volumes, FAILURE_GROUP_SHARE_MB) - usable_gb(group.physical_volumes, FAILURE_GROUP_SHARE_MB)
    return group.evolve(name=name, physical_volumes=volumes, capacity=tidy(group.capacity + grown))


def with_groups(tier: Tier, groups: tuple[FailureGroup, ...]) -> Tier:
    """The tier with other failure groups, and what follows from them."""
    mirrored = len(groups) > 1
    return tier.evolve(
        failure_groups=groups,
        capacity=tidy(tier.capacity + _smallest_gb(groups) - _smallest_gb(tier.failure_groups)),
        mirror_state=(MirrorState.SYNCED if mirrored else MirrorState.NOT_MIRRORED).value,
    )


def _smallest_gb(groups: Iterable[FailureGroup]) -> Decimal:
    return min((usable_gb(group.physical_volumes, TIER_SHARE_MB) for group in groups), default=Decimal(0))


def check_holds(world: World, pool: SharedStoragePool, before: Tier, after: Tier) -> None:
    """Refuses a tier that would become too small for what is in it."""
    free, lost = free_gb(world, before, pool), before.capacity - after.capacity
    if lost > 0 and free < lost:
        place = f"Tier {before.name} of shared storage pool {pool.name}"
        raise say.NO_SPACE.error(place=place, free=free, object="removing disks", needed=lost)


def with_tiers(pool: SharedStoragePool, before: Iterable[Tier], after: Iterable[Tier]) -> SharedStoragePool:
    """The pool when all its tiers, as they were before, are as they are after: its disks, sizes and what is configured."""
    old, new = list(before), list(after)
    grown = sum((tier.capacity for tier in new), Decimal(0)) - sum((tier.capacity for tier in old), Decimal(0))
    capacity = tidy(pool.capacity + grown)
    return pool.evolve(
        physical_volumes=_disks(pool, old, new),
        capacity=capacity,
        free_space=tidy(pool.free_space + grown),
        over_commit_space=tidy(max(Decimal(0), pool.total_lu_size - capacity)),
        # A pool that never said so goes on saying nothing.
        multi_data_tier_configured=len(new) > 1 or (False if pool.has("multi_data_tier_configured") else None),
        multi_failure_group_configured=any(len(tier.failure_groups) > 1 for tier in new)
        or (False if pool.has("multi_failure_group_configured") else None),
    )


def _disks(pool: SharedStoragePool, before: list[Tier], after: list[Tier]) -> tuple[PhysicalVolume, ...]:
    """Recordings show disks of a pool that are in no recorded tier: those stay."""
    old, new = list(_volumes(before)), list(_volumes(after))
    kept = tuple(volume for volume in pool.physical_volumes if volume in new or volume not in old)
    return (*kept, *(volume for volume in new if volume not in kept))


def _volumes(tiers: Iterable[Tier]) -> Iterable[PhysicalVolume]:
    return (volume for tier in tiers for group in tier.failure_groups for volume in group.physical_volumes)


def holds_pool(tier: Tier) -> bool:
    """Whether the pool's own data is in it: it is there as long as the pool."""
    return tier.tier_type == TierType.UNRESTRICTED_SYSTEM_TIER
