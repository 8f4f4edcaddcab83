"""Changing a volume group: its virtual disks, media repository, optical media and physical volumes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, ResourceRequest
from openlpar.ops.storage.group_plan import planned_group
from openlpar.ops.storage.group_write import GroupWriter
from openlpar.ops.storage.usage import serving
from openlpar.ports.state import World
from openlpar.uom.volume_group import VolumeGroup

# Fields that follow from others; a client that proved it saw the present version has no reason to send other values.
_FOLLOWING = ("capacity", "free_space", "available_size", "partition_size", "serial_id", "udid", "max_logical_volumes")


@dataclass
class UpdateGroup(GroupWriter, name="volume_group.update", verb="update", on=(VolumeGroup,)):
    """Makes and deletes virtual disks and media, lets disks and the repository grow, adds and removes physical volumes, by the
    difference between the client's version and the present one. strict: see ``ops.merge``.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    uuid: str
    requested: VolumeGroup
    strict: bool = False
    vios_uuid: str = ""

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, VolumeGroup)
        return cls(request.uuid, request.element, request.strict, request.parent or "")

    def locks(self) -> Iterable[str]:
        return (self.uuid, self.vios_uuid)

    def about(self, world: World) -> str:
        group = world.find(VolumeGroup, self.uuid)
        return group.name if group else self.uuid

    def check(self, world: World) -> None:
        self._before = world.get(VolumeGroup, self.uuid)
        self.vios_uuid = self._before.parent or ""
        self._vios = serving(world, self.vios_uuid)
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
