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
from openlpar.ops.system.unsupported import Unsupported
from openlpar.ops.views import view
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.serial_number import VirtualSerialNumberInformation

UNASSIGNED = 65535
_FORM = re.compile("[A-Z0-9]{7}")
_PARAMETERS = {
    "VirtualSerialNumber": "the number",
    "ResetAutoAssign": "true: it is not given to new partitions by itself",
}
_SOURCE = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")


def owner(world: World, serial: str) -> LogicalPartition | None:
    """The partition that has a virtual serial number."""
    return next((one for one in world.all(LogicalPartition) if one.virtual_serial_number == serial), None)


def find_number(world: World, serial: str) -> VirtualSerialNumberInformation | None:
    return next((one for one in world.all(VirtualSerialNumberInformation) if one.vsn == serial), None)


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
class _OnNumber(JobOperation):
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


class AddNumber(_OnNumber, name="system.add_vsn", job="AddVSN", groups=("ManagedSystem",)):
    """Makes a number known that was bought; one that is there only changes whether it is assigned by itself."""

    evidence = _SOURCE
    parameters = _PARAMETERS

    def check(self, world: World) -> None:
        world.get(ManagedSystem, self.target)

    def steps(self) -> Iterable[Step]:
        yield Step("add the number", self._add)

    def _add(self, change: Change) -> None:
        before = find_number(change, self.serial)
        made = before or VirtualSerialNumberInformation(
            uuid=str(
                uuids.uuid3(uuids.NAMESPACE_URL, f"ManagedSystem/{self.target}/VirtualSerialNumber/{self.serial}")
            ),
            parent=self.target,
            vsn=self.serial,
            assoc_partition_id=UNASSIGNED,
        )
        after = made.evolve(auto_assign=self.auto_assign)
        if after != before:
            change.put(after)


class RemoveNumber(_OnNumber, name="system.remove_vsn", job="RemoveVSN", groups=("ManagedSystem",)):
    """Gives up a number that no partition has."""

    evidence = _SOURCE
    parameters = _PARAMETERS

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


class TransferNumber(Unsupported, name="system.transfer_vsn", job="TransferVSN", groups=("ManagedSystem",)):
    """Numbers stay where they were bought."""

    evidence = _SOURCE

    what = "Transferring a virtual serial number"
    parameters = {
        **_PARAMETERS,
        "TargetManagedSystem": "the other system",
        "UserName": "user on the other side",
        "Host": "address of the other side",
        "TargetLparID": "partition that gets it",
    }
