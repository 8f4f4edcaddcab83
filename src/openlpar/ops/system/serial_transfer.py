"""Virtual serial numbers that go to another system, and those that come.

A number is taken off here before the other system is told, so that it is never on both. Then the other one says whether it takes
it: asked twice, it says the same. What it does not take comes back. ``engine.serial_numbers`` asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from openlpar.messages import general, partition
from openlpar.messages import licensing as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Evidence, Level, Operation, Step
from openlpar.ops.job_endings import failed, succeeded
from openlpar.ops.job_parameters import whole_number
from openlpar.ops.lpar.create import partition_with_id
from openlpar.ops.mobility.door import known_peer
from openlpar.ops.mobility.wishes import https_url
from openlpar.ops.system.serial_number import (
    PARAMETERS,
    SOURCE,
    OnNumber,
    check_stays,
    find_number,
    forget_number,
    made_number,
    owner,
)
from openlpar.ports.records import Job, SerialTransfer
from openlpar.ports.state import Change, World
from openlpar.uom.job import JobStatus
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition_state import PartitionState

HANDED_OVER = "handed over"
"""What a job awaits whose number is on its way; no partition ever is in this state, so only the other system's answer ends it."""
OWN = Evidence(Level.ASSUMED, "OpenLPAR's own: how real systems agree on a transfer is not public")
LAST_ID = 65535


@dataclass
class TransferNumber(OnNumber, name="system.transfer_vsn", job="TransferVSN", groups=("ManagedSystem",)):
    """Gives a number that no partition has to another system, and there to a partition that is off."""

    evidence = SOURCE

    system: str = ""
    url: str = ""
    lpar_id: int = 0
    keeps_assigning: bool = True

    parameters: ClassVar[dict[str, str]] = {
        **PARAMETERS,
        "TargetManagedSystem": "name or MTMS of the other system",
        "UserName": "accepted, without effect: the systems know each other by command or by the key of their consoles",
        "Host": "its address, with :port unless that is 12443, when it knows this one by an authorized key",
        "TargetLparID": "partition there that gets it; none without it",
    }
    waits: ClassVar[bool] = True
    _other: str = field(default="", init=False, repr=False)

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        made = super().from_job(target, parameters)
        made.system = parameters.get("TargetManagedSystem", "").strip()
        if not made.system:
            raise general.MISSING_VALUE.error(object=f"Job {cls.job}", field="TargetManagedSystem")
        made.url = https_url("Host", parameters.get("Host", "").strip())
        made.lpar_id = whole_number(cls.job, parameters, "TargetLparID", 0, 1, LAST_ID)
        made.keeps_assigning = made.auto_assign
        return made

    def check(self, world: World) -> None:
        system = world.get(ManagedSystem, self.target)
        check_stays(world, self.serial)
        number, holder = find_number(world, self.serial), owner(world, self.serial)
        if number is None:
            raise say.NO_SERIAL.error(system=system.system_name, serial=self.serial)
        if holder is not None:
            raise say.SERIAL_TAKEN.error(serial=self.serial, partition=holder.name)
        self._transfer = SerialTransfer(
            uuid=self.serial,
            other=self._other,
            auto_assign=number.auto_assign and self.keeps_assigning,
            lpar_id=self.lpar_id,
            job=self.job_id,
        )

    async def consult(self, world: World) -> None:
        """A system that would not take it says so before anything has changed."""
        self._other = (await known_peer(self.edges, world, self.system, self.url)).name
        self._transfer = replace(self._transfer, other=self._other)
        answer = await self.edges.peers.ask(self._other, "would_take_number", asked(self._transfer))
        if refusal := answer.get("refused", ""):
            raise say.SERIAL_REFUSED.error(serial=self.serial, system=self._other, cause=refusal)

    def steps(self) -> Iterable[Step]:
        yield Step("take the number off this system", self._take_off)

    def _take_off(self, change: Change) -> None:
        forget_number(change, self.serial)
        change.put(self._transfer)
        job = change.find(Job, self.job_id) if self.job_id else None
        if job is not None:
            change.put(replace(job, status=JobStatus.RUNNING.value, awaits=(HANDED_OVER,)))


def asked(transfer: SerialTransfer) -> dict[str, object]:
    """What the other system is asked about a number."""
    return {"serial": transfer.uuid, "auto_assign": transfer.auto_assign, "lpar_id": transfer.lpar_id}


@dataclass
class EndTransfer(Operation, name="serial_transfer.end"):
    """The other system has answered. refusal: why it does not take the number, which then comes back; "" when it has it."""

    evidence = OWN
    master_only = False

    serial: str
    refusal: str = ""

    def locks(self) -> Iterable[str]:
        return ("partitions",)

    def about(self, world: World) -> str:
        return self.serial

    def check(self, world: World) -> None:
        self._transfer = world.get(SerialTransfer, self.serial)

    def steps(self) -> Iterable[Step]:
        if self.refusal:
            yield Step("take the number back", self._take_back)
        yield Step("end its job", self._end)

    def _take_back(self, change: Change) -> None:
        change.put(made_number(managed_system(change).uuid, self.serial, self._transfer.auto_assign))

    def _end(self, change: Change) -> None:
        transfer = self._transfer
        change.remove(transfer)
        job = change.find(Job, transfer.job) if transfer.job else None
        if job is None:
            return
        if self.refusal:
            refused = say.SERIAL_REFUSED.error(serial=self.serial, system=transfer.other, cause=self.refusal)
            change.put(failed(job, str(refused), {}, change.clock.now()))
        else:
            told = f"System {transfer.other} has virtual serial number {self.serial}."
            change.put(succeeded(job, {"result": told}, change.clock.now()))


@dataclass
class TakeNumber(Operation, name="serial_transfer.take"):
    """A number comes from another system. lpar_id: of the partition that gets it, 0 for none."""

    evidence = OWN

    serial: str
    auto_assign: bool
    lpar_id: int = 0

    def locks(self) -> Iterable[str]:
        return ("partitions",)

    def about(self, world: World) -> str:
        return self.serial

    def check(self, world: World) -> None:
        system = managed_system(world)
        self._number = made_number(system.uuid, self.serial, self.auto_assign)
        self._partition: LogicalPartition | None = None
        if self.lpar_id:
            found = partition_with_id(world, self.lpar_id)
            if not isinstance(found, LogicalPartition):
                raise say.NO_PARTITION.error(system=system.system_name, lpar_id=self.lpar_id, serial=self.serial)
            if found.state != PartitionState.NOT_ACTIVATED:
                raise partition.NEEDS_POWER_OFF.error(
                    field="VirtualSerialNumber", partition=found.name, state=found.state
                )
            self._partition = found
        if find_number(world, self.serial) is not None:
            raise say.SERIAL_HERE.error(serial=self.serial, system=system.system_name)

    def steps(self) -> Iterable[Step]:
        yield Step("add the number", lambda change: change.put(self._number))
        if self._partition is not None:
            yield Step("give it to the partition", self._give)

    def _give(self, change: Change) -> None:
        assert self._partition is not None
        change.put(self._partition.evolve(virtual_serial_number=self.serial))
