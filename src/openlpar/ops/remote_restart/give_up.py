"""What becomes of a partition on the system where it was, when another one may have restarted it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.messages import remote_restart as say
from openlpar.ops.core import JobOperation, Operation, Step, partition_name
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ops.mobility.departure import Removal
from openlpar.ops.remote_restart.held import let_go
from openlpar.ops.remote_restart.restart import EVIDENCE
from openlpar.ports.hypervisor import Mortal
from openlpar.ports.records import Deposit, Hold
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition


@dataclass
class GiveUp(Operation, name="remote_restart.give_up"):
    """The refuge has restarted the partition: what is left of it here is removed. uuid: the partition's."""

    evidence = EVIDENCE
    master_only = False

    uuid: str

    def locks(self) -> Iterable[str]:
        return (self.uuid, "partitions", "capacity", "networks")

    def about(self, world: World) -> str:
        return partition_name(world, self.uuid)

    def check(self, world: World) -> None:
        deposit = world.find(Deposit, self.uuid)
        if deposit is None or deposit.hold == Hold.GONE:
            raise say.NOT_HELD.error(partition=self.about(world))
        self._deposit = deposit
        self._partition = world.find(LogicalPartition, self.uuid)
        if self._partition is not None:
            self._removal = Removal(self.edges, world, self.uuid)

    def steps(self) -> Iterable[Step]:
        if self._partition is not None:
            yield Step("let it stand still", self._halt)
            yield from self._removal.steps()
        yield Step("remember to tell the refuge", self._note)

    def _halt(self, change: Change) -> None:
        hypervisor = self.edges.hypervisor
        assert isinstance(hypervisor, Mortal) and self._partition is not None
        hypervisor.halt(change, self._partition)

    def _note(self, change: Change) -> None:
        change.put(replace(self._deposit, hold=Hold.GONE.value))


@dataclass
class RemoteRestartRecover(
    JobOperation, name="lpar.remote_restart_recover", job="RemoteRestartRecover", groups=("LogicalPartition",)
):
    """Lets a partition run here that waits for the word of its refuge. Whoever asks for this with Force knows that it was not
    restarted there; without it nothing is done but to say what is waited for."""

    evidence = EVIDENCE
    master_only = False

    target: str
    force: bool = False

    parameters: ClassVar[dict[str, str]] = {"Force": "true: without the refuge's word"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target, one_of(cls.job, parameters, "Force", ("true", "false"), "false") == "true")

    def locks(self) -> Iterable[str]:
        return (self.target, "partitions", "capacity", "networks")

    def about(self, world: World) -> str:
        return partition_name(world, self.target)

    def check(self, world: World) -> None:
        partition = world.get(LogicalPartition, self.target)
        deposit = world.find(Deposit, self.target)
        if deposit is None or deposit.hold != Hold.ASKING:
            raise say.NOT_HELD.error(partition=partition.name)
        if not self.force:
            raise say.HELD.error(partition=partition.name, refuge=deposit.refuge)
        self._deposit = deposit

    def steps(self) -> Iterable[Step]:
        yield Step("let it run", lambda change: let_go(change, self.edges.hypervisor, self._deposit, forced=True))
