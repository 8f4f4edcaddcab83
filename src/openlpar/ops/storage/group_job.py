"""What jobs of one volume group have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.ops.core import JobOperation
from openlpar.ports.state import World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class GroupJob(JobOperation):
    """It is about the group (target: its uuid), and keeps others from it; a subclass that needs more asks for more locks. One with
    parameters reads them itself."""

    target: str

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target)

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        group = world.find(VolumeGroup, self.target)
        return group.name if group is not None else self.target
