"""Snapshots of logical units, as the Virtual I/O Server's ``snapshot`` takes them.

A simulated unit holds nothing but how much of it was written: that is what a snapshot keeps, and a rollback brings back. What is
written over is not counted, so a snapshot takes no space of the pool.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.capacity import is_active
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_of
from openlpar.ops.shared_storage.accounts import changing_node, pool_of
from openlpar.ops.storage.names import LOGICAL_UNIT, check_name
from openlpar.ops.storage.sizes import tidy
from openlpar.ops.storage.usage import clients_of, mappings_of
from openlpar.ports.pool_space import taken_gb
from openlpar.ports.records import UnitSnapshot, UnitUse
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


class SnapshotTask(enum.StrEnum):
    """What is done with a snapshot."""

    CREATE = "create"
    REMOVE = "remove"
    ROLLBACK = "rollback"


@dataclass
class SnapshotUnit(JobOperation, name="logical_unit.snapshot"):
    """target: uuid of the logical unit; snapshot: name of its snapshot. A rollback keeps the snapshot and those before it, and the
    unit's size; later ones, whose data would be left without an owner, go."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: snapshot")

    target: str
    task: SnapshotTask
    snapshot: str

    parameters: ClassVar[dict[str, str]] = {
        "task": " or ".join(SnapshotTask),
        "snapshot": "name of the snapshot",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, SnapshotTask(parameters["task"]), parameters["snapshot"])

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        unit = world.find(LogicalUnit, self.target)
        return unit.name if unit is not None else self.target

    def check(self, world: World) -> None:
        if not self.edges.io_server.takes_snapshots:
            raise general.UNSUPPORTED.error(operation="A snapshot of a logical unit with data in it")
        unit = world.get(LogicalUnit, self.target)
        changing_node(world, pool_of(world, world.get(Tier, unit.parent or "")))
        found = world.find(UnitSnapshot, self._key)
        kind = f"Snapshot of logical unit {unit.name}"
        if self.task == SnapshotTask.CREATE:
            check_name("snapshot", self.snapshot, LOGICAL_UNIT)
            if found is not None:
                raise general.NAME_TAKEN.error(kind=kind, name=self.snapshot)
        elif found is None:
            raise general.NOT_FOUND.error(kind=kind, name=self.snapshot)
        if self.task == SnapshotTask.ROLLBACK:
            self._refuse_running(world, unit)

    def _refuse_running(self, world: World, unit: LogicalUnit) -> None:
        running = []
        for mapping in mappings_of(world, unit.udid):
            partition = partition_of(world, mapping.client_lpar_href.rpartition("/")[2])
            if partition is not None and is_active(partition):
                running.append(mapping)
        if running:
            raise say.UNIT_RUNS.error(name=unit.name, clients=clients_of(world, running))

    @property
    def _key(self) -> str:
        return f"{self.target}/{self.snapshot}"

    def steps(self) -> Iterable[Step]:
        if self.task == SnapshotTask.CREATE:
            yield Step("keep what the logical unit is like", self._create)
        elif self.task == SnapshotTask.REMOVE:
            yield Step("forget the snapshot", lambda change: change.remove(change.get(UnitSnapshot, self._key)))
        else:
            yield Step("bring back what the logical unit was like", self._roll_back)

    def _create(self, change: Change) -> None:
        use = change.find(UnitUse, self.target)
        change.put(
            UnitSnapshot(
                uuid=self._key,
                unit=self.target,
                name=self.snapshot,
                at=change.clock.now(),
                written_kb=use.written_kb if use is not None else 0,
            )
        )

    def _roll_back(self, change: Change) -> None:
        unit = change.get(LogicalUnit, self.target)
        before = taken_gb(change, unit)
        wanted = change.get(UnitSnapshot, self._key)
        change.put(UnitUse(uuid=self.target, written_kb=wanted.written_kb))
        for later in tuple(change.where(UnitSnapshot, unit=self.target)):
            if later.at > wanted.at:
                change.remove(later)
        pool = pool_of(change, change.get(Tier, unit.parent or ""))
        change.put(pool.evolve(free_space=tidy(pool.free_space + before - taken_gb(change, unit))))


def forget_snapshots(change: Change, unit: str) -> None:
    """Of a logical unit (uuid) that goes."""
    for snapshot in tuple(change.where(UnitSnapshot, unit=unit)):
        change.remove(snapshot)
