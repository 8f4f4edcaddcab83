"""Jobs: live partition mobility (LPM), and inactive mobility of partitions that are off. How it is done: ``ops.mobility``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from openlpar.messages import Failure, TryLater
from openlpar.messages import mobility as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_name
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ops.mobility.arrival import Release, Take
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.departure import Depart, Undo, problems_here
from openlpar.ops.mobility.door import known_peer
from openlpar.ops.mobility.moving import check_stays, move_of, under_way
from openlpar.ops.mobility.place import told
from openlpar.ops.mobility.wishes import PARAMETERS, Wishes
from openlpar.ports.hypervisor import Mobile
from openlpar.ports.peer import Peer
from openlpar.ports.records import Job, Migration, Phase
from openlpar.ports.state import Change, World
from openlpar.uom.job import JobStatus
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_state import PartitionState

MOVED = "moved"
"""What a job awaits that moves a partition; no partition ever is in this state, so only the migration's end ends the job."""


@dataclass
class _Move(JobOperation):
    """Asks both sides whether a partition could be moved, and is refused with everything that is in the way."""

    target: str
    parameters_given: dict[str, str]
    wishes: Wishes

    parameters: ClassVar[dict[str, str]] = PARAMETERS
    waits: ClassVar[bool] = True
    _consulted: bool = field(default=False, init=False, repr=False)

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target, parameters, Wishes.from_parameters(cls.job, parameters))

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        return partition_name(world, self.target)

    def check(self, world: World) -> None:
        self._partition = partition = world.get(LogicalPartition, self.target)
        check_stays(world, partition, "moved")
        self._problems = list(problems_here(world, self.edges, partition, self.wishes))
        if self._consulted:
            self._refuse([])

    async def consult(self, world: World) -> None:
        self._consulted = True
        try:
            self._peer = await known_peer(self.edges, world, self.wishes.system, self.wishes.url)
        except Failure as stranger:
            self._refuse([str(stranger)])
            raise AssertionError("unreachable") from stranger
        self._refuse(await self._problems_there(world, self._peer))

    async def _problems_there(self, world: World, peer: Peer) -> list[str]:
        hypervisor, partition = self.edges.hypervisor, self._partition
        luggage = {}
        try:
            if partition.state == PartitionState.RUNNING and isinstance(hypervisor, Mobile):
                luggage = await hypervisor.pack(partition)
            baggage = Baggage.packed(world, partition, hypervisor.name, self.parameters_given, luggage)
            answer = await self.edges.peers.ask(peer.name, "validate", baggage.to_plain())
        except TryLater as away:
            return [str(away)]
        return [str(problem) for problem in answer["problems"]]

    def _refuse(self, there: list[str]) -> None:
        found = [*map(str, self._problems), *there]
        if found:
            raise say.NOT_MOVABLE.error(
                partition=self._partition.name, system=self.wishes.system, count=len(found), problems=told(found)
            )


class MigrateValidate(_Move, name="lpar.migrate_validate", job="MigrateValidate", groups=("LogicalPartition",)):
    """Tells whether a partition could be moved; nothing is changed."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.migration")
    master_only = False

    def steps(self) -> Iterable[Step]:
        return ()

    @property
    def results(self) -> dict[str, str]:
        return {"result": f"Partition {self._partition.name} can be moved to system {self._peer.name}."}


class Migrate(_Move, name="lpar.migrate", job="Migrate", groups=("LogicalPartition",)):
    """Moves a partition to another system. The steps only begin it: the rest is led by the engine."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.migration")

    def steps(self) -> Iterable[Step]:
        yield Step("begin the migration", self._begin)

    def _begin(self, change: Change) -> None:
        partition = self._partition
        change.put(under_way(partition, partition.state))
        change.put(
            Migration(
                uuid=change.entropy.uuid(),
                partition=partition.uuid,
                name=partition.name,
                other=self._peer.name,
                phase=Phase.PREPARING,
                was=partition.state,
                wishes=self.parameters_given,
                job=self.job_id,
                began=change.clock.now(),
            )
        )
        self.subject = (LogicalPartition, partition.uuid)
        job = change.find(Job, self.job_id) if self.job_id else None
        if job is not None:
            change.put(replace(job, status=JobStatus.RUNNING.value, awaits=(MOVED,)))


