"""The master role as the NovaLink asks for it or gives it away: jobs. Controller is the newer word for the same role.

While the other side has an operation under way the job waits for its end, unless it is to take the role by force.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.messages import system as say
from openlpar.ops import mastery
from openlpar.ops.core import Evidence, JobOperation, Level, Operation, Step
from openlpar.ops.job_endings import failed, succeeded
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ops.mastery import NOVALINK
from openlpar.ports.records import CoManagement, Job, Migration
from openlpar.ports.state import Change, World
from openlpar.uom.job import JobStatus
from openlpar.uom.managed_system import ManagedSystem

_MODES = "; ".join(f"{mode}: {meaning}" for mode, meaning in mastery.MODES.items())
_PENDING, _SETTLED = "pending", "settled"


@dataclass
class RoleJob(JobOperation):
    """A job about the role. wants: it is to be the NovaLink's afterwards."""

    target: str
    master_only = False
    wants: ClassVar[bool] = True

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        system = world.find(ManagedSystem, self.target)
        return system.system_name if system is not None else self.target

    @property
    def awaits(self) -> tuple[str, ...]:
        return (_SETTLED,)

    def state_of_target(self, world: World) -> str:
        joint = world.find(CoManagement, self.target)
        return _PENDING if joint is not None and joint.requested else _SETTLED


@dataclass
class _Request(RoleJob):
    """Takes the role."""

    mode: str
    force: bool
    mode_parameter: ClassVar[str] = ""

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        mode = one_of(cls.job, parameters, cls.mode_parameter, tuple(mastery.MODES), "norm")
        force = one_of(cls.job, parameters, "force", ("true", "false"), "false")
        return cls(target, mode, force == "true")

    def check(self, world: World) -> None:
        self._system = world.get(ManagedSystem, self.target)
        joint = mastery.co_management(world, self._system)
        if joint is not None:
            name = self._system.system_name
            joint = mastery.requested(joint, NOVALINK, self.mode, force=self.force, system=name)
            joint = settled(self, world, replace(joint, job=self.job_id if joint.requested else ""), force=self.force)
        self._joint = joint

    def steps(self) -> Iterable[Step]:
        yield Step("take the role", self._take)

    def _take(self, change: Change) -> None:
        if self._joint is not None:
            put(change, self._system, self._joint)


@dataclass
class _Release(RoleJob):
    """Gives the role away, or no longer waits for it."""

    wants = False

    def check(self, world: World) -> None:
        self._system = world.get(ManagedSystem, self.target)
        name = self._system.system_name
        joint = mastery.co_management(world, self._system)
        if joint is None:
            raise say.NO_TAKER.error(system=name)
        joint = mastery.released(joint, NOVALINK, name)
        self._joint = settled(self, world, replace(joint, job=self.job_id if joint.requested else ""))

    def steps(self) -> Iterable[Step]:
        yield Step("release the role", self._release)

    def _release(self, change: Change) -> None:
        put(change, self._system, self._joint)


class RequestMaster(_Request, name="system.request_master", job="RequestMaster", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.master_mode")

    mode_parameter = "coManagementMasterStatus"
    parameters = {mode_parameter: _MODES, "force": "true: do not wait for the other side's operation"}


class ReleaseMaster(_Release, name="system.release_master", job="ReleaseMaster", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.master_mode")


class RequestController(_Request, name="system.request_controller", job="RequestController", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")

    mode_parameter = "coManagementControllerStatus"
    parameters = {mode_parameter: _MODES, "force": "true: do not wait for the other side's operation"}


class ReleaseController(_Release, name="system.release_controller", job="ReleaseController", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")


@dataclass
class SettleRole(Operation, name="system.settle_role"):
    """Passes the role on when nothing of the holder's is under way any more; forgets a request whose job was cancelled. The engine
    asks for it after each change that could have ended an operation."""

    evidence = Evidence(
        Level.DOCUMENTED, "NovaLink tutorial: the current operation has to be finished before the change completes"
    )
    master_only = False

    system: str

    def locks(self) -> Iterable[str]:
        return (self.system,)

    def about(self, world: World) -> str:
        system = world.find(ManagedSystem, self.system)
        return system.system_name if system is not None else self.system

    def check(self, world: World) -> None:
        joint = world.find(CoManagement, self.system)
        after = joint
        if joint is not None and joint.requested:
            job = world.find(Job, joint.job) if joint.job else None
            given_up = bool(joint.job) and (job is None or job.completed > 0)
            after = replace(joint, requested="", requested_mode="", job="") if given_up else settled(self, world, joint)
        self._joint = None if after is joint else after

    def steps(self) -> Iterable[Step]:
        if self._joint is not None:
            yield Step("settle the role", self._settle)

    def _settle(self, change: Change) -> None:
        assert self._joint is not None
        put(change, change.get(ManagedSystem, self.system), self._joint)


def settled(operation: Operation, world: World, joint: CoManagement, *, force: bool = False) -> CoManagement:
    """With the role passed on, if somebody waits for it and need not wait any longer."""
    if joint.requested and (force or not _at_work(operation, world, joint)):
        return mastery.passed_on(joint)
    return joint


def _at_work(operation: Operation, world: World, joint: CoManagement) -> bool:
    """Whether the holder has an operation under way."""
    if joint.holder != NOVALINK:
        return joint.holder in joint.busy
    return bool(
        operation.edges.waiting
        or world.count(Migration)
        or any(job.status == JobStatus.RUNNING and not _about_role(job) for job in world.all(Job))
    )


def _about_role(job: Job) -> bool:
    kind = JobOperation.by_job.get((job.group, job.operation))
    return kind is not None and issubclass(kind, RoleJob)


def put(change: Change, system: ManagedSystem, joint: CoManagement | None) -> None:
    """What is so now; jobs that waited for it end."""
    mastery.give(change, system, joint)
    if joint is not None and joint.requested:
        return
    holder = joint.holder if joint is not None else NOVALINK
    for job in list(change.where(Job, target=system.uuid)):
        if job.status == JobStatus.RUNNING and _about_role(job):
            change.cancel(job.uuid)
            kind = JobOperation.by_job[job.group, job.operation]
            assert issubclass(kind, RoleJob)
            if kind.wants == (holder == NOVALINK):
                change.put(succeeded(job, job.results, change.clock.now()))
            else:
                lost = say.ROLE_LOST.error(job=job.operation, holder=holder, system=system.system_name)
                change.put(failed(job, str(lost), {}, change.clock.now()))
