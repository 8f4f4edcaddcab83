"""Taking a Virtual I/O Server out of service: first its clients get other paths, and when those are on disk it is powered off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from openlpar.messages import maintenance as say
from openlpar.messages import partition as say_partition
from openlpar.ops.core import Evidence, Level, Operation, Step
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ops.lpar.power_off import PowerOff
from openlpar.ops.maintenance.plan import planned
from openlpar.ops.scsi.mappings import mapping_steps
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.hypervisor import Stop
from openlpar.ports.records import Absence, Job, Maintenance
from openlpar.ports.state import Change, World
from openlpar.uom.disk_paths import outage
from openlpar.uom.partition import PartitionState, RMCState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

EVIDENCE = Evidence(Level.ASSUMED, "OpenLPAR's own: a genuine NovaLink leaves the steps to the administrator")


def server_of(world: World, uuid: str) -> VirtualIOServer:
    """Raises Failure NOT_FOUND."""
    return world.get(VirtualIOServer, uuid)


@dataclass
class BeginMaintenance(ServerJob, name="maintenance.begin", job="BeginMaintenance", groups=("VirtualIOServer",)):
    """Done when the server is off. Without ``force`` nobody who runs loses a disk, a port or a network by it."""

    evidence = EVIDENCE

    target: str
    evacuate: bool = False
    force: bool = False
    before: set[str] = field(init=False, default_factory=set)

    parameters: ClassVar[dict[str, str]] = {
        "evacuate": "true: disks that only this server lends are lent by another one that has them too, until it is back",
        "force": "true: power it off although clients lose something",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        wish = {name: one_of(cls.job, parameters, name, ("true", "false"), "false") for name in cls.parameters}
        return cls(target, wish["evacuate"] == "true", wish["force"] == "true")

    @property
    def awaits(self) -> tuple[str, ...]:
        return (PartitionState.NOT_ACTIVATED,)

    def locks(self) -> Iterable[str]:
        return (self.target, "partitions")

    def check(self, world: World) -> None:
        vios = server_of(world, self.target)
        now = world.find(Maintenance, vios.uuid)
        if now is not None:
            raise say.BEGUN.error(vios=vios.name, phase=now.phase)
        if vios.is_mgmt_partition:
            raise say_partition.MANAGEMENT_PARTITION.error(
                partition=vios.name, task="taken out of service by the management it provides"
            )
        if outage(vios):
            raise say.NOT_RUNNING.error(vios=vios.name, state=vios.state)
        self._plan = planned(world, vios, evacuate=self.evacuate)
        problems = self._plan.problems
        if problems and not self.force:
            lines = "".join(f"\n{number}. {text}." for number, text in enumerate(problems, 1))
            raise say.UNSAFE.error(vios=vios.name, count=len(problems), problems=lines)

    def steps(self) -> Iterable[Step]:
        yield Step("note which paths there are", self._note)
        for plan in self._plan.paths:
            yield from mapping_steps(self.edges.io_server, plan)
        yield Step("note which paths were added", self._begin)

    def _note(self, change: Change) -> None:
        self.before = {mapping.uuid for mapping in change.all(VirtualSCSIMapping)}

    def _begin(self, change: Change) -> None:
        added = tuple(one.uuid for one in change.all(VirtualSCSIMapping) if one.uuid not in self.before)
        now = change.clock.now()
        change.put(Maintenance(uuid=self.target, phase=Absence.PREPARED.value, added=added, job=self.job_id, began=now))


@dataclass
class Transition(Operation):
    """From one phase to the next, when what it waited for has come. uuid: the server's."""

    evidence = EVIDENCE
    master_only = False

    uuid: str
    phases: ClassVar[tuple[Absence, ...]] = ()

    def locks(self) -> Iterable[str]:
        return (self.uuid, "partitions")

    def about(self, world: World) -> str:
        vios = world.find(VirtualIOServer, self.uuid)
        return vios.name if vios is not None else self.uuid

    def check(self, world: World) -> None:
        now = world.find(Maintenance, self.uuid)
        if now is None or now.phase not in self.phases:
            raise say.NOT_BEGUN.error(vios=self.about(world))
        self.now = now


class StopServer(Transition, name="maintenance.stop"):
    """The other paths are on disk, and the server was told to go off."""

    phases = (Absence.PREPARED,)

    def steps(self) -> Iterator[Step]:
        yield Step("note how far it is", self._note)

    def _note(self, change: Change) -> None:
        change.put(replace(self.now, phase=Absence.STOPPING.value))
        progress(change, self.now, 0.5)


def power_off(vios: VirtualIOServer) -> PowerOff:
    """By its operating system where that can be asked."""
    connected = vios.rmc_state in (RMCState.ACTIVE, RMCState.BUSY)
    return PowerOff(vios.uuid, Stop.OS if connected else Stop.SIGNAL, False, False)


class RestServer(Transition, name="maintenance.rest"):
    """The server is off."""

    phases = (Absence.PREPARED, Absence.STOPPING)

    def steps(self) -> Iterator[Step]:
        yield Step("note that it is out of service", self._note)

    def _note(self, change: Change) -> None:
        change.put(replace(self.now, phase=Absence.OUT.value, stalled=""))


def progress(change: Change, now: Maintenance, share: float) -> None:
    job = change.find(Job, now.job) if now.job else None
    if job is not None:
        change.put(replace(job, progress=share))
