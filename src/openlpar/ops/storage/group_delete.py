"""Deleting a volume group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, ResourceOperation, ResourceRequest, Step
from openlpar.ops.storage.group_plan import ROOT_GROUP, contents_of
from openlpar.ops.storage.usage import serving
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class DeleteGroup(ResourceOperation, name="volume_group.delete", verb="delete", on=(VolumeGroup,)):
    """Removes an empty volume group; its physical volumes are free again."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.storage")

    uuid: str

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls(request.uuid)

    def locks(self) -> Iterable[str]:
        return (self.uuid,)

    def about(self, world: World) -> str:
        group = world.find(VolumeGroup, self.uuid)
        return group.name if group else self.uuid

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.uuid)
        vios = serving(world, group.parent or "")
        if group.name == ROOT_GROUP:
            raise say.HOLDS_SYSTEM.error(group=group.name, vios=vios.name, task="deleted")
        contents = contents_of(group)
        if contents:
            raise say.GROUP_IN_USE.error(group=group.name, vios=vios.name, contents=contents, task="deleted")

    def steps(self) -> Iterable[Step]:
        yield Step("remove the volume group", self._remove)

    def _remove(self, change: Change) -> None:
        change.remove(change.get(VolumeGroup, self.uuid))
