"""Jobs for IBM i partitions: licence keys and the functions of the operator panel.

A simulated IBM i has neither, so after the checks that a real system makes these are refused too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.core import Evidence, Level
from openlpar.ops.job_parameters import one_of
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ops.system.unsupported import Unsupported
from openlpar.ports.state import World
from openlpar.uom.partition_state import PartitionType

_FUNCTIONS = (
    "dumprestart",
    "dston",
    "retrydump",
    "remotedstoff",
    "remotedston",
    "iopreset",
    "iopdump",
    "consoleservice",
)


@dataclass
class _IbmI(Unsupported):
    """A job that only an IBM i partition has."""

    def check(self, world: World) -> None:
        partition = existing_partition(world, self.target)
        if partition.env != PartitionType.OS400:
            raise say.ONLY_IBM_I.error(job=self.job, partition=partition.name, type=partition.env)
        super().check(world)


class AddLicense(_IbmI, name="lpar.add_license", job="AddLicense", groups=("LogicalPartition",)):
    """Gives the partition a licence key."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.partition")

    what = "Adding a licence key"
    parameters = {"licKey": "the key"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        if not parameters.get("licKey"):
            raise general.MISSING_VALUE.error(object=f"Job {cls.job}", field="licKey")
        return super().from_job(target, parameters)


class PanelFunction(_IbmI, name="lpar.panel_function", job="PanelFunction", groups=("LogicalPartition",)):
    """Presses a button of the operator panel."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.ibmi")

    what = "An operator panel function"
    parameters = {"operation": f"one of {', '.join(_FUNCTIONS)}"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        one_of(cls.job, parameters, "operation", _FUNCTIONS, None)
        return super().from_job(target, parameters)