@dataclass
class _Intervention(JobOperation):
    """What is done about a migration that is under way."""

    master_only = False

    target: str

    def locks(self) -> Iterable[str]:
        return (self.target, "partitions", "capacity", "networks")

    def about(self, world: World) -> str:
        return partition_name(world, self.target)

    def move(self, world: World) -> Migration:
        """Raises Failure when the partition is not being moved."""
        move = move_of(world, self.target)
        if move is None:
            raise say.NOT_MOVING.error(partition=world.get(LogicalPartition, self.target).name)
        return move


class MigrateAbort(_Intervention, name="lpar.migrate_abort", job="MigrateAbort", groups=("LogicalPartition",)):
    """Stops a migration under way: the partition stays where it is. Asked for where it comes from, and not after it was given
    away."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.migration")

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    def check(self, world: World) -> None:
        move = self.move(world)
        if not move.is_leaving:
            raise say.NOT_HERE.error(partition=move.name, system=move.other)
        if move.phase == Phase.GIVEN:
            raise say.TOO_LATE.error(partition=move.name, system=move.other)
        self._undo = Undo(move.uuid)
        self._undo.edges = self.edges
        self._undo.check(world)

    def steps(self) -> Iterable[Step]:
        return self._undo.steps()


@dataclass
class MigrateRecover(_Intervention, name="lpar.migrate_recover", job="MigrateRecover", groups=("LogicalPartition",)):
    """Brings a migration to its end that has come to a standstill: by what the other side says about it.

    force: also when the other side cannot be asked. A partition that was given away then comes back powered off, and a place
    that was prepared is released: whoever asks for this knows that it does not run there.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.migration")

    target: str
    force: bool = False

    parameters: ClassVar[dict[str, str]] = {"Force": "true: also when the other side cannot be asked"}
    waits: ClassVar[bool] = True
    _undo: Undo | None = field(default=None, init=False, repr=False)
    _depart: Depart | None = field(default=None, init=False, repr=False)
    _take: Take | None = field(default=None, init=False, repr=False)
    _release: Release | None = field(default=None, init=False, repr=False)

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target, one_of(cls.job, parameters, "Force", ("true", "false"), "false") == "true")

    def check(self, world: World) -> None:
        self._move = self.move(world)
        for ending in (self._undo, self._depart, self._take, self._release):
            if ending is not None:
                ending.edges = self.edges
                ending.check(world)

    async def consult(self, world: World) -> None:
        await (self._consult_target() if self._move.is_leaving else self._consult_source(world))

    async def _consult_target(self) -> None:
        """Before the partition was given away nothing has to be asked: it is this system's."""
        move = self._move
        if move.phase != Phase.GIVEN:
            if not (move.stalled or self.force):
                raise self._goes_on()
            self._undo = Undo(move.uuid)
            return
        try:
            answer = await self.edges.peers.ask(move.other, "take", {"migration": move.uuid})
        except Failure:
            if not self.force:
                raise
            self._undo = Undo(move.uuid, off=True)
            return
        if answer["taken"]:
            self._depart = Depart(move.uuid)
        else:
            self._undo = Undo(move.uuid)

    async def _consult_source(self, world: World) -> None:
        """It knows whose the partition is."""
        move = self._move
        try:
            phase = (await self.edges.peers.ask(move.other, "phase", {"migration": move.uuid}))["phase"]
        except Failure:
            if not self.force:
                raise
            phase = ""
        if phase in (Phase.PREPARING, Phase.SENDING):
            raise self._goes_on()
        if phase == Phase.GIVEN and await self._has_arrived(world):
            self._take = Take(move.uuid)
        else:
            self._release = Release(move.uuid)

    async def _has_arrived(self, world: World) -> bool:
        hypervisor = self.edges.hypervisor
        if self._move.was == PartitionState.NOT_ACTIVATED or not isinstance(hypervisor, Mobile):
            return True
        return await hypervisor.has_arrived(world.get(LogicalPartition, self.target))

    def _goes_on(self) -> Failure:
        return say.UNDER_WAY.error(partition=self._move.name, system=self._move.other)

    def steps(self) -> Iterable[Step]:
        if self._undo is not None:
            yield from self._undo.steps()
        if self._depart is not None:
            yield from self._depart.steps()
        if self._take is not None:
            yield from self._take.steps()
        if self._release is not None:
            yield from self._release.steps()
