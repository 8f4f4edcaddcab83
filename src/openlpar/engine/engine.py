"""How operations are done: one writer, changes durable before they are answered, concurrent changes sharing a commit.

Everything here runs on one event loop thread; only the disk is waited for beside it. An operation alters the state in memory
without giving way (unless a back end makes it wait), and its changes join the next commit. A reader that comes while a commit
is under way sees the new state but is answered only when it is durable (``settled``). When a commit fails, everything that
was altered since the last good one is put back and every operation in it fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import heapq
import logging
import os
import weakref
from collections import ChainMap
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Iterator,
    MutableMapping,
)
from dataclasses import dataclass, field
from typing import Any, NoReturn

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.events import EventQueue
from openlpar.engine.faults import FaultRules
from openlpar.engine.world import Kind, Object, State, Transaction
from openlpar.messages import Failure, general
from openlpar.ops import consequences
from openlpar.ops.consequences import Alteration
from openlpar.ops.core import Edges, Operation
from openlpar.ops.due import ROUTINES, DueRoutine
from openlpar.ports.records import AuditRecord, Due, EventRecord, Record
from openlpar.ports.state import Change, Store
from openlpar.uom.core import Element

log = logging.getLogger(__name__)

Follower = Callable[[Collection[tuple[Kind, str]]], None]
"""Is told (kind, uuid) of what is on disk in a new version, or gone."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, and what he says it is for (the audit memento)."""

    user: str = "root"
    memento: str = ""


NOBODY = Requester()

RETRY_S = 1.0
"""Real seconds after which what comes due is tried again when the store refused it."""


@dataclass(slots=True)
class PendingCommit:
    """What the next commit will write, and how to take it back."""

    altered: dict[tuple[Kind, str], Object | None] = field(default_factory=dict)
    recreated: set[tuple[Kind, str]] = field(default_factory=set)
    before: dict[tuple[Kind, str], Object | None] = field(default_factory=dict)
    orders: dict[Kind, tuple[str, ...]] = field(default_factory=dict)
    events: list[EventRecord] = field(default_factory=list)
    audits: list[AuditRecord] = field(default_factory=list)
    undos: list[Callable[[], None]] = field(default_factory=list)
    actions: list[Callable[[], None]] = field(default_factory=list)
    done: asyncio.Future[None] | None = None
    now: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.altered and not self.events and not self.actions

    @property
    def puts(self) -> list[Element | Record]:
        return [obj for obj in self.altered.values() if obj is not None]

    @property
    def removes(self) -> list[tuple[Kind, str]]:
        """What came and went since the last commit was never written."""
        return [
            key
            for key, obj in self.altered.items()
            if (obj is None and self.before[key] is not None) or key in self.recreated
        ]


