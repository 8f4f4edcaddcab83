"""Logical volumes and physical partitions: a volume group as the logical volume manager counts it."""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.ports.file_pools import mount_point, pools_in
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.vios.padmin.server import MEDIA_DIRECTORY, Server
from openlpar.vios.padmin.sizes import megabytes, partition_size_mb, partitions, spread, volume_partitions


@dataclass(frozen=True, slots=True)
class LogicalVolume:
    """A logical volume that was made for clients or media. The system's own ones in rootvg are not known here."""

    name: str
    kind: str
    partitions: int
    is_open: bool
    mount: str
    identifier: str

    @property
    def state(self) -> str:
        return "open/syncd" if self.is_open else "closed/syncd"


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
    size = partition_size_mb(group)
    lent = {target.backing for target in server.targets()}
    volumes = [
        LogicalVolume(
            disk.name, "jfs", partitions(megabytes(disk.capacity), size), disk.name in lent, "N/A", disk.udid[2:]
        )
        for disk in group.virtual_disks
    ]
    for pool in pools_in(server.change, group.uuid):
        count = partitions(pool.size_mb, size)
        volumes.append(
            LogicalVolume(pool.name, "jfs2", count, True, mount_point(pool), f"{group.serial_id}.{pool.name}")
        )
    for repository in group.vmedia_repos:
        count = partitions(megabytes(repository.size), size)
        volumes.append(
            LogicalVolume(repository.name, "jfs2", count, True, MEDIA_DIRECTORY, f"{group.serial_id}.{repository.name}")
        )
    return volumes


def ledger(group: VolumeGroup) -> Ledger:
    size = partition_size_mb(group)
    total = megabytes(group.capacity) // size
    return Ledger(size, total, min(total, megabytes(group.free_space) // size))


def disk_ledgers(group: VolumeGroup) -> list[tuple[PhysicalVolume, Ledger]]:
    """What is used on each disk: the first disk is filled first, as the logical volume manager does by itself."""
    whole = ledger(group)
    used, found = whole.used, []
    for disk in group.phys_vols:
        total = volume_partitions(disk, whole.partition_mb)
        taken = min(used, total)
        used -= taken
        found.append((disk, Ledger(whole.partition_mb, total, total - taken)))
    return found


@dataclass(frozen=True, slots=True)
class Extent:
    """Physical partitions of a disk, counted from 1, that a logical volume has in one piece."""

    volume: LogicalVolume
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
    """Where logical volumes lie. The UOM does not tell; as disks are filled in order, the system's own come first, then the others
    in the order in which they were made."""
    disks = disk_ledgers(group)
    volumes = logical_volumes(server, group)
    position = max(0, ledger(group).used - sum(volume.partitions for volume in volumes))
    found = []
    for volume in volumes:
        left, start = volume.partitions, 0
        for disk, count in disks:
            inside = min(max(position - start, 0), count.used)
            taken = min(left, count.used - inside)
            if taken > 0:
                found.append(Extent(volume, disk, inside + 1, taken, count.total))
                left, position = left - taken, position + taken
            start += count.used
    return found
