"""What a co-managing HMC does with the master role, as far as the NovaLink notices. Asked for on the admin face, until there is
an HMC."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from openlpar.messages import general, simulation
from openlpar.messages import system as say
from openlpar.ops import mastery
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Evidence, Level, Operation, Step
from openlpar.ops.due import comes_due
from openlpar.ops.mastery import NOVALINK
from openlpar.ops.system.roles import put, settled
from openlpar.ports.records import CoManagement, Due
from openlpar.ports.state import Change, World
from openlpar.uom.managed_system import ManagedSystem

# What a Due of an HMC's operation is for.
DUE = "hmc"
_LONGEST_NAME = 64
_LONGEST_S = 86_400


@dataclass
class HmcOperation(Operation):
    """Something that the HMC of that name does. It registers itself by ``does``, the word for it."""

    by_word: ClassVar[dict[str, type[HmcOperation]]] = {}
    evidence = Evidence(Level.DOCUMENTED, "HMC command chcomgmt; modes and waiting: comanagement-rmc 2")
    master_only = False

    console: str

    def __init_subclass__(cls, *, does: str) -> None:
        super().__init_subclass__(name=f"hmc.{does}")
        cls.by_word[does] = cls

    def locks(self) -> Iterable[str]:
        return ("co-management",)

    def about(self, world: World) -> str:
        return self.console

    def check(self, world: World) -> None:
        self._system = managed_system(world)
        self._after = self._wished(world, self._system)

    @abstractmethod
    def _wished(self, world: World, system: ManagedSystem) -> CoManagement | None:
        """What will be so. Raises Failure."""
        ...

    def _known(self, world: World, system: ManagedSystem) -> CoManagement:
        joint = mastery.co_management(world, system)
        if joint is None or self.console not in joint.consoles:
            known = ", ".join(joint.consoles) if joint is not None else "none"
            raise say.NO_CONSOLE.error(console=self.console, system=system.system_name, known=known)
        return joint

    def steps(self) -> Iterable[Step]:
        yield Step("note what the HMC does", self._note)

    def _note(self, change: Change) -> None:
        put(change, self._system, self._after)


class Connect(HmcOperation, does="connect"):
    """It manages the system from now on, beside the NovaLink, which stays master."""

    def _wished(self, world: World, system: ManagedSystem) -> CoManagement:
        cause = ""
        if not self.console.isascii() or not self.console.isprintable() or self.console != self.console.strip():
            cause = "it is not plain printable text"
        elif not 1 <= len(self.console) <= _LONGEST_NAME:
            cause = f"it has {len(self.console)} characters"
        elif self.console == NOVALINK:
            cause = "that is the other side"
        if cause:
            raise general.BAD_VALUE.error(
                field="name",
                object="the HMC",
                value=repr(self.console),
                cause=cause,
                wanted=f"1 to {_LONGEST_NAME} characters",
            )
        joint = mastery.co_management(world, system) or CoManagement(uuid=system.uuid, consoles=())
        return joint if self.console in joint.consoles else replace(joint, consoles=(*joint.consoles, self.console))


@dataclass
class TakeRole(HmcOperation, does="take"):
    """It takes the master role: ``chcomgmt -o setmaster``."""

    mode: str = "norm"
    force: bool = False

    def _wished(self, world: World, system: ManagedSystem) -> CoManagement:
        if self.mode not in mastery.MODES:
            raise general.BAD_VALUE.error(
                field="mode",
                object=f"HMC {self.console}",
                value=repr(self.mode),
                cause="there is no such mode",
                wanted=f"one of {', '.join(mastery.MODES)}",
            )
        joint = self._known(world, system)
        joint = mastery.requested(joint, self.console, self.mode, force=self.force, system=system.system_name)
        return settled(self, world, joint, force=self.force)


class ReleaseRole(HmcOperation, does="release"):
    """It gives the role back, or no longer waits for it: ``chcomgmt -o relmaster``."""

    def _wished(self, world: World, system: ManagedSystem) -> CoManagement:
        return settled(self, world, mastery.released(self._known(world, system), self.console, system.system_name))


class Disconnect(HmcOperation, does="disconnect"):
    """It manages the system no longer; the role does not go with it."""

    def _wished(self, world: World, system: ManagedSystem) -> CoManagement | None:
        return mastery.without(self._known(world, system), self.console)


@dataclass
class Work(HmcOperation, does="work"):
    """It has an operation under way for that long, such as a firmware update."""

    seconds: int = 60

    def _wished(self, world: World, system: ManagedSystem) -> CoManagement:
        joint = self._known(world, system)
        if joint.holder != self.console:
            raise say.CONSOLE_IDLE.error(console=self.console, system=system.system_name, holder=joint.holder)
        if not 1 <= self.seconds <= _LONGEST_S:
            raise general.BAD_VALUE.error(
                field="seconds",
                object=f"HMC {self.console}",
                value=self.seconds,
                cause="it is out of bounds",
                wanted=f"a number from 1 to {_LONGEST_S}",
            )
        return replace(joint, busy=(*(one for one in joint.busy if one != self.console), self.console))

    def steps(self) -> Iterable[Step]:
        yield from super().steps()
        yield Step("let the operation end", self._schedule)

    def _schedule(self, change: Change) -> None:
        change.cancel(self.console, DUE)
        change.schedule(self.seconds * 1000, DUE, self.console)


def made(wish: Mapping[str, Any]) -> HmcOperation:
    """The operation that ``{"console": …, "does": …}`` with further fields describes. Raises Failure BAD_BODY."""
    does = wish.get("does")
    kind = HmcOperation.by_word.get(does) if isinstance(does, str) else None
    if kind is None:
        raise simulation.BAD_BODY.error(cause=f"does is {does!r}", wanted=f"one of {', '.join(HmcOperation.by_word)}")
    known = {field.name: field for field in fields(kind)}
    values = {name: value for name, value in wish.items() if name != "does"}
    for name, value in values.items():
        if name not in known or type(value).__name__ != known[name].type:
            wanted = ", ".join(f"{field.name} ({field.type})" for field in known.values())
            raise simulation.BAD_BODY.error(cause=f"{name} is {value!r}", wanted=f"{does} with {wanted}")
    if "console" not in values:
        raise simulation.BAD_BODY.error(cause="there is no console", wanted="the name of the HMC in console")
    return kind(**values)


@comes_due(DUE)
def end_work(change: Change, due: Due) -> None:
    """The operation of the HMC that the Due is about has ended."""
    for joint in list(change.all(CoManagement)):
        if due.subject in joint.busy:
            change.put(replace(joint, busy=tuple(one for one in joint.busy if one != due.subject)))


def plain(world: World) -> dict[str, object]:
    """Who manages the system and who is master, as the admin face answers."""
    system = managed_system(world)
    joint = mastery.co_management(world, system)
    shown = {"system": system.system_name, "co_managed": joint is not None, "master": NOVALINK}
    if joint is None:
        return shown
    return shown | {
        "master": joint.holder,
        "mode": joint.mode,
        "former": joint.former,
        "requested": joint.requested,
        "requested_mode": joint.requested_mode,
        "consoles": [{"name": one, "busy": one in joint.busy} for one in joint.consoles],
    }
