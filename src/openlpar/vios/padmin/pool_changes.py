"""What commands change about tiers, failure groups and disks of the shared storage pool; see ``changes``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openlpar.uom.shared_storage_pool import FailureGroup, LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server


def create_tier(server: Server, pool: SharedStoragePool, name: str, groups: Mapping[str, Sequence[str]]) -> Tier:
    """groups: name of each failure group to its disks."""
    wishes = tuple(_group(server, each, disks) for each, disks in groups.items())
    return server.operator.create(Tier(name=name, failure_groups=wishes), pool.uuid)


def _group(server: Server, name: str, disks: Sequence[str]) -> FailureGroup:
    if not disks:
        raise Refusal(Status.SYNTAX, f'No physical volume was given for "{name}": write {name}:hdiskN.')
    return FailureGroup(name=name, physical_volumes=tuple(_alone(server.disk(disk)) for disk in disks))


def add_group(server: Server, tier: Tier, name: str, disks: Sequence[str]) -> None:
    """A second failure group: the tier is mirrored from now on."""
    if any(group.name == name for group in tier.failure_groups):
        raise Refusal(
            Status.SYNTAX, f'Failure group "{name}" exists already in tier "{tier.name}". Choose another name.'
        )
    server.operator.update(tier.evolve(failure_groups=(*tier.failure_groups, _group(server, name, disks))))


def remove_group(server: Server, tier: Tier, group: FailureGroup) -> None:
    left = tuple(each for each in tier.failure_groups if each.name != group.name)
    if not left:
        raise Refusal(
            Status.INCOMPLETE,
            f'Failure group "{group.name}" is the last one of tier "{tier.name}" and cannot be removed. '
            "Remove the tier instead.",
        )
    server.operator.update(tier.evolve(failure_groups=left))


def change_group(server: Server, tier: Tier, before: FailureGroup, after: FailureGroup) -> None:
    groups = tuple(after if group.name == before.name else group for group in tier.failure_groups)
    server.operator.update(tier.evolve(failure_groups=groups))


def group_of(tier: Tier, name: str = "") -> FailureGroup:
    """A failure group by name; the only one without. Raises Refusal."""
    groups = tier.failure_groups
    if not name and len(groups) > 1:
        names = ", ".join(group.name for group in groups)
        raise Refusal(
            Status.SYNTAX, f'Tier "{tier.name}" has {len(groups)} failure groups: name one of {names} with -fg.'
        )
    for group in groups:
        if name in ("", group.name):
            return group
    raise no_such(f"Failure group of tier {tier.name}", name, "failgrp -list lists them.")


def add_disks(server: Server, tier: Tier, groups: Mapping[str, Sequence[str]]) -> None:
    """groups: name of each failure group, "" for the only one, to the disks that it gets. In one change: copies grow together."""
    after = list(tier.failure_groups)
    for name, disks in groups.items():
        group = group_of(tier, name)
        added = tuple(_alone(server.disk(disk)) for disk in disks)
        after[after.index(group)] = group.evolve(physical_volumes=(*group.physical_volumes, *added))
    server.operator.update(tier.evolve(failure_groups=tuple(after)))


def remove_disks(server: Server, pool: SharedStoragePool, names: Sequence[str]) -> None:
    for name in names:
        _place(server, pool, name)
    kept = tuple(disk for disk in pool.physical_volumes if disk.name not in names)
    server.operator.update(pool.evolve(physical_volumes=kept))


def replace_disk(server: Server, pool: SharedStoragePool, old: str, new: PhysicalVolume) -> None:
    """In one change of its failure group: the space counts together."""
    tier, group = _place(server, pool, old)
    volumes = tuple(_alone(new) if volume.name == old else volume for volume in group.physical_volumes)
    change_group(server, tier, group, group.evolve(physical_volumes=volumes))


def move_unit(server: Server, unit: LogicalUnit, tier: Tier) -> None:
    server.operator.perform("logical_unit.move", unit.uuid, tier=tier.uuid)


def _place(server: Server, pool: SharedStoragePool, name: str) -> tuple[Tier, FailureGroup]:
    """Where a disk of the pool is. Raises Refusal."""
    for tier in server.tiers(pool):
        for group in tier.failure_groups:
            if any(volume.name == name for volume in group.physical_volumes):
                return tier, group
    raise no_such(f"Physical volume of storage pool {pool.name}", name, "pv -list lists them.")


def _alone(disk: PhysicalVolume) -> PhysicalVolume:
    return disk.evolve(uuid="", parent=None)
