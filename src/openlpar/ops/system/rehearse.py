"""A job that does nothing but take its time: to try out polling, cancelling, and a restart of the service under way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_of
from openlpar.ops.due import comes_due
from openlpar.ops.job_parameters import check_known, whole_number
from openlpar.ports.records import Due, Job
from openlpar.ports.state import Change, World
from openlpar.uom.managed_system import ManagedSystem

# What a Due of a rehearsal is for.
DUE = "rehearsal"
_LONGEST_S = 86_400


@dataclass
class Rehearse(
    JobOperation,
    name="system.rehearse",
    job="Rehearse",
    groups=("ManagedSystem", "LogicalPartition", "VirtualIOServer"),
):
    """Waits on the simulation's clock. seconds None: until it is cancelled (or its time limit has passed)."""

    evidence = Evidence(Level.ASSUMED, "OpenLPAR's own: a genuine NovaLink has no such job")

    target: str
    seconds: int | None

    time_limit_s = _LONGEST_S + 60
    parameters: ClassVar[dict[str, str]] = {"seconds": f"0 to {_LONGEST_S}; without it the job waits to be cancelled"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        seconds = whole_number(cls.job, parameters, "seconds", None, 0, _LONGEST_S) if "seconds" in parameters else None
        return cls(target, seconds)

    @property
    def awaits(self) -> tuple[str, ...]:
        """No partition ever is in this state, so only ``end_rehearsal`` ends the job."""
        return ("rehearsed",)

    def check(self, world: World) -> None:
        if world.find(ManagedSystem, self.target) is None and partition_of(world, self.target) is None:
            raise general.NOT_FOUND.error(kind="Object", name=self.target)

    def steps(self) -> Iterable[Step]:
        yield Step("wait", self._wait)

    def _wait(self, change: Change) -> None:
        if self.seconds is None:
            return
        # Of jobs that look the same, the one that is beginning now: it is not marked as running before it has.
        for job in change.where(Job, target=self.target):
            if job.operation == self.job and job.status == "NOT_STARTED" and self.seconds_of(job) == self.seconds:
                change.schedule(self.seconds * 1000, DUE, job.uuid)
                return

    def seconds_of(self, job: Job) -> int | None:
        return self.from_job(job.target, job.parameters).seconds


@comes_due(DUE)
def end_rehearsal(change: Change, due: Due) -> None:
    """Ends the job that a rehearsal's time was set for."""
    job = change.find(Job, due.subject)
    if job is not None and job.status == "RUNNING":
        results = {"returnCode": "0", "result": f"Rehearsed for {job.parameters['seconds']} seconds."}
        change.cancel(job.uuid)
        change.put(replace(job, status="COMPLETED_OK", completed=change.clock.now(), results=results))
