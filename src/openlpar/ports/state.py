"""How operations see the state: ``World`` to read, ``Change`` to alter; plus time, chance and the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from openlpar.ports.records import AuditRecord, EventRecord, Record
from openlpar.uom.core import Element

E = TypeVar("E", bound=Element | Record)


class Clock(Protocol):
    """The only source of time. ``now`` is ms since 1970 of the managed system's own time."""

    def now(self) -> int: ...

    def stretch(self, delay_ms: int) -> int:
        """How long a delay lasts: 0 on a clock on which nothing takes time."""
        ...


class Entropy(Protocol):
    """The only source of chance: one seed, so that a run can be repeated."""

    def uuid(self) -> str:
        """A random (version 4) UUID in lower case whose first digit is 0 to 7, as partitions' must be."""
        ...

    def hex(self, digits: int) -> str: ...

    def between(self, low: int, high: int) -> int: ...

    def chance(self, probability: float) -> bool: ...


class World(Protocol):
    """The current state. Objects are immutable; a reader keeps what it got."""

    def get(self, kind: type[E], uuid: str) -> E:
        """Raises Failure NOT_FOUND."""
        ...

    def find(self, kind: type[E], uuid: str) -> E | None: ...

    def all(self, kind: type[E], parent: str | None = None) -> Iterator[E]:
        """All objects of a kind in order of creation, or those below one parent."""
        ...

    def where(self, kind: type[E], **values: Any) -> Iterator[E]:
        """The objects whose fields have these values; fast when the first field is indexed."""
        ...

    def count(self, kind: type[Element] | type[Record], parent: str | None = None) -> int: ...

    def tally(self, what: str) -> int:
        """A running total over the inventory, kept at each change: see ``ops.capacity``."""
        ...


class Change(World, Protocol):
    """One operation's alterations: all of them become durable, or none."""

    @property
    def clock(self) -> Clock: ...

    @property
    def entropy(self) -> Entropy: ...

    def put(self, obj: Element | Record) -> None:
        """Adds an object or replaces the version that was there."""
        ...

    def remove(self, obj: Element | Record) -> None: ...

    def schedule(self, delay_ms: int, what: str, subject: str, **data: str) -> None:
        """Lets the routine registered as ``what`` run after a delay on the simulation's clock."""
        ...

    def cancel(self, subject: str, what: str = "") -> None:
        """Drops what is scheduled for a subject."""
        ...

    def afterwards(self, action: Callable[[], None]) -> None:
        """Lets an action run when the change is on disk, never when it is taken back: for what cannot be undone, such as
        deleting a file. While an operation is taken back it runs at once. A crash in between loses it; who relies on it makes
        that good at the next start."""
        ...


class Batch(Protocol):
    """What one commit writes."""

    @property
    def puts(self) -> Sequence[Element | Record]: ...

    @property
    def removes(self) -> Sequence[tuple[type[Any], str]]:
        """Rows that go before anything is put: what is put again after that is the last of its kind."""
        ...

    @property
    def events(self) -> Sequence[EventRecord]: ...

    @property
    def audits(self) -> Sequence[AuditRecord]: ...

    @property
    def now(self) -> int:
        """The simulated time, kept as setting ``clock``: it must not run backwards, after a crash either."""
        ...


class Store(Protocol):
    """Durable state. A batch is on disk when ``sync`` has returned; any OSError or sqlite3 error means nothing was written.

    ``sync`` does nothing but wait: it can be called in a thread. Until it has returned, nothing but settings may be asked for.
    """

    def load(self) -> Iterable[Element | Record]: ...

    def events(self) -> Iterable[EventRecord]:
        """The kept events, oldest first."""
        ...

    def write(self, batch: Batch) -> None: ...

    def sync(self) -> None: ...

    def commit(self, batch: Batch) -> None:
        """Writes a batch, and waits until it is on disk."""
        ...

    def setting(self, name: str) -> str | None: ...

    def set_setting(self, name: str, value: str) -> None: ...

    def close(self) -> None: ...
