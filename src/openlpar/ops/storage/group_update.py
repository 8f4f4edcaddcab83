"""Changing a volume group: its virtual disks, media repository, optical media and physical volumes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, UpdateOperation
from openlpar.ops.storage.group_plan import planned_group
from openlpar.ops.storage.group_write import GroupWriter
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.state import World
from openlpar.uom.volume_group import VolumeGroup

# Fields that follow from others; a client that proved it saw the present version has no reason to send other values.
_FOLLOWING = ("capacity", "free_space", "available_size", "partition_size", "serial_id", "udid", "max_logical_volumes")


@dataclass
class UpdateGroup(GroupWriter, UpdateOperation, name="volume_group.update", verb="update", on=(VolumeGroup,)):
    """Makes and deletes virtual disks and media, lets disks and the repository grow, adds and removes physical volumes, by the
    difference between the client's version and the present one.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    requested: VolumeGroup

    def locks(self) -> Iterable[str]:
        return (self.uuid, self.parent or "")

    def check(self, world: World) -> None:
        self._before = world.get(VolumeGroup, self.uuid)
        self._vios = serving(world, self._before.parent or "")
        check_active(self._vios, self._before, "changed")
        if self.strict:
            self._check_following()
        self._planned = planned_group(world, self._vios, self._before, self.requested)

    def _check_following(self) -> None:
        for name in _FOLLOWING:
            old, new = self._before.get(name), self.requested.get(name)
            if old is not None and new is not None and old != new:
                raise general.READ_ONLY.error(
                    field=VolumeGroup.by_name[name].tag, object=f"volume group {self._before.name}", old=old, new=new
                )
