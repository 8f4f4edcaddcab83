"""Taking a volume group out of use and back, as a Virtual I/O Server's ``deactivatevg`` and ``activatevg`` do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_export import check_unused
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.usage import OFF, check_active, serving
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class VaryGroup(GroupJob, name="volume_group.vary"):
    """target: uuid of the group. active: whether it is in use from now on; nothing of it is lent or changed while it is not."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: activatevg, deactivatevg")

    active: bool

    parameters: ClassVar[dict[str, str]] = {"active": "true or false"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["active"] == "true")

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        vios = serving(world, group.parent or "")
        if self.active:
            return
        check_active(vios, group, "deactivated")
        check_unused(world, vios, group, "deactivated")

    def steps(self) -> Iterable[Step]:
        yield Step("write the volume group", self._write)

    def _write(self, change: Change) -> None:
        group = change.get(VolumeGroup, self.target)
        if not self.active:
            change.put(group.evolve(group_state=OFF))
        elif group.group_state == OFF:
            change.put(group.evolve(group_state=None))
