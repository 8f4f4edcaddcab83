"""Jobs that exist, with their parameters, and that fail with a message that says what is missing: nothing is pretended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.ops.core import JobOperation
from openlpar.ops.job_parameters import check_known
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ports.state import World
from openlpar.uom.managed_system import ManagedSystem


@dataclass
class Unsupported(JobOperation):
    """A job of a partition or a system that this system cannot do. what: what messages call it."""

    master_only = False

    target: str
    what: ClassVar[str] = ""

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    def check(self, world: World) -> None:
        if "ManagedSystem" in self.groups:
            world.get(ManagedSystem, self.target)
        else:
            existing_partition(world, self.target)
        raise general.UNSUPPORTED.error(operation=f"{self.what} (job {self.job})")
