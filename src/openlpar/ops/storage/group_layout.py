"""The layout of a volume group that changes, and copies that fall behind while a disk is lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from openlpar.messages import storage as say
from openlpar.ops.consequences import Alteration, follows_from
from openlpar.ops.storage.sizes import NO_COPIES, Counts
from openlpar.ops.storage.usage import mappings_of
from openlpar.ports.group_layouts import file_systems, layout_of, missing_disks
from openlpar.ports.records import GroupLayout, GroupPolicy
from openlpar.ports.state import Change, World
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, PhysicalVolumeState, VolumeGroup
from openlpar.uom.volume_layout import Layout, NoRoom, derived, disk_key, relaid


def counts(world: World, before: VolumeGroup, after: VolumeGroup) -> tuple[Counts, Counts]:
    """How many copies the logical volumes have, before and after."""
    if world.find(GroupLayout, before.uuid) is None:
        return NO_COPIES, NO_COPIES
    copies = layout_of(world, before).copies()
    new = _new(after)
    return copies, {name: count for name, count in copies.items() if name not in new}


def planned_layout(world: World, vios: VirtualIOServer, before: VolumeGroup, after: VolumeGroup) -> Layout | None:
    """None where it follows from the group. Raises Failure when copies would not find room on separate disks."""
    if world.find(GroupLayout, before.uuid) is None:
        return None
    try:
        return relaid(layout_of(world, before), after, file_systems(world, after), _new(after))
    except NoRoom as full:
        raise no_room(vios, before, full) from full


def no_room(vios: VirtualIOServer, group: VolumeGroup, full: NoRoom) -> Exception:
    place = f"volume group {group.name} of Virtual I/O Server {vios.name}"
    return say.NO_ROOM_APART.error(place=place, needed=full.needed, free=full.free)


def keep_layout(change: Change, group: VolumeGroup, layout: Layout) -> None:
    """Only where it does not follow from the group. group: as it is now."""
    if layout != derived(group, file_systems(change, group)):
        change.put(GroupLayout(uuid=group.uuid, partition_mb=layout.partition_mb, volumes=dict(layout.volumes)))
    else:
        forget_layout(change, group.uuid)


def forget_layout(change: Change, group: str) -> None:
    kept = change.find(GroupLayout, group)
    if kept is not None:
        change.remove(kept)


def forget_kept(change: Change, group: str) -> None:
    """All that is kept beside a volume group (its uuid) that is gone."""
    forget_layout(change, group)
    policy = change.find(GroupPolicy, group)
    if policy is not None:
        change.remove(policy)


def _new(group: VolumeGroup) -> set[str]:
    return {disk.name for disk in group.virtual_disks if not disk.udid}


@follows_from(PhysicalVolume, VirtualIOServer)
def keep_copies(change: Change, altered: Sequence[Alteration]) -> None:
    """While a disk is lost, what is written goes to the other copies only. A server that starts brings its copies into line, as
    varying on its groups does."""
    for one in altered:
        if one.old is None or one.new is None or one.old.state == one.new.state:
            continue
        if one.kind is PhysicalVolume and PhysicalVolumeState.MISSING in (one.old.state, one.new.state):
            _fall_behind(change, one.new)  # when it is back too: other volumes may have been written meanwhile
        elif one.kind is VirtualIOServer and one.new.state == PartitionState.RUNNING:
            missing = missing_disks(change, one.uuid)
            for group, layout in _kept(change, one.uuid):
                keep_layout(change, group, layout.synchronised(list(layout.volumes), missing))


def _fall_behind(change: Change, disk: PhysicalVolume) -> None:
    vios = change.find(VirtualIOServer, disk.parent or "")
    if vios is None or vios.state != PartitionState.RUNNING:
        return
    for group, layout in _kept(change, vios.uuid):
        if disk_key(disk) in layout.totals:
            keep_layout(change, group, _without_disk(change, group, layout, disk))


def behind(world: World, group: VolumeGroup, disk: PhysicalVolume) -> list[str]:
    """Names of the volumes whose copy on a lost disk falls behind."""
    layout = _without_disk(world, group, layout_of(world, group), disk)
    key = disk_key(disk)
    return [
        name
        for name, copies in layout.volumes.items()
        if any(run.stale and run.disk == key for copy in copies for run in copy)
    ]


def _without_disk(world: World, group: VolumeGroup, layout: Layout, disk: PhysicalVolume) -> Layout:
    missing = {*missing_disks(world, disk.parent or ""), disk_key(disk)}
    return layout.lost(disk_key(disk), _written(world, group, layout), missing)


def _written(world: World, group: VolumeGroup, layout: Layout) -> Collection[str]:
    """Names of the volumes that are in use: all but those that no client has."""
    idle = {disk.name for disk in group.virtual_disks if not mappings_of(world, disk.udid)}
    return [name for name in layout.volumes if name not in idle]


def _kept(change: Change, vios: str) -> list[tuple[VolumeGroup, Layout]]:
    groups = [group for group in change.all(VolumeGroup, vios) if change.find(GroupLayout, group.uuid) is not None]
    return [(group, layout_of(change, group)) for group in groups]
