"""Sizes of storage: GB as the objects show them, MB and physical partitions as the devices count them."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

MB_PER_GB = 1024
BYTES_PER_GB = 1024**3
_SIX_PLACES = Decimal("0.000001")
# Six decimals of a GB are exact to half a thousandth of a MB: what was lost there must not cost a whole MB.
_LOST_MB = Decimal("0.001")
# AIX gives a physical volume at most this many physical partitions.
_PARTITIONS_PER_VOLUME = 1016
_SMALLEST_PARTITION_MB = 4


def tidy(gb: Decimal) -> Decimal:
    """With at most six decimals and no idle zeros: what REST shows of disks and pools (``10``, ``0.25``)."""
    rounded = gb.quantize(_SIX_PLACES).normalize()
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded


def gigabytes(mb: int | Decimal) -> Decimal:
    return tidy(Decimal(mb) / MB_PER_GB)


def gigabytes_of(size_bytes: int) -> Decimal:
    return tidy(Decimal(size_bytes) / BYTES_PER_GB)


def megabytes(gb: Decimal) -> int:
    """MB that hold so many GB."""
    return int((gb * MB_PER_GB - _LOST_MB).to_integral_value(ROUND_CEILING))


def whole_partitions_mb(partition_mb: int, gb: Decimal) -> int:
    """MB of the whole physical partitions that hold so many GB."""
    return -(-megabytes(gb) // partition_mb) * partition_mb


def partition_size_mb(group: VolumeGroup) -> int:
    """The group's physical partition size; REST may not show it, then what AIX would have chosen and its disks allow."""
    if group.partition_size:
        return group.partition_size
    size = usual_partition_size_mb(group.phys_vols)
    held = [*(disk.capacity for disk in group.virtual_disks), *(library.size for library in group.vmedia_repos)]
    while size > 1 and any(megabytes(gb) % size for gb in held):
        size //= 2
    return size


def usual_partition_size_mb(volumes: tuple[PhysicalVolume, ...]) -> int:
    """The smallest power of two with which the largest of the volumes has no more partitions than AIX allows."""
    largest = max((volume.capacity for volume in volumes), default=0)
    size = _SMALLEST_PARTITION_MB
    while largest > size * _PARTITIONS_PER_VOLUME:
        size *= 2
    return size


def volume_mb(volume: PhysicalVolume, partition_mb: int) -> int:
    """What a physical volume adds to a group: its whole partitions."""
    return volume.capacity // partition_mb * partition_mb


def taken_mb(group: VolumeGroup, partition_mb: int) -> int:
    """MB that virtual disks and media repository of a group take. The system's own logical volumes (rootvg) are not in it."""
    sizes = [disk.capacity for disk in group.virtual_disks] + [repository.size for repository in group.vmedia_repos]
    return sum(whole_partitions_mb(partition_mb, size) for size in sizes)


def accounted(before: VolumeGroup, after: VolumeGroup) -> VolumeGroup:
    """``after`` with its capacity and free space brought up to date.

    Space is followed by differences: what else is in a group (the logical volumes of rootvg) is not shown by REST and stays
    what it was.
    """
    partition_mb = partition_size_mb(before if before.phys_vols else after)
    grown_mb = sum(volume_mb(volume, partition_mb) for volume in after.phys_vols) - sum(
        volume_mb(volume, partition_mb) for volume in before.phys_vols
    )
    freed_mb = grown_mb + taken_mb(before, partition_mb) - taken_mb(after, partition_mb)
    if not grown_mb and not freed_mb:
        return after
    return after.evolve(
        capacity=tidy(before.capacity + gigabytes(grown_mb)),
        free_space=tidy(before.free_space + gigabytes(freed_mb)),
        available_size=tidy(before.available_size + gigabytes(freed_mb)),
    )


def free_mb(group: VolumeGroup) -> int:
    """MB for new virtual disks."""
    return int((group.free_space * MB_PER_GB + _LOST_MB).to_integral_value(ROUND_FLOOR))
