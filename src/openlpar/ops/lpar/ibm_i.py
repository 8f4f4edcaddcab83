"""Jobs for IBM i partitions: licence keys and the functions of the operator panel.

What a panel function does inside the operating system is not simulated beyond its line on the console; a dump with restart is the
restart that PowerOff does too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from openlpar.messages import general
from openlpar.messages import licensing as say
from openlpar.messages import system as say_of_system
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ops.lpar.power_off import PowerOff
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ports.hypervisor import Stop
from openlpar.ports.records import Console, LicenceKeys
from openlpar.ports.state import Change, World
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionState, PartitionType

_LONGEST_KEY = 4096
_DUMP_AND_RESTART = "dumprestart"
_FUNCTIONS = {
    _DUMP_AND_RESTART: "main storage dump, then restart",
    "dston": "dedicated service tools on the console",
    "retrydump": "main storage dump again",
    "remotedstoff": "remote service off",
    "remotedston": "remote service on",
    "iopreset": "I/O processor of the disks reset",
    "iopdump": "I/O processor of the disks dumped",
    "consoleservice": "console service functions",
}
"""Functions of the panel by the client's names, and what the console says when one is pressed."""


@dataclass
class _OnIbmI(JobOperation):
    """A job that only an IBM i partition has. wish: its one parameter."""

    target: str
    wish: str

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        return existing_partition(world, self.target).name

    def check(self, world: World) -> None:
        partition = existing_partition(world, self.target)
        if partition.env != PartitionType.OS400:
            raise say_of_system.ONLY_IBM_I.error(job=self.job, partition=partition.name, type=partition.env)
        self._check(world, partition)

    def _check(self, world: World, partition: BasePartition) -> None: ...


class AddLicense(_OnIbmI, name="lpar.add_license", job="AddLicense", groups=("LogicalPartition",)):
    """Gives the partition a licence key; it is kept with the partition. The same key once more changes nothing."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.partition")

    parameters = {"licKey": "the key"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        if not parameters.get("licKey", "").strip():
            raise general.MISSING_VALUE.error(object=f"Job {cls.job}", field="licKey")
        return cls(target, parameters["licKey"].strip())

    def _check(self, world: World, partition: BasePartition) -> None:
        cause = ""
        if len(self.wish) > _LONGEST_KEY:
            cause = f"it has {len(self.wish)} characters"
        elif not all(char.isprintable() or char in "\r\n\t" for char in self.wish):
            cause = "it has characters that are not printable"
        if cause:
            raise say.BAD_LICENCE.error(partition=partition.name, cause=cause, limit=_LONGEST_KEY)

    def steps(self) -> Iterable[Step]:
        yield Step("keep the key", self._keep)

    def _keep(self, change: Change) -> None:
        kept = change.find(LicenceKeys, self.target) or LicenceKeys(uuid=self.target)
        if self.wish not in kept.keys:
            change.put(replace(kept, keys=(*kept.keys, self.wish)))


@dataclass
class PanelFunction(_OnIbmI, name="lpar.panel_function", job="PanelFunction", groups=("LogicalPartition",)):
    """Presses a button of the operator panel."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.ibmi")

    parameters = {"operation": f"one of {', '.join(_FUNCTIONS)}"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target, one_of(cls.job, parameters, "operation", _FUNCTIONS, None))

    @property
    def awaits(self) -> tuple[str, ...]:
        return self._restart.awaits if self.wish == _DUMP_AND_RESTART else ()

    def _check(self, world: World, partition: BasePartition) -> None:
        if partition.state != PartitionState.RUNNING:
            raise say.PANEL_STATE.error(function=self.wish, partition=partition.name, state=partition.state)
        if self.wish == _DUMP_AND_RESTART:
            self._restart.check(world)

    def __post_init__(self) -> None:
        self._restart = PowerOff(self.target, Stop.DUMP, immediate=False, restart=True)

    def steps(self) -> Iterable[Step]:
        yield Step("press the button", self._press)
        if self.wish == _DUMP_AND_RESTART:
            self._restart.edges = self.edges
            yield from self._restart.steps()

    def _press(self, change: Change) -> None:
        console = change.find(Console, self.target) or Console(uuid=self.target)
        change.put(console.showing(f"\r\nOperator panel: {_FUNCTIONS[self.wish]}\r\n"))
