"""Powering a partition off, or restarting it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import partition as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_of
from openlpar.ops.lpar.connection import why_not_connected
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ops.mobility.moving import check_stays
from openlpar.ports.hypervisor import Stop
from openlpar.ports.state import Change, World
from openlpar.uom.partition import PartitionState, RMCState

_OPERATIONS = ("shutdown", "osshutdown", "dumprestart")


@dataclass
class PowerOff(JobOperation, name="lpar.power_off", job="PowerOff", groups=("LogicalPartition", "VirtualIOServer")):
    """Stops a partition, in the way the client chose; the chain from one way to the next is the client's."""

    evidence = Evidence(Level.RECORDED, "job_request_power_off.txt, job_response_completed_failed.txt")
    master_only = False

    target: str
    how: Stop
    immediate: bool
    restart: bool

    parameters: ClassVar[dict[str, str]] = {
        "operation": "shutdown (by a power-off signal), osshutdown (by the operating system over RMC), dumprestart",
        "immediate": "true: at once (operation shutdown), or without the guest's own delay (osshutdown)",
        "restart": "true: power on again afterwards",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        operation = parameters.get("operation", "shutdown")
        if operation not in _OPERATIONS:
            raise general.BAD_VALUE.error(
                field="operation",
                object="job PowerOff",
                value=repr(operation),
                cause="there is no such value",
                wanted=f"one of {', '.join(_OPERATIONS)}",
            )
        immediate = parameters.get("immediate", "false").lower() == "true"
        how = Stop(operation)
        if immediate and how is Stop.SIGNAL:
            how = Stop.HARD
        restart = parameters.get("restart", "false").lower() == "true" or how is Stop.DUMP
        return cls(target, how, immediate, restart)

    @property
    def awaits(self) -> tuple[str, ...]:
        if self.restart:
            return (PartitionState.RUNNING, PartitionState.OPEN_FIRMWARE)
        return (PartitionState.NOT_ACTIVATED,)

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        partition = partition_of(world, self.target)
        return partition.name if partition else self.target

    def check(self, world: World) -> None:
        partition = existing_partition(world, self.target)
        check_stays(world, partition, "powered off")
        if partition.state == PartitionState.NOT_ACTIVATED:
            if self.restart:
                raise say.NOT_RESTARTABLE.error(partition=partition.name)
            raise say.ALREADY_OFF.error(partition=partition.name)
        if partition.is_mgmt_partition:
            raise say.MANAGEMENT_PARTITION.error(
                partition=partition.name, task="powered off by the management it provides"
            )
        if self.how is Stop.OS and partition.rmc_state not in (RMCState.ACTIVE, RMCState.BUSY):
            cause = why_not_connected(world, partition)
            raise say.NO_OS_SHUTDOWN.error(partition=partition.name, rmc=partition.rmc_state, cause=cause)

    def steps(self) -> Iterable[Step]:
        yield Step("stop the partition", self._stop)

    def _stop(self, change: Change) -> None:
        partition = existing_partition(change, self.target)
        change.cancel(partition.uuid, "hypervisor")
        self.edges.hypervisor.stop(change, partition, self.how, self.restart)
        if self.restart:
            # The job must not end with the state it begins in.
            change.put(existing_partition(change, self.target).evolve(state=PartitionState.SHUTTING_DOWN.value))
