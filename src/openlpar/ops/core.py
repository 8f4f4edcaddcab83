"""What an operation is, and what it may ask for.

An operation is a small object with a fixed life: the engine takes the names in ``locks()``, calls ``examine()`` (reads only,
raises a Failure of the catalogue), then runs ``steps()`` in order. All state a step alters goes through its ``Change`` and
becomes durable together, after the last step. What a step does *outside* the state (through a port) it takes back in ``undo``;
the engine calls the undos backwards when a later step fails. What somebody outside has to agree to, and takes his time about,
is asked for before in ``consult()``: the steps run without giving way.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Self

from openlpar.messages import Failure, general
from openlpar.ops.mastery import check_master
from openlpar.ports.backups import Backups, NoBackups
from openlpar.ports.hypervisor import Hypervisor
from openlpar.ports.io_server import IoServer
from openlpar.ports.peer import Nobody, Peers
from openlpar.ports.state import Change, World
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer


async def _here_only(work: Callable[[Change], None]) -> None:
    raise RuntimeError("there is no engine that could do something apart")


def _no_faults(operation: Operation, step: str, count: int, world: World) -> None:
    """Nothing is made to fail."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The ports an operation may use. strike: lets fault rules strike an operation that is run inside another one; called
    before each step with its name and number, and with "" and -1 after the last. peers: the systems partitions can move to.
    backups: where backups are kept. waiting: the operations that wait for somebody outside at this moment. apart: does work on a
    copy of the state as it is now, beside everything else; what it alters there is lost."""

    hypervisor: Hypervisor
    io_server: IoServer
    strike: Callable[[Operation, str, int, World], None] = _no_faults
    peers: Peers = field(default_factory=Nobody)
    backups: Backups = field(default_factory=NoBackups)
    waiting: Collection[Operation] = ()
    apart: Callable[[Callable[[Change], None]], Awaitable[None]] = _here_only


@dataclass(frozen=True, slots=True)
class Step:
    """do(change) acts; undo(change) takes back what was done outside the state. The name is for faults and logs."""

    name: str
    do: Callable[[Change], None]
    undo: Callable[[Change], None] | None = None


class Level(enum.StrEnum):
    """How it is known that a real system does the same, surest first."""

    RECORDED = "recorded"
    CLIENT_PROVEN = "client-proven"
    DOCUMENTED = "documented"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an operation does what it does. source: for RECORDED the recording, for CLIENT_PROVEN the module of the unmodified
    pypowervm client that relies on it, for DOCUMENTED the publication, for ASSUMED what the assumption rests on."""

    level: Level = Level.ASSUMED
    source: str = ""


class Operation(ABC):
    """Base of all operations; subclasses are dataclasses of their arguments and register themselves by ``name``.

    name: noun and verb (``lpar.create``). evidence: shown by ``openlpar coverage`` and on the coverage page.
    master_only: only the master of a co-managed system may run it. False for what either side may do (questions, power, consoles:
    comanagement-rmc 3), for what ends something that was begun, and for what alters nothing by itself.
    edges: set by the engine before ``check``. subject: the object it made or changed, for the answer; None when it is gone.
    shortfall: set by a step when only a part could be done; the client is told when that part is on disk.
    """

    name: ClassVar[str] = ""
    registry: ClassVar[dict[str, type[Operation]]] = {}
    evidence: ClassVar[Evidence] = Evidence()
    master_only: ClassVar[bool] = True

    edges: Edges
    subject: tuple[type[Element], str] | None = None
    shortfall: Failure | None = None

    def __init_subclass__(cls, *, name: str = "") -> None:
        super().__init_subclass__()
        cls.name = name
        if name:
            if name in Operation.registry:
                raise TypeError(f"operation {name} is declared twice")
            Operation.registry[name] = cls

    def locks(self) -> Iterable[str]:
        """Names (uuids, or words such as ``capacity``) that no two running operations may share."""
        return ()

    def about(self, world: World) -> str:
        """Name of the object it works on, for fault rules, messages and the audit."""
        return ""

    def examine(self, world: World) -> None:
        """What runs an operation calls this before anything else: who may do it at all, then ``check``."""
        if self.master_only:
            check_master(world, self.name, self.about(world))
        self.check(world)

    def check(self, world: World) -> None:
        """Refuses what cannot be done. Must not alter anything."""
        return

    def consult(self, world: World) -> Awaitable[None] | None:
        """Called after ``check``: what has to be waited for before the steps, such as a guest that gives or takes; None = nothing.
        Must not alter the state. What it returns may raise Failure."""
        return None

    async def retract(self) -> None:
        """Takes back what ``consult`` got, as far as it came: the operation failed after it."""
        return

    @abstractmethod
    def steps(self) -> Iterable[Step]: ...


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """A client's wish about a resource, free of any tongue.

    kind, uuid: the resource ("" on create). parent: uuid of the object it is (to be) below, None for a root. element: the
    client's version, None on delete. groups: extended attribute groups it was given; the fields of others are not in it.
    strict: the client proved by ETag that it saw the current version. options: further words such as ``force``.
    """

    kind: type[Element]
    uuid: str = ""
    parent: str | None = None
    element: Element | None = None
    groups: frozenset[str] = frozenset({"All"})
    strict: bool = False
    options: frozenset[str] = frozenset()


