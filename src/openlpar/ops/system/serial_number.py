"""Virtual serial numbers: which a system has is stored; which partition has one stands at the partition, and is derived here."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.messages import licensing as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ops.views import view
from openlpar.ports.records import SerialTransfer
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.serial_number import VirtualSerialNumberInformation

UNASSIGNED = 65535
_FORM = re.compile("[A-Z0-9]{7}")
PARAMETERS = {
    "VirtualSerialNumber": "the number",
    "ResetAutoAssign": "true: it is not given to new partitions by itself",
}
SOURCE = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")


def owner(world: World, serial: str) -> LogicalPartition | None:
    """The partition that has a virtual serial number."""
    return next((one for one in world.all(LogicalPartition) if one.virtual_serial_number == serial), None)


def find_number(world: World, serial: str) -> VirtualSerialNumberInformation | None:
    return next((one for one in world.all(VirtualSerialNumberInformation) if one.vsn == serial), None)


def made_number(system: str, serial: str, auto_assign: bool) -> VirtualSerialNumberInformation:
    """system: uuid of the managed system."""
    return VirtualSerialNumberInformation(
        uuid=str(uuids.uuid3(uuids.NAMESPACE_URL, f"ManagedSystem/{system}/VirtualSerialNumber/{serial}")),
        parent=system,
        vsn=serial,
        assoc_partition_id=UNASSIGNED,
        auto_assign=auto_assign,
    )


def forget_number(change: Change, serial: str) -> None:
    number = find_number(change, serial) if serial else None
    if number is not None:
        change.remove(number)


def check_stays(world: World, serial: str) -> None:
    """Refuses a number of which another system has not said yet whether it takes it."""
    leaving = world.find(SerialTransfer, serial)
    if leaving is not None:
        raise say.SERIAL_LEAVING.error(serial=serial, system=leaving.other, job=leaving.job)


@view(VirtualSerialNumberInformation, depends="world")
def shown_number(world: World, number: VirtualSerialNumberInformation) -> VirtualSerialNumberInformation:
    partition = owner(world, number.vsn)
    return number.evolve(assoc_partition_id=partition.id if partition is not None else UNASSIGNED)


def check_number(world: World, partition: BasePartition, serial: str) -> None:
    """Refuses a number that the system has not, or that another partition has; "" gives the partition's back."""
    if not serial:
        return
    number = find_number(world, serial)
    if number is None:
        system = next(iter(world.all(ManagedSystem)))
        raise say.NO_SERIAL.error(system=system.system_name, serial=serial)
    other = owner(world, serial)
    if other is not None and other.uuid != partition.uuid:
        raise say.SERIAL_TAKEN.error(serial=serial, partition=other.name)


@dataclass
class OnNumber(JobOperation):
    """A job about one number of a system."""

    target: str
    serial: str
    auto_assign: bool

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        serial = parameters.get("VirtualSerialNumber", "").strip()
        if not serial:
            raise general.MISSING_VALUE.error(object=f"Job {cls.job}", field="VirtualSerialNumber")
        if not _FORM.fullmatch(serial):
            raise say.BAD_SERIAL.error(value=serial)
        reset = one_of(cls.job, parameters, "ResetAutoAssign", ("true", "false"), "false")
        return cls(target, serial, reset == "false")

    def locks(self) -> Iterable[str]:
        return (self.target, "partitions")

    def about(self, world: World) -> str:
        return self.serial


class AddNumber(OnNumber, name="system.add_vsn", job="AddVSN", groups=("ManagedSystem",)):
    """Makes a number known that was bought; one that is there only changes whether it is assigned by itself."""

    evidence = SOURCE
    parameters = PARAMETERS

    def check(self, world: World) -> None:
        world.get(ManagedSystem, self.target)
        check_stays(world, self.serial)

    def steps(self) -> Iterable[Step]:
        yield Step("add the number", self._add)

    def _add(self, change: Change) -> None:
        after = made_number(self.target, self.serial, self.auto_assign)
        if after != find_number(change, self.serial):
            change.put(after)


class RemoveNumber(OnNumber, name="system.remove_vsn", job="RemoveVSN", groups=("ManagedSystem",)):
    """Gives up a number that no partition has."""

    evidence = SOURCE
    parameters = PARAMETERS

    def check(self, world: World) -> None:
        system = world.get(ManagedSystem, self.target)
        if find_number(world, self.serial) is None:
            raise say.NO_SERIAL.error(system=system.system_name, serial=self.serial)
        partition = owner(world, self.serial)
        if partition is not None:
            raise say.SERIAL_TAKEN.error(serial=self.serial, partition=partition.name)

    def steps(self) -> Iterable[Step]:
        yield Step("remove the number", self._remove)

    def _remove(self, change: Change) -> None:
        number = find_number(change, self.serial)
        assert number is not None
        change.remove(number)
