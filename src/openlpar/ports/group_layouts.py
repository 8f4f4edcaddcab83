"""Where the logical volumes of volume groups lie now, and which storage cannot be read because disks are lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from openlpar.ports.file_pools import files_of, pools_in
from openlpar.ports.records import GroupLayout, GroupPolicy
from openlpar.ports.state import World
from openlpar.uom.physical_partitions import PARTITIONS_PER_VOLUME
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import GroupState, PhysicalVolume, PhysicalVolumeState, VolumeGroup
from openlpar.uom.volume_layout import Layout, derived, disk_key, disks_of, totals_of

Lost = dict[tuple[str, str], str]
"""(uuid of the server, UDID) of storage that it cannot read, to the reason."""


def layout_of(world: World, group: VolumeGroup) -> Layout:
    kept = world.find(GroupLayout, group.uuid)
    if kept is None:
        return derived(group, file_systems(world, group))
    return Layout(kept.partition_mb, totals_of(group, kept.partition_mb), kept.volumes)


def policy_of(world: World, group: VolumeGroup) -> GroupPolicy:
    """With the factor that its disks need at least."""
    kept = world.find(GroupPolicy, group.uuid) or GroupPolicy(uuid=group.uuid)
    return replace(kept, factor=max(kept.factor, factor_for(totals_of(group, layout_of(world, group).partition_mb))))


def factor_for(totals: Mapping[str, int]) -> int:
    """The lowest one that lets disks have so many physical partitions."""
    return max(1, -(-max(totals.values(), default=0) // PARTITIONS_PER_VOLUME))


def file_systems(world: World, group: VolumeGroup) -> dict[str, int]:
    """The logical volumes of file storage pools, with their MB."""
    return {pool.name: pool.size_mb for pool in pools_in(world, group.uuid)}


def missing_disks(world: World, vios: str) -> set[str]:
    """Keys of the disks that no path leads to."""
    missing = world.where(PhysicalVolume, state=PhysicalVolumeState.MISSING.value)
    return {disk_key(disk) for disk in missing if disk.parent == vios}


def lost_storage(world: World) -> Lost:
    """Disks, virtual disks and media that clients cannot be served with. A logical unit is the pool's, whose nodes see it by other
    ways."""
    gone: dict[str, list[PhysicalVolume]] = {}
    for disk in world.where(PhysicalVolume, state=PhysicalVolumeState.MISSING.value):
        gone.setdefault(disk.parent or "", []).append(disk)
    lost = {(vios, udid): reason for vios, disks in gone.items() for udid, reason in _lost(world, vios, disks)}
    for group in world.where(VolumeGroup, group_state=GroupState.SUSPENDED.value):
        reason = f"Virtual I/O Server {_name(world, group.parent or '')} has suspended volume group {group.name}"
        lost |= {(group.parent or "", udid): reason for _, udids in _held(world, group) for udid in udids}
    return {(vios, udid): reason for (vios, udid), reason in lost.items() if udid}


def _lost(world: World, vios: str, disks: list[PhysicalVolume]) -> Iterator[tuple[str, str]]:
    named = _name(world, vios)
    missing = {disk_key(disk): disk.name for disk in disks}
    for disk in disks:
        yield disk.udid, _reason([disk.name], named)
    for group in world.all(VolumeGroup, vios):
        if not any(disk_key(disk) in missing for disk in group.phys_vols):
            continue
        layout = layout_of(world, group)
        for name, udids in _held(world, group):
            if name in layout.volumes and not layout.is_intact(name, missing):
                on = sorted(missing[key] for key in disks_of(layout.volumes[name]) & missing.keys())
                yield from ((udid, _reason(on, named)) for udid in udids)


def _held(world: World, group: VolumeGroup) -> Iterator[tuple[str, list[str]]]:
    """Names of the logical volumes, with the UDIDs of what clients see of each."""
    for disk in group.virtual_disks:
        yield disk.name, [disk.udid]
    for repository in group.vmedia_repos:
        yield repository.name, [medium.udid for medium in repository.optical_media]
    for pool in pools_in(world, group.uuid):
        yield pool.name, [file.uuid for file in files_of(world, pool)]


def _name(world: World, vios: str) -> str:
    server = world.find(VirtualIOServer, vios)
    return server.name if server is not None else vios


def _reason(disks: list[str], server: str) -> str:
    return f"Virtual I/O Server {server} has lost {', '.join(disks)}"