class Engine:
    """The writer of one managed system."""

    def __init__(
        self,
        state: State,
        store: Store,
        clock: SimulationClock,
        entropy: SeededEntropy,
        events: EventQueue,
        routines: dict[str, DueRoutine],
    ) -> None:
        """routines: what runs when a Due of that ``what`` comes due, beside the declared ones."""
        self.state = state
        self.clock = clock
        self.entropy = entropy
        self.events = events
        self.faults = FaultRules(self)
        self.edges: Edges
        self.followers: list[Follower] = []
        self.commits = 0
        self.waiting: list[Operation] = []
        self.routines: MutableMapping[str, DueRoutine] = ChainMap(routines, ROUTINES)
        self._store = store
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._pending = PendingCommit()
        self._committing: PendingCommit | None = None
        self._wake = asyncio.Event()
        self._due_wake = asyncio.Event()
        self._rests = False  # from doing what comes due, as the store has just refused a commit
        self._agenda = [(due.at, due.uuid) for due in state.all(Due)]
        heapq.heapify(self._agenda)
        self._tasks: list[asyncio.Task[None]] = []
        self._beside: set[asyncio.Task[None]] = set()

    # life

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._commits()), asyncio.create_task(self._dues())]

    async def stop(self) -> None:
        """Nothing more comes due, and all that has happened is on disk. Raises Failure when it could not be written."""
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        for task in self._tasks[1:]:
            task.cancel()
        while not self.is_settled:
            await self.settled()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._store.close()

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Lets something go on that has to wait for others, such as another system; it is broken off when the engine stops."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._has_ended)

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("what went on beside failed", exc_info=task.exception())

    # running operations

    async def run(
        self,
        operation: Operation,
        requester: Requester = NOBODY,
        guard: Callable[[], None] | None = None,
        *,
        delayed: bool = False,
    ) -> Operation:
        """Runs an operation and returns it when its changes are on disk. Raises Failure; then nothing changed, or what the
        operation calls its shortfall is missing.

        guard: called when nothing can come between it and the operation any more; it may refuse. delayed: what fault rules
        let it wait has passed already.
        """
        operation.edges = self.edges
        delay_s = 0.0 if delayed else self.faults.delay(operation, self.state)
        if delay_s:
            await asyncio.sleep(self.clock.wall_seconds(self.clock.now() + int(delay_s * 1000)) or 0)
        try:
            async with self._locked(operation.locks()):
                if guard is not None:
                    guard()
                waiting = self._begun(operation)
                if waiting is not None:
                    with _sound(operation.name), self._outside(operation):
                        await waiting
                    self._checked(operation)
                self._done(operation, requester)
            await self.settled()
        except BaseException:
            await operation.retract()
            raise
        if operation.shortfall is not None:
            raise operation.shortfall
        return operation

    def perform(self, operation: Operation, requester: Requester = NOBODY) -> None:
        """Runs an operation without waiting, for the disk or for a guest: a job's, at the moment it comes due."""
        operation.edges = self.edges
        waiting = self._begun(operation)
        if waiting is not None:
            _at_once(waiting)
        self._done(operation, requester)

    async def apart(self, work: Callable[[Change], None]) -> None:
        """See ``Edges.apart``. In a thread: Python lets others have their turn every few milliseconds."""
        await asyncio.to_thread(work, Transaction(self.state.copy(), self.clock, self.entropy))

    @contextlib.contextmanager
    def _outside(self, operation: Operation) -> Iterator[None]:
        """While an operation waits for somebody outside. Followers look again afterwards, also when nothing came of it."""
        self.waiting.append(operation)
        try:
            yield
        finally:
            self.waiting.remove(operation)
            self._wake.set()

    def _checked(self, operation: Operation) -> None:
        with _sound(operation.name):
            operation.examine(self.state)

    def _begun(self, operation: Operation) -> Awaitable[None] | None:
        self._checked(operation)
        return operation.consult(self.state)

    def _done(self, operation: Operation, requester: Requester) -> None:
        with self._transaction(operation.name, requester) as (change, undos):
            for count, step in enumerate(operation.steps()):
                self.faults.strike(operation, step.name, count, change)
                step.do(change)
                if step.undo is not None:
                    undos.append(functools.partial(change.unwind, step.undo))
            self.faults.strike(operation, "", -1, change)

    @contextlib.contextmanager
    def _transaction(self, name: str, requester: Requester) -> Iterator[tuple[Transaction, list[Callable[[], None]]]]:
        transaction = Transaction(self.state, self.clock, self.entropy)
        undos: list[Callable[[], None]] = []
        try:
            yield transaction, undos
            altered = consequences.draw(transaction)
        except BaseException as wrong:
            _undo(undos)
            transaction.rollback()
            _raise(wrong, name)
        self._enqueue(transaction, altered, undos, name, requester)

    @contextlib.contextmanager
    def alter(self, name: str = "", requester: Requester = NOBODY) -> Iterator[Change]:
        """A change outside an operation: the engine's own records (jobs, sessions), observations of a back end.
        Durable after the next ``settled``. With a name it is audited."""
        with self._transaction(name, requester) as (transaction, _):
            yield transaction

    @contextlib.asynccontextmanager
    async def _locked(self, names: Iterable[str]) -> AsyncIterator[None]:
        """Takes the named locks, always in the order of their names: no two operations can wait for each other."""
        async with contextlib.AsyncExitStack() as stack:
            for name in sorted(set(names)):
                await stack.enter_async_context(self._locks.setdefault(name, asyncio.Lock()))
            yield

    # commits

    def _enqueue(
        self,
        transaction: Transaction,
        altered: Iterable[Alteration],
        undos: list[Callable[[], None]],
        name: str,
        requester: Requester,
    ) -> None:
        pending = self._pending
        touched: dict[str, list[str]] = {"objects": [], "begun": [], "records": []}
        for kind, uuid, old, new in altered:
            key = (kind, uuid)
            pending.before.setdefault(key, old)
            if new is not None and (key in transaction.recreated or pending.altered.get(key, new) is None):
                pending.altered.pop(key, None)
                pending.recreated.add(key)
            pending.altered[key] = new
            if issubclass(kind, Element):
                touched["objects"].append(f"{kind.__name__}/{uuid}")
            elif isinstance(new, Due):
                heapq.heappush(self._agenda, (new.at, new.uuid))
                self._due_wake.set()
                touched["begun"].append(f"{self.state.kind_of(new.subject)}/{new.subject}")
            else:
                touched["records"].append(f"{kind.__name__}/{uuid}")
            pending.events.extend(self.events.tell(self.state, kind, old, new))
        # Of a shutdown, only that it was begun is to be seen; of a fault rule, only the record.
        if name and (named := next(filter(None, touched.values()), None)):
            pending.audits.append(
                AuditRecord(
                    at=self.clock.now(),
                    operation=name,
                    requester=requester.user,
                    memento=requester.memento,
                    objects=tuple(dict.fromkeys(named)),
                )
            )
        for kind, order in transaction.orders.items():
            pending.orders.setdefault(kind, order)
        pending.undos.extend(undos)
        pending.actions.extend(transaction.actions)
        if not pending.is_empty:
            self._wake.set()

    async def settled(self) -> None:
        """Returns when everything altered so far is on disk. Raises Failure when it could not be written."""
        pending = self._committing if self._pending.is_empty else self._pending
        if pending is None:
            return
        if pending.done is None:
            pending.done = asyncio.get_running_loop().create_future()
        await asyncio.shield(pending.done)

    async def flush(self) -> None:
        """Has the store write now, also when nothing was altered. Raises Failure when it could not."""
        if self._pending.done is None:
            self._pending.done = asyncio.get_running_loop().create_future()
        self._wake.set()
        await asyncio.shield(self._pending.done)

    @property
    def is_settled(self) -> bool:
        return self._pending.is_empty and self._committing is None

    async def _commits(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._pending = self._pending, PendingCommit()
            self._committing = batch
            batch.now = self.clock.now()
            try:
                # A thread that runs Python takes turns with this one, and waits for each: that one shall wait for the disk only.
                self._store.write(batch)
                # What is begun is ended, also when the engine is stopped before the thread has looked.
                await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, self._store.sync))
            except Exception as exc:  # whatever it is, nothing of the batch can be acknowledged
                self._take_back(batch, exc)
            else:
                self._committing = None
                self.commits += 1
                self.events.published(batch.events)
                self._follow(batch)
                if batch.done is not None and not batch.done.done():
                    batch.done.set_result(None)

    def _follow(self, batch: PendingCommit) -> None:
        """The world outside follows what is on disk now."""
        actions: list[Callable[[], None]] = [
            *batch.actions,
            *(functools.partial(follower, batch.altered) for follower in self.followers),
        ]
        for action in actions:
            try:
                action()
            except Exception:  # the others follow all the same
                log.exception("what follows a change failed")

    def _take_back(self, batch: PendingCommit, exc: Exception) -> None:
        log.error("the store refused a commit: %s", exc)
        later, self._pending, self._committing = self._pending, PendingCommit(), None
        self._wake.clear()
        failure = general.STORE_FAILED.error(place="the state directory", cause=str(exc))
        for failed in (later, batch):
            _undo(failed.undos)
            for (kind, uuid), old in failed.before.items():
                self.state.swap(kind, uuid, old)
                if isinstance(old, Due):  # it had come due, and has to again
                    heapq.heappush(self._agenda, (old.at, old.uuid))
            for kind, order in failed.orders.items():
                self.state.restore_order(kind, order)
            if failed.done is not None and not failed.done.done():
                failed.done.set_exception(failure)
        # Not at once: what comes due would fail again and again while the disk is full.
        self._rests = True
        asyncio.get_running_loop().call_later(RETRY_S, self._go_on)

    def _go_on(self) -> None:
        self._rests = False
        self._due_wake.set()

    # what comes due

    async def _dues(self) -> None:
        while True:
            self._due_wake.clear()
            next_at = None if self._rests else self.apply_due(limit=32)
            if next_at is not None and next_at <= self.clock.now():
                await asyncio.sleep(0)  # a boot storm must not starve the readers
                continue
            delay = None if next_at is None else self.clock.wall_seconds(next_at)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):  # wait_for of Python 3.11 can swallow that the engine stops
                    await self._due_wake.wait()

    def apply_due(self, limit: int = 1_000_000) -> int | None:
        """Applies what has come due, in order, at most ``limit`` of it; returns the time of the next, which may have passed."""
        while self._agenda:
            at, uuid = self._agenda[0]
            due = self.state.find(Due, uuid)
            if due is not None and (at > self.clock.now() or limit <= 0):
                return at
            heapq.heappop(self._agenda)
            if due is None:
                continue
            limit -= 1
            try:
                with self._transaction("", NOBODY) as (change, _):
                    change.remove(due)
                    self.routines[due.what](change, due)
            except Failure as failure:
                self.remove_record(due)  # what failed is not tried again
                log.warning("%s of %s failed: %s", due.what, due.subject, failure)
        return None

    async def step(self, delay_ms: int) -> int:
        """Moves the clock ahead, letting everything that comes due on the way happen at its own time."""
        target = self.clock.now() + delay_ms
        while True:
            next_at = self.apply_due()
            if next_at is None or next_at > target:
                break
            self.clock.step(next_at - self.clock.now())
        self.clock.step(target - self.clock.now())
        await self.settled()
        return self.clock.now()

    # settings and faults that are the engine's own

    def put_record(self, record: Record) -> None:
        with self.alter() as change:
            change.put(record)

    def remove_record(self, record: Record) -> None:
        with self.alter() as change:
            change.remove(record)

    def tell(self, data: str, detail: str) -> EventRecord:
        """A custom event, told with the next commit."""
        event = self.events.custom(data, detail)
        self._pending.events.append(event)
        self._wake.set()
        return event

    def crash(self, rule: Record) -> None:
        """Dies like a killed process: nothing is flushed, nothing is cleaned up. Only the rule that says so is written
        before, for it to know after the restart how often it has struck."""
        self._store.commit(PendingCommit(altered={(type(rule), rule.uuid): rule}, now=self.clock.now()))
        os._exit(137)


@contextlib.contextmanager
def _sound(name: str) -> Iterator[None]:
    """What an operation did not foresee becomes a Failure of its own."""
    try:
        yield
    except BaseException as wrong:
        _raise(wrong, name)


def _raise(wrong: BaseException, name: str) -> NoReturn:
    if isinstance(wrong, Failure) or not isinstance(wrong, Exception):
        raise wrong
    log.error("operation %s failed", name, exc_info=wrong)
    raise general.INTERNAL.error(operation=name, cause=f"{type(wrong).__name__}: {wrong}") from wrong


def _at_once(waiting: Awaitable[None]) -> None:
    """Gets the answer of somebody who need not be waited for: a simulated guest. Raises RuntimeError for any other."""
    turns = waiting.__await__()
    try:
        next(turns)
    except StopIteration:
        return
    raise RuntimeError("this operation has to wait, and can only be run, not performed")


def _undo(undos: list[Callable[[], None]]) -> None:
    """Takes back what was done outside the state. One that fails must not keep the others, or the state, from being taken back."""
    for undo in reversed(undos):
        try:
            undo()
        except Exception:
            log.exception("a step could not be undone outside the state")
