"""The level of a Virtual I/O Server's software: updates are applied, and then committed or rejected, as ``updateios`` does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Self

from openlpar.messages import padmin as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.usage import serving
from openlpar.ops.vios.file_sets import history_of, note
from openlpar.ops.vios.job import ServerJob
from openlpar.ops.vios.levels import level_of, set_level, why_unfit
from openlpar.ports.records import UncommittedUpdate
from openlpar.ports.state import Change, World
from openlpar.uom.cluster import Cluster


class SoftwareTask(StrEnum):
    """What is done with an update."""

    APPLY = "apply"
    COMMIT = "commit"
    REJECT = "reject"


_DONE = {SoftwareTask.COMMIT: "committed", SoftwareTask.REJECT: "rejected"}


@dataclass
class ChangeSoftware(ServerJob, name="vios.change_software"):
    """level: what is applied, as ``3.1.4.10``. committing: what was applied before is committed first. with_new: file sets
    that the server does not have are installed too."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: updateios")

    target: str
    task: str
    level: str = ""
    committing: bool = False
    with_new: bool = False

    parameters: ClassVar[dict[str, str]] = {
        "task": "apply, commit or reject",
        "level": "the level that an update brings",
        "committing": "true: what was applied before is committed first",
        "withNew": "true: file sets that were removed are installed again",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        flags = [parameters.get(name) == "true" for name in ("committing", "withNew")]
        return cls(target, parameters["task"], parameters.get("level", ""), *flags)

    def check(self, world: World) -> None:
        self._vios = serving(world, self.target)
        self._present = level_of(self._vios)
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
        cause = why_unfit(self._present, self.level, new_version=False)
        if not cause and self._applied is not None and not self.committing:
            return f"the update from {self._applied.previous} is not committed"
        return cause

    def steps(self) -> Iterable[Step]:
        yield Step("change the software", self._change)

    def _change(self, change: Change) -> None:
        if self.task == SoftwareTask.APPLY:
            if self._applied is not None:
                note(change, self.target, "COMMIT", self._present)
            set_level(change, self.target, self.level)
            note(change, self.target, "APPLY", self.level)
            if self.with_new:
                change.put(replace(history_of(change, self.target), removed=()))
            change.put(UncommittedUpdate(uuid=self.target, previous=self._present))
            return
        assert self._applied is not None
        if self.task == SoftwareTask.REJECT:
            set_level(change, self.target, self._applied.previous)
        note(change, self.target, self.task.upper(), self._present)
        change.remove(self._applied)
