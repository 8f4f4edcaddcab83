"""Jobs that exist, with their parameters, and that fail with a message that says what is missing: nothing is pretended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, JobOperation, Level
from openlpar.ops.job_parameters import check_known
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ports.state import World
from openlpar.uom.managed_system import ManagedSystem

_NUMBER = {"VirtualSerialNumber": "the number"}


@dataclass
class Unsupported(JobOperation):
    """A job of a partition or a system that this system cannot do. what: what messages call it."""

    master_only = False

    target: str
    what: ClassVar[str] = ""

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    def check(self, world: World) -> None:
        if "ManagedSystem" in self.groups:
            world.get(ManagedSystem, self.target)
        else:
            existing_partition(world, self.target)
        raise general.UNSUPPORTED.error(operation=f"{self.what} (job {self.job})")


class AddSerialNumber(Unsupported, name="system.add_vsn", job="AddVSN", groups=("ManagedSystem",)):
    """Virtual serial numbers are bought, and there is no shop."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")

    what = "Adding a virtual serial number"
    parameters = {**_NUMBER, "ResetAutoAssign": "true"}


class RemoveSerialNumber(Unsupported, name="system.remove_vsn", job="RemoveVSN", groups=("ManagedSystem",)):
    """See AddSerialNumber."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")

    what = "Removing a virtual serial number"
    parameters = {**_NUMBER, "ResetAutoAssign": "true"}


class TransferSerialNumber(Unsupported, name="system.transfer_vsn", job="TransferVSN", groups=("ManagedSystem",)):
    """See AddSerialNumber."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")

    what = "Transferring a virtual serial number"
    parameters = {
        **_NUMBER,
        "ResetAutoAssign": "true",
        "TargetManagedSystem": "the other system",
        "UserName": "user on the other side",
        "Host": "address of the other side",
        "TargetLparID": "partition that gets it",
    }
