"""Job: closing a partition's console, whoever has it, as ``rmvterm`` and pypowervm ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_of
from openlpar.ops.job_parameters import check_known
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ports.records import ConsoleSession
from openlpar.ports.state import Change, World


@dataclass
class CloseVterm(
    JobOperation, name="console.close_vterm", job="CloseVterm", groups=("LogicalPartition", "VirtualIOServer")
):
    """Ends the session that somebody has on the console; without one there is nothing to do."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.vterm")
    master_only = False

    target: str

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    def locks(self) -> Iterable[str]:
        return (f"console/{self.target}",)

    def about(self, world: World) -> str:
        partition = partition_of(world, self.target)
        return partition.name if partition else self.target

    def check(self, world: World) -> None:
        existing_partition(world, self.target)

    def steps(self) -> Iterable[Step]:
        yield Step("end the session", self._end)

    def _end(self, change: Change) -> None:
        found = change.find(ConsoleSession, self.target)
        if found is not None:
            change.remove(found)
