"""Opening a partition's console, typing on it, closing it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from openlpar.messages import Failure
from openlpar.messages import console as say
from openlpar.ops.core import Edges, Evidence, Level, Operation, Step, partition_of
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Console, ConsoleSession
from openlpar.ports.state import Change, World
from openlpar.ports.terminal import Terminal
from openlpar.uom.virtual_io_server import VirtualIOServer


def session_of(world: World, uuid: str) -> ConsoleSession | None:
    """Who has the console of the partition with this uuid."""
    return world.find(ConsoleSession, uuid)


def own_session(world: World, uuid: str, session: str) -> ConsoleSession:
    """Raises Failure NO_SESSION when this session was closed."""
    partition = existing_partition(world, uuid)
    found = session_of(world, uuid)
    if found is None or found.session != session:
        raise say.NO_SESSION.error(session=session, partition=partition.name, id=partition.id)
    return found


@dataclass
class _OnConsole(Operation):
    """An operation on the console of the partition with this uuid. Power commands and console do not lock each other out."""

    master_only = False

    uuid: str

    def locks(self) -> Iterable[str]:
        return (f"console/{self.uuid}",)

    def about(self, world: World) -> str:
        partition = partition_of(world, self.uuid)
        return partition.name if partition else self.uuid


@dataclass
class OpenConsole(_OnConsole, name="console.open"):
    """Takes the console. user: for whom; displaced: a session that may be pushed out, because its owner has gone away;
    vnc: port of the VNC server that it is for, 0 for none.

    Afterwards: session, its id; position, where what the console has shown since the last activation begins.
    """

    evidence = Evidence(Level.ASSUMED, "OpenLPAR's own: a genuine NovaLink has no such resource")

    user: str
    displaced: str = ""
    vnc: int = 0
    session: str = ""
    position: int = 0

    def check(self, world: World) -> None:
        partition = existing_partition(world, self.uuid)
        found = session_of(world, self.uuid)
        if found is not None and found.session != self.displaced:
            raise say.BUSY.error(partition=partition.name, user=found.user, id=partition.id)

    def steps(self) -> Iterable[Step]:
        yield Step("take the console", self._take)

    def _take(self, change: Change) -> None:
        self.session = change.entropy.uuid()
        console = change.find(Console, self.uuid) or Console(uuid=self.uuid)
        self.position = max(console.activated, console.written - len(console.text))
        opened = change.clock.now()
        change.put(ConsoleSession(uuid=self.uuid, session=self.session, user=self.user, opened=opened, vnc=self.vnc))


@dataclass
class TypeOnConsole(_OnConsole, name="console.write"):
    """Types a text on the console. text: "" to let a program there draw anew, where its time has come."""

    evidence = Evidence(Level.ASSUMED, "OpenLPAR's own: a genuine NovaLink has no such resource")

    session: str
    text: str = field(repr=False)  # it may be a password

    def check(self, world: World) -> None:
        own_session(world, self.uuid, self.session)

    def steps(self) -> Iterable[Step]:
        self._undos: list[Callable[[], None]] = []
        yield Step("type", self._type, undo=self._take_back)

    def _take_back(self, change: Change) -> None:
        for undo in reversed(self._undos):
            undo()

    def _type(self, change: Change) -> None:
        partition = existing_partition(change, self.uuid)
        self.edges.hypervisor.type_on_console(
            change, partition, self.text, _Shell(change, self.uuid, self.edges, self._undos)
        )


@dataclass
class _Shell:
    """See ``ports.hypervisor.Padmin``. What a command alters becomes durable with what the console shows of it."""

    change: Change
    vios: str
    edges: Edges
    undos: list[Callable[[], None]]

    def run(self, command: str, terminal: Terminal) -> CommandResult:
        run: Any = Operation.registry["vios.run_command"]
        operation = run(vios=self.vios, command=command, terminal=terminal)
        operation.edges = self.edges
        change = self.change
        try:
            operation.check(change)
        except Failure as refused:
            return CommandResult(stderr=f"{refused}\n", status=1)
        for step in operation.steps():
            step.do(change)
            if step.undo is not None:
                self.undos.append(functools.partial(step.undo, change))
        result: CommandResult = operation.result
        return result

    def log_on(self, name: str, password: str | None) -> CommandResult:
        return self.edges.io_server.log_on(self.change, self.change.get(VirtualIOServer, self.vios), name, password)


@dataclass
class CloseConsole(_OnConsole, name="console.close"):
    """Gives the console back. session: "" for whatever session there is; closing what is not open is no error."""

    evidence = Evidence(Level.ASSUMED, "OpenLPAR's own: a genuine NovaLink has no such resource")

    session: str = ""

    def check(self, world: World) -> None:
        existing_partition(world, self.uuid)

    def steps(self) -> Iterable[Step]:
        yield Step("give the console back", self._close)

    def _close(self, change: Change) -> None:
        found = session_of(change, self.uuid)
        if found is not None and self.session in ("", found.session):
            change.remove(found)
