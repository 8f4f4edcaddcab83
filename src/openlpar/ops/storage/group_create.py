"""Creating a volume group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from openlpar.messages import general
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import CreateOperation, Evidence, Level, Step
from openlpar.ops.storage.group_plan import check_group_name, planned_group
from openlpar.ops.storage.group_write import GroupWriter
from openlpar.ops.storage.usage import serving, volume_of
from openlpar.ports.state import Change, World
from openlpar.uom.physical_partitions import usual_partition_size_mb
from openlpar.uom.volume_group import VolumeGroup

# What recordings show of groups that were made for virtual disks.
_MAXIMUM_LOGICAL_VOLUMES = 1024
_LARGEST_PARTITION_MB = 131_072


@dataclass
class CreateGroup(GroupWriter, CreateOperation, name="volume_group.create", verb="create", on=(VolumeGroup,)):
    """Makes a volume group of physical volumes that are free; virtual disks and a media repository may come with it."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.storage")

    requested: VolumeGroup

    def check(self, world: World) -> None:
        requested = self.requested
        self._vios = serving(world, self.parent)
        check_group_name(world, self._vios, requested.name)
        if not requested.phys_vols:
            raise general.MISSING_VALUE.error(object=f"Volume group {requested.name}", field="PhysicalVolumes")
        self._before = VolumeGroup(
            parent=self.parent,
            name=requested.name,
            capacity=Decimal(0),
            free_space=Decimal(0),
            available_size=Decimal(0),
            max_logical_volumes=_MAXIMUM_LOGICAL_VOLUMES,
            partition_size=self._partition_size_mb(world),
            vmedia_repos=(),
            phys_vols=(),
            virtual_disks=(),
        )
        self._planned = planned_group(world, self._vios, self._before, requested)

    def _partition_size_mb(self, world: World) -> int:
        wish = self.requested.partition_size
        if wish < 0 or wish > _LARGEST_PARTITION_MB or wish & (wish - 1):
            raise general.BAD_VALUE.error(
                field="PartitionSize",
                object=f"volume group {self.requested.name}",
                value=wish,
                cause="physical partitions have a power of two of MB",
                wanted=f"a power of two up to {_LARGEST_PARTITION_MB}, or leave it out",
            )
        if wish:
            return wish
        found = (volume_of(world, self.parent, volume) for volume in self.requested.phys_vols)
        return usual_partition_size_mb(tuple(volume for volume in found if volume is not None))

    def steps(self) -> Iterable[Step]:
        yield Step("name the volume group", self._identify)
        yield from super().steps()

    def _identify(self, change: Change) -> None:
        serial = _serial(change)
        identity = {"serial_id": serial, "udid": f"04{serial}"}
        uuid = change.entropy.uuid()
        self._before = self._before.evolve(uuid=uuid, **identity)
        self._planned = self._planned.evolve(uuid=uuid, **identity)


def _serial(change: Change) -> str:
    """As AIX makes a volume group's identifier: the machine's id, and the ms at which the group was made."""
    digits = "".join(digit for digit in managed_system(change).mtms.serial.lower() if digit in "0123456789abcdef")
    machine = f"00{digits[-6:]:0>6}00004c00"
    taken = {group.serial_id for group in change.all(VolumeGroup)}
    made = change.clock.now()
    while f"{machine}{made:016x}" in taken:
        made += 1
    return f"{machine}{made:016x}"
