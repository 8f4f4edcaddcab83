"""The target's part of a migration: a place is prepared, and taken over or released."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from openlpar.messages import mobility as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Operation, Step
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.departure import EVIDENCE, Transition
from openlpar.ops.mobility.moving import at_rest, under_way
from openlpar.ops.mobility.place import planned_place, told
from openlpar.ops.mobility.settlement import Settlement, claim_units
from openlpar.ops.shared_storage.learning import forget_unit
from openlpar.ops.storage.usage import mappings_of
from openlpar.ops.system.serial_number import forget_number
from openlpar.ports.hypervisor import Mobile
from openlpar.ports.records import Migration, Phase
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import PartitionState
from openlpar.uom.shared_storage_pool import LogicalUnit


@dataclass
class Prepare(Operation, name="migration.prepare"):
    """Makes the place for a partition: it is there with all that belongs to it, but still the other system's.

    uuid: the migration's. other: the source's name, as it is known here.
    """

    evidence = EVIDENCE

    uuid: str
    other: str
    baggage: Baggage

    def locks(self) -> Iterable[str]:
        return (self.uuid, "partitions", "capacity", "networks")

    def about(self, world: World) -> str:
        return self.baggage.partition.name

    def check(self, world: World) -> None:
        self._place = planned_place(world, self.baggage, self.edges.hypervisor)
        if problems := self._place.problems:
            raise say.NOT_MOVABLE.error(
                partition=self.baggage.partition.name,
                system=managed_system(world).system_name,
                count=len(problems),
                problems=told(problems),
            )

    def steps(self) -> Iterable[Step]:
        self._settlement = Settlement(self.edges, self._place, self._define)
        return self._settlement.steps()

    def _define(self, change: Change) -> LogicalPartition:
        was = PartitionState.RUNNING if self.baggage.runs else PartitionState.NOT_ACTIVATED
        partition = under_way(self._place.partition, was)
        change.put(partition)
        change.put(
            Migration(
                uuid=self.uuid,
                partition=partition.uuid,
                name=partition.name,
                other=self.other,
                phase=Phase.RESERVED,
                was=was,
                wishes=self.baggage.wishes,
                units=tuple(unit.uuid for unit in self._settlement.units),
                began=change.clock.now(),
            )
        )
        self.subject = (LogicalPartition, partition.uuid)
        return partition


class Take(Transition, name="migration.take"):
    """The source has given the partition away: it is this system's now, and runs here if it ran there."""

    def check(self, world: World) -> None:
        self._move = self.move(world, Phase.RESERVED)

    def steps(self) -> Iterable[Step]:
        yield Step("take the partition over", self._take)
        if self._move.was != PartitionState.NOT_ACTIVATED:
            yield Step("let it run here", self._run)

    def _take(self, change: Change) -> None:
        move = self._move
        partition = change.get(LogicalPartition, move.partition)
        change.put(at_rest(partition, move.was))
        change.put(replace(move, phase=Phase.TAKEN, stalled=""))
        claim_units(change, partition)

    def _run(self, change: Change) -> None:
        hypervisor = self.edges.hypervisor
        assert isinstance(hypervisor, Mobile)
        hypervisor.arrive(change, change.get(LogicalPartition, self._move.partition))


class Release(Transition, name="migration.release"):
    """The partition does not come: its place is removed, and what was learnt with it forgotten."""

    def check(self, world: World) -> None:
        self._move = self.move(world, Phase.RESERVED)
        self._removal = DeletePartition(self._move.partition)
        self._removal.edges = self.edges
        self._removal.plan(world)
        self._number = world.get(LogicalPartition, self._move.partition).virtual_serial_number

    def steps(self) -> Iterable[Step]:
        yield from self._removal.steps()
        yield Step("forget what came with it", self._forget)

    def _forget(self, change: Change) -> None:
        forget_number(change, self._number)
        for uuid in self._move.units:
            unit = change.find(LogicalUnit, uuid)
            if unit is not None and not mappings_of(change, unit.udid):
                forget_unit(change, unit)
        change.remove(self._move)
