"""The level of a Virtual I/O Server's software: updates are applied, and then committed or rejected, as ``updateios`` does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from openlpar.messages import padmin as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.usage import serving
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.records import UncommittedUpdate
from openlpar.ports.state import Change, World
from openlpar.uom.cluster import Cluster
from openlpar.uom.virtual_io_server import VirtualIOServer

_LEVEL = re.compile(r"\d+(?:\.\d+){3}")


class SoftwareTask(StrEnum):
    """What is done with an update."""

    APPLY = "apply"
    COMMIT = "commit"
    REJECT = "reject"


_DONE = {SoftwareTask.COMMIT: "committed", SoftwareTask.REJECT: "rejected"}


@dataclass
class ChangeSoftware(ServerJob, name="vios.change_software"):
    """level: what is applied, as ``3.1.4.10``. committing: what was applied before is committed first."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: updateios")

    target: str
    task: str
    level: str = ""
    committing: bool = False

    parameters: ClassVar[dict[str, str]] = {
        "task": "apply, commit or reject",
        "level": "the level that an update brings",
        "committing": "true: what was applied before is committed first",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        committing = parameters.get("committing") == "true"
        return cls(target, parameters["task"], parameters.get("level", ""), committing)

    def check(self, world: World) -> None:
        self._vios = serving(world, self.target)
        found = _LEVEL.search(self._vios.operating_system)
        self._present = found[0] if found else ""
        self._applied = world.find(UncommittedUpdate, self.target)
        if self.task == SoftwareTask.APPLY:
            self._check_level()
        elif self._applied is None:
            raise say.NO_UPDATE.error(vios=self._vios.name, task=_DONE[SoftwareTask(self.task)])
        if self.task != SoftwareTask.COMMIT:
            for cluster in world.all(Cluster):
                if any(node.vios_uri.rpartition("/")[2] == self.target for node in cluster.nodes):
                    raise say.UPDATE_IN_CLUSTER.error(vios=self._vios.name, cluster=cluster.name)

    def _check_level(self) -> None:
        cause = self._unfit()
        if cause:
            level = self._present or "unknown"
            raise say.WRONG_UPDATE.error(vios=self._vios.name, level=level, wanted=self.level, cause=cause)

    def _unfit(self) -> str:
        if not _LEVEL.fullmatch(self.level):
            return "that is no level, which has four numbers"
        if not self._present:
            return "its present level is not known"
        present, wanted = _numbers(self._present), _numbers(self.level)
        if wanted <= present:
            return "that is not newer"
        if wanted[0] != present[0]:
            return "a new version is installed, not applied"
        if self._applied is not None and not self.committing:
            return f"the update from {self._applied.previous} is not committed"
        return ""

    def steps(self) -> Iterable[Step]:
        yield Step("change the software", self._change)

    def _change(self, change: Change) -> None:
        if self.task == SoftwareTask.APPLY:
            self._install(change, self.level)
            change.put(UncommittedUpdate(uuid=self.target, previous=self._present))
            return
        assert self._applied is not None
        if self.task == SoftwareTask.REJECT:
            self._install(change, self._applied.previous)
        change.remove(self._applied)

    def _install(self, change: Change, level: str) -> None:
        vios = change.get(VirtualIOServer, self.target)
        text = vios.operating_system.replace(self._present, level)
        change.put(vios.evolve(operating_system=text))


def _numbers(level: str) -> tuple[int, ...]:
    return tuple(int(part) for part in level.split("."))
