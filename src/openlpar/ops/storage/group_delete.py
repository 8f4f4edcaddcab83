"""Deleting a volume group."""

from __future__ import annotations

from collections.abc import Iterable

from openlpar.messages import storage as say
from openlpar.ops.core import DeleteOperation, Evidence, Level, Step
from openlpar.ops.storage.group_layout import forget_kept
from openlpar.ops.storage.group_plan import ROOT_GROUP, contents_of
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.state import World
from openlpar.uom.volume_group import VolumeGroup


class DeleteGroup(DeleteOperation, name="volume_group.delete", verb="delete", on=(VolumeGroup,)):
    """Removes an empty volume group; its physical volumes are free again."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.storage")

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.uuid)
        vios = serving(world, group.parent or "")
        check_active(vios, group, "deleted")
        if group.name == ROOT_GROUP:
            raise say.HOLDS_SYSTEM.error(group=group.name, vios=vios.name, task="deleted")
        contents = contents_of(world, group)
        if contents:
            raise say.GROUP_IN_USE.error(group=group.name, vios=vios.name, contents=contents, task="deleted")

    def steps(self) -> Iterable[Step]:
        yield Step("remove the volume group", self._remove)
        yield Step("forget what is kept beside it", lambda change: forget_kept(change, self.uuid))
