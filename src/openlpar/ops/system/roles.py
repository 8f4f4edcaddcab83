"""Jobs: the master role (newer word: controller) of a system, which a NovaLink and an HMC can pass to each other.

Here is no HMC: the NovaLink has the role and keeps it. Asking for it is granted, in both ways (``norm``, ``temp``); giving it
away is refused, because there is nobody to take it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from openlpar.messages import system as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.job_parameters import check_known, one_of
from openlpar.ports.state import Change, World
from openlpar.uom.managed_system import ManagedSystem

_WAYS = ("norm", "temp")
_MEANING = "norm, or temp: the one before gets it back at once when it is released"


@dataclass
class _Request(JobOperation):
    """Takes a role. role: how its fields of the system end."""

    target: str
    role: ClassVar[str] = ""

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        for name in cls.parameters:
            one_of(cls.job, parameters, name, _WAYS, "norm")
        return cls(target)

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        system = world.find(ManagedSystem, self.target)
        return system.system_name if system is not None else self.target

    def check(self, world: World) -> None:
        world.get(ManagedSystem, self.target)

    def steps(self) -> Iterable[Step]:
        yield Step("take the role", self._take)

    def _take(self, change: Change) -> None:
        system = change.get(ManagedSystem, self.target)
        roles: dict[str, Any] = {
            f"session_is_{self.role}": True,
            f"is_mgmt_partition_{self.role}": True,
            f"is_hmc_{self.role}": False,
        }
        if any(system.get(name) != value for name, value in roles.items()):
            change.put(system.evolve(**roles))


@dataclass
class _Release(JobOperation):
    """Gives a role away: always refused here."""

    target: str
    role: ClassVar[str] = ""

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    def check(self, world: World) -> None:
        system = world.get(ManagedSystem, self.target)
        raise say.NO_TAKER.error(system=system.system_name, role=self.role)


class RequestMaster(_Request, name="system.request_master", job="RequestMaster", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.master_mode")

    role = "master"
    parameters = {"coManagementMasterStatus": _MEANING}


class ReleaseMaster(_Release, name="system.release_master", job="ReleaseMaster", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.master_mode")

    role = "master"


class RequestController(_Request, name="system.request_controller", job="RequestController", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")

    role = "controller"
    parameters = {"coManagementControllerStatus": _MEANING}


class ReleaseController(_Release, name="system.release_controller", job="ReleaseController", groups=("ManagedSystem",)):
    """See the module."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's calls and parameters, newer than 1.1.27")

    role = "controller"
