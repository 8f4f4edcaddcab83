"""The system's firmware: two sides, of which the temporary one gets what is loaded, and the permanent one what has proved itself.

A co-managed system has its firmware updated from the HMC only (comanagement-rmc 3). How a NovaLink's ``ldfware`` reaches the
firmware is not public: the job is our own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.messages import system as say
from openlpar.ops import mastery
from openlpar.ops.capacity import is_active
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ports.records import Firmware
from openlpar.ports.state import Change, World
from openlpar.uom.firmware import FirmwareLevel, FirmwarePackage
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem, PowerOnSide
from openlpar.uom.virtual_io_server import VirtualIOServer

_OPERATIONS = ("list", "update", "commit", "remove")


def firmware_of(world: World, system: ManagedSystem) -> Firmware:
    return world.find(Firmware, system.uuid) or Firmware.shipped(system)


@dataclass
class UpdateFirmware(JobOperation, name="system.update_firmware", job="UpdateFirmware", groups=("ManagedSystem",)):
    """Loads, accepts (commit) or takes back (remove) a level, or lists the levels.

    An update goes to the temporary side; when that is the one in use, what it holds is accepted first. It is activated at once:
    while partitions run where the package allows it, else by a restart of the system, which has to be asked for and needs all
    partitions but the NovaLink's to be off.
    """

    evidence = Evidence(Level.ASSUMED, "NovaLink tutorial names ldfware, its way into the system is not public")
    master_only = False  # an HMC that is only connected is enough to refuse it

    target: str
    what: str
    package: str
    disruptive: bool

    parameters: ClassVar[dict[str, str]] = {
        "operation": f"one of {', '.join(_OPERATIONS)}",
        "package": "with update: the name of the package, 01SV860_226_165",
        "disruptive": "true: the system may be restarted",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        what = one_of(cls.job, parameters, "operation", _OPERATIONS, "list")
        disruptive = one_of(cls.job, parameters, "disruptive", ("true", "false"), "false")
        return cls(target, what, parameters.get("package", ""), disruptive == "true")

    def locks(self) -> Iterable[str]:
        return (self.target, "partitions")

    def about(self, world: World) -> str:
        system = world.find(ManagedSystem, self.target)
        return system.system_name if system is not None else self.target

    def check(self, world: World) -> None:
        self._system = system = world.get(ManagedSystem, self.target)
        self._after = firmware_of(world, system)
        if self.what == "list":
            return
        joint = mastery.co_management(world, system)
        if joint is not None:
            raise say.FIRMWARE_OF_HMC.error(system=system.system_name, consoles=", ".join(joint.consoles))
        self._after = {"update": self._updated, "commit": self._committed, "remove": self._removed}[self.what](world)

    def _updated(self, world: World) -> Firmware:
        now, system = self._after, self._system.system_name
        active = FirmwareLevel.parsed(now.active)
        try:
            package = FirmwarePackage.named(self.package)
        except ValueError as wrong:
            raise say.BAD_PACKAGE.error(name=self.package or "a package without a name", cause=wrong) from wrong
        if package.level.machines != active.machines:
            raise say.OTHER_FIRMWARE.error(package=package, system=system, active=active)
        if str(package.level) == now.temporary:
            raise say.SAME_FIRMWARE.error(system=system, level=package.level)
        cause = package.restart_because(active)
        if cause:
            self._check_restart(world, f"Activating firmware {package.level}", cause)
        accepted = now.temporary if now.active == now.temporary else now.permanent
        return replace(now, temporary=str(package.level), permanent=accepted, active=str(package.level))

    def _committed(self, world: World) -> Firmware:
        now = self._after
        if now.temporary == now.permanent:
            raise say.SIDES_EQUAL.error(system=self._system.system_name, level=now.permanent)
        return replace(now, permanent=now.temporary)

    def _removed(self, world: World) -> Firmware:
        now = self._after
        if now.temporary == now.permanent:
            raise say.SIDES_EQUAL.error(system=self._system.system_name, level=now.permanent)
        if now.active == now.temporary:
            self._check_restart(world, f"Removing firmware {now.temporary}", "it is the activated one")
        return replace(now, temporary=now.permanent, active=now.permanent)

    def _check_restart(self, world: World, task: str, cause: str) -> None:
        system = self._system.system_name
        if not self.disruptive:
            raise say.FIRMWARE_RESTARTS.error(task=task, system=system, cause=cause)
        partitions = [one for kind in (LogicalPartition, VirtualIOServer) for one in world.all(kind)]
        on = [one.name for one in partitions if is_active(one) and not one.is_mgmt_partition]
        if on:
            shown = ", ".join(on[:5]) + (f" and {len(on) - 5} others" if len(on) > 5 else "")
            raise say.FIRMWARE_PARTITIONS.error(task=task, system=system, partitions=shown)

    def steps(self) -> Iterable[Step]:
        if self.what != "list":
            yield Step("write the firmware", self._write)
            yield Step("start from the temporary side", self._start)

    def _write(self, change: Change) -> None:
        change.put(self._after)

    def _start(self, change: Change) -> None:
        side = PowerOnSide.TEMPORARY.value
        configuration = self._system.ipl_config
        if configuration.get("current_power_on_side") not in (None, side):
            sides = configuration.evolve(current_power_on_side=side, pending_power_on_side=side)
            change.put(self._system.evolve(ipl_config=sides))

    @property
    def results(self) -> dict[str, str]:
        now = self._after
        return {"activated": now.active, "temporary": now.temporary, "permanent": now.permanent}
