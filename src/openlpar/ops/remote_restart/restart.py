"""Jobs: restarting a partition of a dead server here. How it is agreed on: ``engine.remote_restart``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from openlpar.messages import Failure, general
from openlpar.messages import remote_restart as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ops.lpar.power_on import PowerOn, check_room
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.place import planned_place, told
from openlpar.ops.mobility.settlement import Settlement, claim_units
from openlpar.ops.mobility.wishes import PARAMETERS
from openlpar.ops.remote_restart.silence import answers
from openlpar.ports.hypervisor import Mortal
from openlpar.ports.records import Entrusted
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition, RemoteRestartState

EVIDENCE = Evidence(Level.ASSUMED, "OpenLPAR's own: how a NovaLink restarts partitions of a dead server is not public")
_AS_FOR_MIGRATE = (
    "SharedProcPoolID",
    "OVSOverride",
    "VLANBridgeOverride",
    "VirtualFCMappings",
    "VirtualSCSIMappings",
    "VlanMappings",
)


@dataclass
class _Restart(JobOperation):
    """Finds what was entrusted, plans its place, and is refused with everything that is in the way."""

    evidence = EVIDENCE

    target: str
    source: str
    partition: str
    wishes: dict[str, str] = field(default_factory=dict)
    source_is_off: bool = False

    parameters: ClassVar[dict[str, str]] = {
        "SourceManagedSystemName": "name of the dead system, as 'openlpar trust' made it known",
        "PartitionName": "name or UUID of its partition",
        **{name: PARAMETERS[name] for name in _AS_FOR_MIGRATE},
    }
    waits: ClassVar[bool] = True
    _consulted: bool = field(default=False, init=False, repr=False)

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        for name in ("SourceManagedSystemName", "PartitionName"):
            if not parameters.get(name):
                raise general.MISSING_VALUE.error(object=f"Job {cls.job}", field=name)
        off = one_of(cls.job, parameters, "SourceIsOff", ("true", "false"), "false") == "true"
        wishes = {name: parameters[name] for name in _AS_FOR_MIGRATE if name in parameters}
        return cls(target, parameters["SourceManagedSystemName"], parameters["PartitionName"], wishes, off)

    def locks(self) -> Iterable[str]:
        return ("partitions", "capacity", "networks")

    def about(self, world: World) -> str:
        return self.partition

    def check(self, world: World) -> None:
        if not isinstance(self.edges.hypervisor, Mortal):
            raise say.NO_REMOTE_RESTART.error(hypervisor=self.edges.hypervisor.name)
        self._record = self._found(world)
        system = managed_system(world)
        wishes = {"TargetManagedSystemName": system.system_name, **self.wishes}
        baggage = replace(Baggage.from_plain(self._record.baggage), wishes=wishes)
        self._place = planned_place(world, baggage, self.edges.hypervisor)
        self._problems: list[Failure] = [*self._place.problems]
        if self._record.active:
            try:
                check_room(world, self._place.partition)
            except Failure as failure:
                self._problems.append(failure)

    def _found(self, world: World) -> Entrusted:
        entrusted = [one for one in world.where(Entrusted, source=self.source) if one.baggage]
        found = next((one for one in entrusted if self.partition in (one.name, one.partition)), None)
        if found is None:
            known = ", ".join(sorted(one.name for one in entrusted if not one.restarted)) or "none"
            raise say.NOT_ENTRUSTED.error(source=self.source, partition=self.partition, known=known)
        if found.restarted:
            raise say.ALREADY_RESTARTED.error(partition=found.name, source=self.source)
        return found

    def _refuse(self, problems: list[Failure]) -> None:
        if problems:
            raise say.NOT_RESTARTABLE.error(
                partition=self._record.name, source=self.source, count=len(problems), problems=told(problems)
            )


class RemoteRestartValidate(
    _Restart, name="system.remote_restart_validate", job="RemoteRestartValidate", groups=("ManagedSystem",)
):
    """Tells whether a partition of another system could be restarted here if that one died; nothing is changed."""

    master_only = False

    def check(self, world: World) -> None:
        super().check(world)
        self._refuse(self._problems)

    def steps(self) -> Iterable[Step]:
        return ()

    @property
    def results(self) -> dict[str, str]:
        return {"result": f"Partition {self._record.name} of system {self.source} can be restarted here."}


class RemoteRestart(_Restart, name="system.remote_restart", job="RemoteRestart", groups=("ManagedSystem",)):
    """Makes a partition of a dead system this one's, and starts it if it was not off. The system must not answer, and somebody has
    to vouch for it that it is off: only the way to it may be broken."""

    parameters: ClassVar[dict[str, str]] = {
        **_Restart.parameters,
        "SourceIsOff": "true: somebody has made sure that the system is off",
    }

    def check(self, world: World) -> None:
        super().check(world)
        if self._consulted:
            self._refuse(self._problems)

    async def consult(self, world: World) -> None:
        self._consulted = True
        if await answers(self.edges.peers, self.source):
            self._problems.insert(0, say.SOURCE_LIVES.error(source=self.source, partition=self._record.name))
        elif not self.source_is_off:
            self._problems.insert(0, say.NOT_CERTAIN.error(source=self.source, partition=self._record.name))
        self._refuse(self._problems)

    def steps(self) -> Iterable[Step]:
        self._settlement = Settlement(self.edges, self._place, self._define)
        yield from self._settlement.steps()
        yield Step("claim its logical units", self._claim)
        if self._record.active:
            self._power_on = PowerOn(self._place.partition.uuid)
            self._power_on.edges = self.edges
            yield from self._power_on.steps()

    def _define(self, change: Change) -> LogicalPartition:
        partition = self._place.partition.evolve(rr_state=RemoteRestartState.REMOTE_RESTARTED.value)
        change.put(partition)
        change.put(replace(self._record, restarted=True))
        self.subject = (LogicalPartition, partition.uuid)
        return partition

    def _claim(self, change: Change) -> None:
        claim_units(change, change.get(LogicalPartition, self._place.partition.uuid))

    @property
    def results(self) -> dict[str, Any]:
        starts = " and starts" if self._record.active else ", powered off as it was"
        return {"result": f"Partition {self._record.name} is on this system now{starts}."}
