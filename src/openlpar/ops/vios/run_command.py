"""Running a command of a Virtual I/O Server's own command line, as ``viosvrcmd`` does over RMC.

A command that changes something does it by the operations that a client of the REST API would get for the same, within the one
change that this operation makes: the rules, and the space and slots they count, are the same for both.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from openlpar.messages import general
from openlpar.messages import padmin as say
from openlpar.messages import partition as partition_say
from openlpar.ops.core import (
    Edges,
    Evidence,
    JobOperation,
    Level,
    Operation,
    ResourceOperation,
    ResourceRequest,
    Step,
    partition_of,
)
from openlpar.ops.lpar.connection import why_not_connected
from openlpar.ops.network.reachability import Reachability
from openlpar.ops.storage.usage import is_serving
from openlpar.ops.views import find_unshown, shown
from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Due, Record
from openlpar.ports.state import Change, Clock, Entropy, World
from openlpar.ports.terminal import Terminal
from openlpar.uom.core import Element
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer

E = TypeVar("E", bound=Element)
S = TypeVar("S", bound=Element | Record)

LONGEST_COMMAND = 4096


@dataclass
class RunCommand(Operation, name="vios.run_command"):
    """vios: uuid. result: what the command printed, and its exit status, once the operation has run. A command that fails
    has changed nothing; the operation itself fails only when the command could not be sent. terminal: the console that it is
    typed on, which needs no connection; None for one that is sent."""

    evidence = Evidence(Level.DOCUMENTED, "NovaLink tutorial: viosvrcmd; IBM documentation of the VIOS command line")
    master_only = False

    vios: str
    command: str
    result: CommandResult = field(default_factory=CommandResult)
    terminal: Terminal | None = None

    def locks(self) -> Iterable[str]:
        return (self.vios,)

    def about(self, world: World) -> str:
        vios = world.find(VirtualIOServer, self.vios)
        return vios.name if vios else self.vios

    def check(self, world: World) -> None:
        vios = world.get(VirtualIOServer, self.vios)
        if vios.state != PartitionState.RUNNING:
            raise partition_say.BAD_STATE.error(
                partition=vios.name, state=vios.state, task="running a command", wanted="running"
            )
        if self.terminal is None and not is_serving(vios):
            cause = why_not_connected(world, vios)
            raise say.NO_RMC.error(vios=vios.name, rmc=vios.rmc_state or "unknown", cause=cause)
        if len(self.command) > LONGEST_COMMAND:
            raise say.COMMAND_TOO_LONG.error(vios=vios.name, length=len(self.command), limit=LONGEST_COMMAND)

    def steps(self) -> Iterable[Step]:
        yield Step("run the command", self._run, undo=self._take_back)

    def _run(self, change: Change) -> None:
        self._operator = OperationsOperator(Attempt(change), self.edges)
        vios = change.get(VirtualIOServer, self.vios)
        self.result = self.edges.io_server.run_command(change, vios, self.command, self._operator, self.terminal)

    def _take_back(self, change: Change) -> None:
        self._operator.take_back()


class OperationsOperator:
    """See ``ports.io_server.Operator``."""

    def __init__(self, attempt: Attempt, edges: Edges) -> None:
        self._attempt = attempt
        self._edges = edges
        self._undos: list[Callable[[], None]] = []

    def shown(self, obj: E) -> E:
        return shown(self._attempt, obj)

    def create(self, element: E, parent: str | None) -> E:
        kind, uuid = self._perform("create", element, parent, "None")
        return self._again(type(element), kind, uuid)

    def update(self, element: E, group: str = "None") -> E:
        self._perform("update", element, element.parent, group)
        return self._again(type(element), type(element), element.uuid)

    def delete(self, element: Element) -> None:
        self._perform("delete", element, element.parent, "None")

    def perform(self, operation: str, target: str, /, **parameters: str) -> dict[str, str]:
        kind = Operation.registry[operation]
        assert issubclass(kind, JobOperation)
        made = kind.from_job(target, parameters)
        self._run(made)
        return made.results

    def keep(self, record: Record) -> None:
        self._attempt.put(record)

    def forget(self, record: Record) -> None:
        self._attempt.remove(record)

    def reaches_outside(self, partition: str) -> bool:
        found = partition_of(self._attempt, partition)
        return found is not None and bool(Reachability(self._attempt).outside(found).ways)

    def take_back(self) -> None:
        for undo in reversed(self._undos):
            undo()
        self._undos.clear()
        self._attempt.take_back()

    def _again(self, wanted: type[E], kind: type[Element], uuid: str) -> E:
        found = shown(self._attempt, find_unshown(self._attempt, kind, uuid))
        assert isinstance(found, wanted)
        return found

    def _perform(self, verb: str, element: Element, parent: str | None, group: str) -> tuple[type[Element], str]:
        """Checks and runs the operation that the REST API has for this. Kind and uuid of what it was about."""
        kind = type(element)
        operation_type = ResourceOperation.by_resource.get((verb, kind))
        if operation_type is None:
            raise general.UNSUPPORTED.error(operation=f"{verb} of {kind.__name__}")
        operation = operation_type.from_request(
            ResourceRequest(
                kind=kind,
                uuid=element.uuid,
                parent=parent,
                element=None if verb == "delete" else element,
                groups=frozenset({group}),
                strict=True,  # the command has just read what it changes
            )
        )
        self._run(operation)
        return operation.subject or (kind, element.uuid)

    def _run(self, operation: Operation) -> None:
        operation.edges = self._edges
        operation.examine(self._attempt)
        for count, step in enumerate(operation.steps()):
            self._edges.strike(operation, step.name, count, self._attempt)
            step.do(self._attempt)
            if step.undo is not None:
                self._undos.append(functools.partial(self._attempt.unwind, step.undo))


class Attempt:
    """A change within a change: what is done through it shows at once, and can be taken back without the rest."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._before: dict[tuple[Any, str], Element | Record | None] = {}
        self._actions: list[Callable[[], None]] = []
        self._is_unwinding = False

    @property
    def clock(self) -> Clock:
        return self._change.clock

    @property
    def entropy(self) -> Entropy:
        return self._change.entropy

    def get(self, kind: type[S], uuid: str) -> S:
        return self._change.get(kind, uuid)

    def find(self, kind: type[S], uuid: str) -> S | None:
        return self._change.find(kind, uuid)

    def all(self, kind: type[S], parent: str | None = None) -> Iterator[S]:
        return self._change.all(kind, parent)

    def where(self, kind: type[S], **values: Any) -> Iterator[S]:
        return self._change.where(kind, **values)

    def count(self, kind: type[Element] | type[Record], parent: str | None = None) -> int:
        return self._change.count(kind, parent)

    def tally(self, what: str) -> int:
        return self._change.tally(what)

    def put(self, obj: Element | Record) -> None:
        self._remember(type(obj), obj.uuid)
        self._change.put(obj)

    def remove(self, obj: Element | Record) -> None:
        self._remember(type(obj), obj.uuid)
        self._change.remove(obj)

    def schedule(self, delay_ms: int, what: str, subject: str, **data: str) -> None:
        before = {due.uuid for due in self._change.where(Due, subject=subject)}
        self._change.schedule(delay_ms, what, subject, **data)
        for due in self._change.where(Due, subject=subject):
            if due.uuid not in before:
                self._before.setdefault((Due, due.uuid), None)

    def cancel(self, subject: str, what: str = "") -> None:
        for due in self._change.where(Due, subject=subject):
            if what in ("", due.what):
                self._before.setdefault((Due, due.uuid), due)
        self._change.cancel(subject, what)

    def afterwards(self, action: Callable[[], None]) -> None:
        if self._is_unwinding:
            action()
            return
        if not self._actions:
            self._change.afterwards(self._act)
        self._actions.append(action)

    def unwind(self, undo: Callable[[Attempt], None]) -> None:
        self._is_unwinding = True
        undo(self)

    def _act(self) -> None:
        for action in self._actions:
            action()

    def take_back(self) -> None:
        self._actions.clear()
        for (kind, uuid), old in reversed(self._before.items()):
            now = self._change.find(kind, uuid)
            if old is not None:
                self._change.put(old)
            elif now is not None:
                self._change.remove(now)
        self._before.clear()

    def _remember(self, kind: type[Element] | type[Record], uuid: str) -> None:
        if (kind, uuid) not in self._before:
            self._before[kind, uuid] = self._change.find(kind, uuid)
