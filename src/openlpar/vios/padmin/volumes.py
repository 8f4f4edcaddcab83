"""Logical volumes and physical partitions: a volume group as the logical volume manager counts it."""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.ports.file_pools import mount_point, pools_in
from openlpar.ports.group_layouts import layout_of, missing_disks
from openlpar.ports.records import GroupLayout
from openlpar.uom.physical_partitions import partition_size_mb
from openlpar.uom.volume_group import PhysicalVolume, PhysicalVolumeState, VolumeGroup
from openlpar.uom.volume_layout import Copies, disk_key, disks_of
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.server import MEDIA_DIRECTORY, Server
from openlpar.vios.padmin.sizes import megabytes, partitions, spread


@dataclass(frozen=True, slots=True)
class LogicalVolume:
    """A logical volume that was made for clients or media. The system's own ones in rootvg are not known here."""

    name: str
    kind: str
    partitions: int
    is_open: bool
    mount: str
    identifier: str
    copies: Copies

    @property
    def state(self) -> str:
        return f"{'open' if self.is_open else 'closed'}/{'stale' if self.stale else 'syncd'}"

    @property
    def physical(self) -> int:
        """Physical partitions of all copies."""
        return self.partitions * len(self.copies)

    @property
    def stale(self) -> int:
        """Physical partitions that do not hold what was written last."""
        return sum(run.count for copy in self.copies for run in copy if run.stale)

    @property
    def disks(self) -> int:
        return len(disks_of(self.copies))


@dataclass(frozen=True, slots=True)
class Ledger:
    """Physical partitions of a volume group, or of one of its disks."""

    partition_mb: int
    total: int
    free: int

    @property
    def used(self) -> int:
        return self.total - self.free

    def text(self, count: int) -> str:
        return f"{count} ({count * self.partition_mb} megabytes)"


def logical_volumes(server: Server, group: VolumeGroup) -> list[LogicalVolume]:
    size, layout = partition_size_mb(group), layout_of(server.change, group)
    lent = {target.backing for target in server.targets()}
    volumes = [
        LogicalVolume(
            disk.name,
            "jfs",
            partitions(megabytes(disk.capacity), size),
            disk.name in lent,
            "N/A",
            disk.udid[2:],
            layout.volumes[disk.name],
        )
        for disk in group.virtual_disks
    ]
    for pool in pools_in(server.change, group.uuid):
        count = partitions(pool.size_mb, size)
        identifier, copies = f"{group.serial_id}.{pool.name}", layout.volumes[pool.name]
        volumes.append(LogicalVolume(pool.name, "jfs2", count, True, mount_point(pool), identifier, copies))
    for repository in group.vmedia_repos:
        count, identifier = partitions(megabytes(repository.size), size), f"{group.serial_id}.{repository.name}"
        copies = layout.volumes[repository.name]
        volumes.append(LogicalVolume(repository.name, "jfs2", count, True, MEDIA_DIRECTORY, identifier, copies))
    return volumes


def ledger(group: VolumeGroup) -> Ledger:
    size = partition_size_mb(group)
    total = megabytes(group.capacity) // size
    return Ledger(size, total, min(total, megabytes(group.free_space) // size))


def disk_ledgers(server: Server, group: VolumeGroup) -> list[tuple[PhysicalVolume, Ledger]]:
    layout = layout_of(server.change, group)
    return [
        (disk, Ledger(layout.partition_mb, layout.totals[key], layout.totals[key] - layout.used_on(key)))
        for disk, key in ((disk, disk_key(disk)) for disk in group.phys_vols)
    ]


def stale_on(server: Server, group: VolumeGroup, disk: PhysicalVolume) -> int:
    """Physical partitions of a disk that do not hold what was written last."""
    return layout_of(server.change, group).stale_on(disk_key(disk))


def disk_state(server: Server, disk: PhysicalVolume) -> str:
    """``active``, or ``missing`` when no path leads to it."""
    if disk_key(disk) in missing_disks(server.change, server.uuid):
        return PhysicalVolumeState.MISSING.value
    return disk.state or PhysicalVolumeState.ACTIVE.value


@dataclass(frozen=True, slots=True)
class Extent:
    """Physical partitions of a disk, counted from 1, that a copy (from 0) of a logical volume has in one piece."""

    volume: LogicalVolume
    copy: int
    disk: PhysicalVolume
    first: int
    count: int
    disk_partitions: int

    @property
    def regions(self) -> list[int]:
        """How many of them are in each region of the disk, from the outer edge to the inner one."""
        counts, start = [], 1
        for size in spread(self.disk_partitions):
            counts.append(max(0, min(self.first + self.count, start + size) - max(self.first, start)))
            start += size
        return counts


def extents(server: Server, group: VolumeGroup) -> list[Extent]:
    """Where logical volumes lie."""
    totals = layout_of(server.change, group).totals
    disks = {disk_key(disk): disk for disk in group.phys_vols}
    return [
        Extent(volume, number, disks[run.disk], run.first, run.count, totals[run.disk])
        for volume in logical_volumes(server, group)
        for number, copy in enumerate(volume.copies)
        for run in copy
    ]


def find_volume(server: Server, name: str) -> tuple[VolumeGroup, LogicalVolume]:
    """A logical volume, be it that of the media repository, and its group."""
    for group in server.groups():
        for volume in logical_volumes(server, group):
            if volume.name == name:
                return group, volume
    raise no_such("Logical volume", name, "lsvg -lv GROUP lists the logical volumes of a group.")


def placement(server: Server, group: VolumeGroup) -> dict[str, list[list[str]]]:
    """Of each logical volume, the names of the disks of each copy; nothing where that follows from the group."""
    if server.change.find(GroupLayout, group.uuid) is None:
        return {}
    names = {disk_key(disk): disk.name for disk in group.phys_vols}
    return {
        volume.name: [list(dict.fromkeys(names[run.disk] for run in copy)) for copy in volume.copies]
        for volume in logical_volumes(server, group)
    }
