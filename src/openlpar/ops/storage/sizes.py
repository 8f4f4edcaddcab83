"""Sizes of storage: GB as the objects show them, MB and physical partitions as the devices count them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal

from openlpar.uom.physical_partitions import LOST_MB, MB_PER_GB, partition_size_mb, partitions_for, partitions_of
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

BYTES_PER_GB = 1024**3
_SIX_PLACES = Decimal("0.000001")
Counts = Mapping[str, int]
"""Name of each logical volume to how many copies it has; one where it is not named."""
NO_COPIES: Counts = {}


def tidy(gb: Decimal) -> Decimal:
    """With at most six decimals and no idle zeros: what REST shows of disks and pools (``10``, ``0.25``)."""
    rounded = gb.quantize(_SIX_PLACES).normalize()
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded


def gigabytes(mb: int | Decimal) -> Decimal:
    return tidy(Decimal(mb) / MB_PER_GB)


def gigabytes_of(size_bytes: int) -> Decimal:
    return tidy(Decimal(size_bytes) / BYTES_PER_GB)


def whole_partitions_mb(partition_mb: int, gb: Decimal) -> int:
    """MB of the whole physical partitions that hold so many GB."""
    return partitions_for(partition_mb, gb) * partition_mb


def volume_mb(volume: PhysicalVolume, partition_mb: int) -> int:
    """What a physical volume adds to a group: its whole partitions."""
    return partitions_of(volume, partition_mb) * partition_mb


def taken_mb(group: VolumeGroup, partition_mb: int, copies: Counts = NO_COPIES) -> int:
    """MB that virtual disks and media repository of a group take. The system's own logical volumes (rootvg) are not in it."""
    sizes = [(disk.name, disk.capacity) for disk in group.virtual_disks]
    sizes += [(repository.name, repository.size) for repository in group.vmedia_repos]
    return sum(whole_partitions_mb(partition_mb, size) * copies.get(name, 1) for name, size in sizes)


def accounted(
    before: VolumeGroup, after: VolumeGroup, copies: tuple[Counts, Counts] = (NO_COPIES, NO_COPIES)
) -> VolumeGroup:
    """``after`` with its capacity and free space brought up to date. copies: before and after.

    Space is followed by differences: what else is in a group (the logical volumes of rootvg) is not shown by REST and stays
    what it was.
    """
    partition_mb = partition_size_mb(before if before.phys_vols else after)
    grown_mb = sum(volume_mb(volume, partition_mb) for volume in after.phys_vols) - sum(
        volume_mb(volume, partition_mb) for volume in before.phys_vols
    )
    freed_mb = grown_mb + taken_mb(before, partition_mb, copies[0]) - taken_mb(after, partition_mb, copies[1])
    if not grown_mb and not freed_mb:
        return after
    return after.evolve(
        capacity=tidy(before.capacity + gigabytes(grown_mb)),
        free_space=tidy(before.free_space + gigabytes(freed_mb)),
        available_size=tidy(before.available_size + gigabytes(freed_mb)),
    )


def free_mb(group: VolumeGroup) -> int:
    """MB for new virtual disks."""
    return int((group.free_space * MB_PER_GB + LOST_MB).to_integral_value(ROUND_FLOOR))
