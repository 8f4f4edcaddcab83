"""Physical partitions: the pieces of one size that volume groups give to logical volumes."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

MB_PER_GB = 1024
# Six decimals of a GB are exact to half a thousandth of a MB: what was lost there must not cost a whole MB.
LOST_MB = Decimal("0.001")
PARTITIONS_PER_VOLUME = 1016
"""AIX gives a physical volume at most this many physical partitions, times the factor of its volume group."""
VOLUMES_PER_GROUP = 32
"""And a volume group at most this many physical volumes, divided by the factor."""
_SMALLEST_PARTITION_MB = 4


def megabytes(gb: Decimal) -> int:
    """MB that hold so many GB."""
    return int((gb * MB_PER_GB - LOST_MB).to_integral_value(ROUND_CEILING))


def partitions_for(partition_mb: int, gb: Decimal) -> int:
    """Whole physical partitions that hold so many GB."""
    return -(-megabytes(gb) // partition_mb)


def partitions_of(volume: PhysicalVolume, partition_mb: int) -> int:
    """What a physical volume adds to a group."""
    return volume.capacity // partition_mb


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
    while largest > size * PARTITIONS_PER_VOLUME:
        size *= 2
    return size
