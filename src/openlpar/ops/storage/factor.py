"""How many disks a volume group can have, and how many physical partitions each: more of the one are less of the other."""

from __future__ import annotations

from openlpar.messages import Failure
from openlpar.messages import storage as say
from openlpar.ports.group_layouts import policy_of
from openlpar.ports.state import World
from openlpar.uom.physical_partitions import VOLUMES_PER_GROUP
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VolumeGroup

MOST_FACTOR = 16
"""Of a group of at most 32 disks, as all are here."""


def max_factor(disks: int) -> int:
    """The highest factor with which a group can have so many disks."""
    return min(MOST_FACTOR, max(1, VOLUMES_PER_GROUP // max(disks, 1)))


def check_count(world: World, vios: VirtualIOServer, group: VolumeGroup, disks: int) -> None:
    """Raises Failure when a group, as it is now, would have more disks than its factor allows."""
    factor = policy_of(world, group).factor
    most = VOLUMES_PER_GROUP // factor
    if disks > max(most, len(group.phys_vols)):
        raise wrong_factor(vios, group, disks, factor, f"there can be {most}")


def wrong_factor(vios: VirtualIOServer, group: VolumeGroup, disks: int, factor: int, cause: str) -> Failure:
    count = f"{disks} physical volume{'' if disks == 1 else 's'}"
    return say.WRONG_FACTOR.error(group=group.name, vios=vios.name, disks=count, factor=factor, cause=cause)
