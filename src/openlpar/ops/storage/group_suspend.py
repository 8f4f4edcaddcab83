"""Letting the I/O of a volume group wait, as a Virtual I/O Server's ``chvg -suspend`` does, and go on.

Partitions find no disk of the group meanwhile: see ``ports.group_layouts.lost_storage``. What waits is in the server's memory, so
a server that starts begins with all of its groups as usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import storage as say
from openlpar.ops.consequences import Alteration, follows_from
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.group_plan import ROOT_GROUP
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.state import Change, World
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import GroupState, VolumeGroup


@dataclass
class SuspendGroup(GroupJob, name="volume_group.suspend"):
    """target: uuid of the group. suspended: whether its I/O waits from now on; asking for what is the case already is no error."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: chvg")

    suspended: bool

    parameters: ClassVar[dict[str, str]] = {"suspended": "true or false"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["suspended"] == "true")

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        vios, task = serving(world, group.parent or ""), "suspended" if self.suspended else "resumed"
        if self.suspended and group.name == ROOT_GROUP:
            raise say.HOLDS_SYSTEM.error(group=group.name, vios=vios.name, task=task)
        self._alters = (group.group_state == GroupState.SUSPENDED) != self.suspended
        if group.group_state != GroupState.SUSPENDED:
            check_active(vios, group, task)

    def steps(self) -> Iterable[Step]:
        if self._alters:
            yield Step("write the volume group", self._write)

    def _write(self, change: Change) -> None:
        state = GroupState.SUSPENDED.value if self.suspended else None
        change.put(change.get(VolumeGroup, self.target).evolve(group_state=state))


@follows_from(VirtualIOServer)
def resume_with_server(change: Change, altered: Sequence[Alteration]) -> None:
    for one in altered:
        if one.new is None or one.new.state == PartitionState.RUNNING:
            continue
        for group in tuple(change.all(VolumeGroup, one.uuid)):
            if group.group_state == GroupState.SUSPENDED:
                change.put(group.evolve(group_state=None))