class ResourceOperation(Operation):
    """An operation that a face runs for ``create``, ``update`` or ``delete`` of a type; it registers itself for ``on``.

    kind: the (first) type that it is for. called: the field that messages and logs call an object of it by.
    """

    by_resource: ClassVar[dict[tuple[str, type[Element]], type[ResourceOperation]]] = {}
    kind: ClassVar[type[Element]] = Element
    called: ClassVar[str] = "name"

    def __init_subclass__(cls, *, name: str = "", verb: str = "", on: tuple[type[Element], ...] = ()) -> None:
        super().__init_subclass__(name=name)
        for kind in on:
            if (verb, kind) in ResourceOperation.by_resource:
                raise TypeError(f"{verb} of {kind.__name__} is declared twice")
            ResourceOperation.by_resource[(verb, kind)] = cls
        if on:
            cls.kind = on[0]

    @classmethod
    @abstractmethod
    def from_request(cls, request: ResourceRequest) -> Self: ...


@dataclass
class CreateOperation(ResourceOperation):
    """Adds an object below another one. parent: uuid of that one, "" for a root. Subclasses name the type of ``requested``."""

    parent: str
    requested: Element

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, cls.kind)
        return cls(request.parent or "", request.element)

    def locks(self) -> Iterable[str]:
        return (self.parent,)

    def about(self, world: World) -> str:
        name: str = getattr(self.requested, self.called)
        return name


@dataclass
class ObjectOperation(ResourceOperation):
    """An operation on one object that is there."""

    uuid: str

    def locks(self) -> Iterable[str]:
        return (self.uuid,)

    def about(self, world: World) -> str:
        name: str = getattr(world.find(self.kind, self.uuid), self.called, self.uuid)
        return name


@dataclass
class UpdateOperation(ObjectOperation):
    """Takes over a client's version of an object. The fields are those of the request; strict: see ``ops.merge``. Subclasses
    name the type of ``requested``."""

    requested: Element
    parent: str | None = None
    strict: bool = False
    groups: frozenset[str] = frozenset({"All"})

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, cls.kind)
        return cls(request.uuid, request.element, request.parent, request.strict, request.groups)


@dataclass
class DeleteOperation(ObjectOperation):
    """Removes an object."""

    parent: str | None = None

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls(request.uuid, request.parent)

    def _remove(self, change: Change) -> None:
        change.remove(change.get(self.kind, self.uuid))


class AlwaysRefused(Operation):
    """What is never done here: ``check`` raises Failure whatever it is asked for, so there are no steps."""

    def steps(self) -> Iterable[Step]:
        return ()


class RefusedOperation(AlwaysRefused, ObjectOperation):
    """What this system does not support. task: what messages call it; ``{name}`` in it is the object's."""

    task: ClassVar[str] = ""
    master_only = False

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls(request.uuid)

    def check(self, world: World) -> None:
        if self.uuid:
            world.get(self.kind, self.uuid)
        raise general.UNSUPPORTED.error(operation=self.task.format(name=self.about(world)))


class JobOperation(Operation):
    """An operation that a client submits as a job to an object of one of ``groups`` (``LogicalPartition/{uuid}/do/PowerOn``).

    job: its REST name. parameters: names the job accepts, each with what it means. target: uuid of the object, "" when
    the job has none. element_parameters: those of them that carry an element, with its type; a face gives them to ``from_job``
    as JSON of ``uom.plain``, as operations know no XML. awaits: partition states of which one has to come before the job has
    ended; time_limit_s: how long at most. waits: what it consults takes its time, so that the job runs beside others.
    job_id: number of the job it runs as, "" while it runs as none.
    """

    job: ClassVar[str] = ""
    groups: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[dict[str, str]] = {}
    element_parameters: ClassVar[dict[str, type[Element]]] = {}
    by_job: ClassVar[dict[tuple[str, str], type[JobOperation]]] = {}
    time_limit_s: ClassVar[int] = 1800
    waits: ClassVar[bool] = False

    target: str
    job_id: str = ""

    def __init_subclass__(cls, *, name: str = "", job: str = "", groups: tuple[str, ...] = ()) -> None:
        super().__init_subclass__(name=name)
        cls.job = job
        cls.groups = groups
        for group in groups:
            JobOperation.by_job[(group, job)] = cls

    @classmethod
    @abstractmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        """The operation that a job's parameters describe. Raises Failure for a parameter it does not know."""
        ...

    @property
    def awaits(self) -> tuple[str, ...]:
        return ()

    @property
    def results(self) -> dict[str, str]:
        """What the job reports when it is done."""
        return {}

    @property
    def failure_results(self) -> dict[str, str]:
        """What the job reports beside its message when it was refused or failed."""
        return {}

    def state_of_target(self, world: World) -> str:
        """State of the partition the job works on; "" when it is none."""
        partition = partition_of(world, self.target)
        return partition.state if partition is not None else ""


def partition_of(world: World, uuid: str) -> BasePartition | None:
    """The logical partition or Virtual I/O Server with this uuid."""
    return world.find(LogicalPartition, uuid) or world.find(VirtualIOServer, uuid)


def partition_name(world: World, uuid: str) -> str:
    """The partition's name, or its uuid when there is none such."""
    partition = partition_of(world, uuid)
    return partition.name if partition is not None else uuid
