"""Where the logical volumes of volume groups lie now, and which storage cannot be read because disks are lost."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.file_pools import files_of, pools_in
from openlpar.ports.records import GroupLayout
from openlpar.ports.state import World
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, PhysicalVolumeState, VolumeGroup
from openlpar.uom.volume_layout import Layout, derived, disk_key, disks_of, totals_of

Lost = dict[tuple[str, str], str]
"""(uuid of the server, UDID) of storage that it cannot read, to the reason."""


def layout_of(world: World, group: VolumeGroup) -> Layout:
    kept = world.find(GroupLayout, group.uuid)
    if kept is None:
        return derived(group, file_systems(world, group))
    return Layout(kept.partition_mb, totals_of(group, kept.partition_mb), kept.volumes)


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
    return {(vios, udid): reason for vios, disks in gone.items() for udid, reason in _lost(world, vios, disks) if udid}


def _lost(world: World, vios: str, disks: list[PhysicalVolume]) -> Iterator[tuple[str, str]]:
    server = world.find(VirtualIOServer, vios)
    named = server.name if server is not None else vios
    missing = {disk_key(disk): disk.name for disk in disks}
    for disk in disks:
        yield disk.udid, _reason([disk.name], named)
    for group in world.all(VolumeGroup, vios):
        if not any(disk_key(disk) in missing for disk in group.phys_vols):
            continue
        layout = layout_of(world, group)
        held = [(disk.name, [disk.udid]) for disk in group.virtual_disks]
        held += [(one.name, [medium.udid for medium in one.optical_media]) for one in group.vmedia_repos]
        held += [(pool.name, [file.uuid for file in files_of(world, pool)]) for pool in pools_in(world, group.uuid)]
        for name, udids in held:
            if name in layout.volumes and not layout.is_intact(name, missing):
                on = sorted(missing[key] for key in disks_of(layout.volumes[name]) & missing.keys())
                yield from ((udid, _reason(on, named)) for udid in udids)


def _reason(disks: list[str], server: str) -> str:
    return f"Virtual I/O Server {server} has lost {', '.join(disks)}"
