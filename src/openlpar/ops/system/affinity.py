"""Job: how near the memory of each partition lies to its processors (dynamic platform optimisation, DPO)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.job_parameters import check_known
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.virtual_io_server import VirtualIOServer

# A simulated server has no nodes between which memory could be far away: every partition is placed as well as can be.
_SCORE = 100


@dataclass
class GetAffinity(JobOperation, name="system.get_dpo_status", job="GetDPOStatus", groups=("ManagedSystem",)):
    """A score from 0 to 100 for each partition; all are 100 here."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")
    master_only = False

    target: str

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    def check(self, world: World) -> None:
        world.get(ManagedSystem, self.target)

    def steps(self) -> Iterable[Step]:
        yield Step("read the scores", self._read)

    def _read(self, change: Change) -> None:
        scores = [
            {"LPAR_ID": partition.id, "LPAR_NAME": partition.name, "CURRENT_AFFINITY_SCORE": _SCORE}
            for kind in (LogicalPartition, VirtualIOServer)
            for partition in change.all(kind)
        ]
        self._scores = json.dumps(sorted(scores, key=lambda score: int(str(score["LPAR_ID"]))))

    @property
    def results(self) -> dict[str, str]:
        return {"result": self._scores}
