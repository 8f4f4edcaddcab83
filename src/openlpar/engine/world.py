"""The state in memory, and the changes made to it.

There is one ``State`` per managed system and it is altered by one thread. Objects are immutable, so a reader keeps what it
was given; a ``Transaction`` replaces objects in place and can put every old version back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.messages import general
from openlpar.ops.consequences import Alteration
from openlpar.ports.records import AsRecorded, Due, Record
from openlpar.uom.core import Element

Object = Element | Record
Kind = type[Any]
E = TypeVar("E", bound=Element | Record)
Tally = Callable[[Any], Mapping[str, int]]
_NOWHERE: Any = object()
_NOTHING: Mapping[str, int] = {}


class State:
    """All objects of one managed system, with the indexes that keep large systems fast.

    indexed: kind -> names of fields that ``where`` finds without a scan. tallies: kind -> function that gives an
    object's share of running totals.
    """

    def __init__(self, indexed: Mapping[Kind, tuple[str, ...]], tallies: Mapping[Kind, Tally]) -> None:
        self._objects: dict[Kind, dict[str, Object]] = {}
        self._children: dict[tuple[Kind, str], dict[str, None]] = {}
        self._indexed = indexed
        self._index: dict[tuple[Kind, str, Any], dict[str, None]] = {}
        self._tallies = tallies
        self._totals: dict[str, int] = {}
        self.version = 0
        self._stamps: dict[str, int] = {}

    # reading

    def find(self, kind: type[E], uuid: str) -> E | None:
        found: Any = self._objects.get(kind, {}).get(uuid)
        return cast("E | None", found)  # quoted: it would be built at every call

    def get(self, kind: type[E], uuid: str) -> E:
        found = self.find(kind, uuid)
        if found is None:
            raise general.NOT_FOUND.error(kind=kind.__name__, name=uuid)
        return found

    def all(self, kind: type[E], parent: str | None = None) -> Iterator[E]:
        objects: dict[str, Any] = self._objects.get(kind, {})
        if parent is None:
            return iter(list(objects.values()))
        return iter([objects[uuid] for uuid in self._children.get((kind, parent), ())])

    def where(self, kind: type[E], **values: Any) -> Iterator[E]:
        first, wanted = next(iter(values.items()))
        candidates: Iterator[E]
        if first in self._indexed.get(kind, ()):
            objects: dict[str, Any] = self._objects.get(kind, {})
            candidates = iter([objects[uuid] for uuid in self._index.get((kind, first, wanted), ())])
            if len(values) == 1:
                return candidates
        else:
            candidates = self.all(kind)
        return (o for o in candidates if all(getattr(o, name) == value for name, value in values.items()))

    def count(self, kind: Kind, parent: str | None = None) -> int:
        if parent is None:
            return len(self._objects.get(kind, ()))
        return len(self._children.get((kind, parent), ()))

    def tally(self, what: str) -> int:
        return self._totals.get(what, 0)

    def find_any(self, uuid: str) -> Element | None:
        """The UOM object with this uuid, of whatever kind."""
        for objects in self._objects.values():
            found = objects.get(uuid)
            if isinstance(found, Element):
                return found
        return None

    def kind_of(self, uuid: str) -> str:
        """Type name of the UOM object with this uuid; "" when there is none."""
        found = self.find_any(uuid)
        return type(found).__name__ if found is not None else ""

    def stamp(self, uuid: str) -> int:
        """A number that grows whenever the object, or one directly below it, changes: for caches."""
        return self._stamps.get(uuid, 0)

    def copy(self) -> State:
        """A state of its own with the same objects."""
        twin = State(self._indexed, self._tallies)
        twin._objects = {kind: dict(objects) for kind, objects in self._objects.items()}
        twin._children = {key: dict(uuids) for key, uuids in self._children.items()}
        twin._index = {key: dict(uuids) for key, uuids in self._index.items()}
        twin._totals, twin._stamps = dict(self._totals), dict(self._stamps)
        twin.version = self.version
        return twin

    # altering; only a Transaction and the loader do this

    def swap(self, kind: Kind, uuid: str, new: Object | None) -> Object | None:
        """Sets, replaces or (None) removes an object; returns the version before."""
        objects = self._objects.setdefault(kind, {})
        old = objects.get(uuid)
        if old is None and new is None:
            return None
        if new is None:
            objects.pop(uuid, None)
        else:
            objects[uuid] = new
        self._account(kind, old, new)
        self.version += 1
        self._stamps[uuid] = self.version
        for obj in (old, new):
            if obj is not None and obj.parent:
                self._stamps[obj.parent] = self.version
        return old

    def _account(self, kind: Kind, old: Object | None, new: Object | None) -> None:
        """Keeps what is derived from the objects. A replaced object keeps its place among its siblings."""
        before = old.parent if old is not None else None
        after = new.parent if new is not None else None
        if before != after:
            self._move(self._children, (kind, before), (kind, after), old, new)
        for name in self._indexed.get(kind, ()):
            was = getattr(old, name) if old is not None else _NOWHERE
            now = getattr(new, name) if new is not None else _NOWHERE
            if was is _NOWHERE or now is _NOWHERE or was != now:
                self._move(self._index, (kind, name, was), (kind, name, now), old, new)
        tally = self._tallies.get(kind)
        if tally is not None:
            was, is_now = (tally(obj) if obj is not None else _NOTHING for obj in (old, new))
            for shares, sign in ((was, -1), (is_now, +1)) if was is not is_now else ():
                for what, amount in shares.items():
                    self._totals[what] = self._totals.get(what, 0) + sign * amount

    def order(self, kind: Kind) -> tuple[str, ...]:
        """The uuids of a kind in order of creation."""
        return tuple(self._objects.get(kind, ()))

    def restore_order(self, kind: Kind, order: tuple[str, ...]) -> None:
        """Puts objects back in their place that were removed and came back: a dict gives them the last one."""
        places = {uuid: place for place, uuid in enumerate(order)}
        slots: list[dict[str, Any]] = [self._objects.get(kind, {})]
        slots += [slot for key, slot in self._children.items() if key[0] is kind]
        slots += [slot for key, slot in self._index.items() if key[0] is kind]
        for slot in slots:
            _sort(slot, places)

    def _move(
        self, slots: dict[Any, dict[str, None]], source: Any, target: Any, old: Object | None, new: Object | None
    ) -> None:
        """Takes an object's uuid out of one slot and puts it into another; a key that ends in nothing is no slot."""
        obj = old or new
        assert obj is not None
        if source[-1] is not None and source[-1] is not _NOWHERE:
            slot = slots.get(source)
            if slot is not None:
                slot.pop(obj.uuid, None)
                if not slot:
                    del slots[source]
        if target[-1] is not None and target[-1] is not _NOWHERE:
            slot = slots.setdefault(target, {})
            slot[obj.uuid] = None
            if old is not None and new is not None and len(slot) > 1:  # it is not the last one that was created
                _sort(slot, {uuid: place for place, uuid in enumerate(self._objects[target[0]])})


def _sort(slot: dict[str, Any], places: Mapping[str, int]) -> None:
    """What has no place comes last."""
    ordered = sorted(slot.items(), key=lambda item: places.get(item[0], len(places)))
    slot.clear()
    slot.update(ordered)


class Transaction:
    """One operation's alterations of a State; see ``ports.state.Change``.

    They show in the State at once (there is one writer) and are taken back by ``rollback``.
    """

    def __init__(self, state: State, clock: SimulationClock, entropy: SeededEntropy) -> None:
        self._state = state
        self._clock = clock
        self._entropy = entropy
        self._before: dict[tuple[Kind, str], Object | None] = {}
        self.orders: dict[Kind, tuple[str, ...]] = {}
        """Of the kinds of which it removed objects, the order before."""
        self.recreated: set[tuple[Kind, str]] = set()
        """What it removed and made anew: that is the last of its kind now."""
        self.actions: list[Callable[[], None]] = []
        self._is_unwinding = False
        self.get = state.get
        self.find = state.find
        self.all = state.all
        self.where = state.where
        self.count = state.count
        self.tally = state.tally

    @property
    def clock(self) -> SimulationClock:
        return self._clock

    @property
    def entropy(self) -> SeededEntropy:
        return self._entropy

    def put(self, obj: Object) -> None:
        self._unmark(obj)
        self._swap(type(obj), obj.uuid, obj)

    def remove(self, obj: Object) -> None:
        self._unmark(obj)
        self._swap(type(obj), obj.uuid, None)

    def _unmark(self, obj: Object) -> None:
        """What changes is no longer as it was recorded, and neither is anything above it."""
        if isinstance(obj, Record) or not self._state.count(AsRecorded):
            return
        above: Element | None = obj
        while above is not None:
            if self._state.find(AsRecorded, above.uuid) is not None:
                self._swap(AsRecorded, above.uuid, None)
            above = self._state.find_any(above.parent) if above.parent else None

    def _swap(self, kind: Kind, uuid: str, new: Object | None) -> None:
        # Nobody sees the order of records, and they are removed all the time.
        if new is None and kind not in self.orders and not issubclass(kind, Record):
            self.orders[kind] = self._state.order(kind)
        old = self._state.swap(kind, uuid, new)
        key = (kind, uuid)
        if old is not None or new is None or key not in self._before:
            self._before.setdefault(key, old)
        elif new is self._before[key]:  # as if it had never been away
            self.recreated.discard(key)
            order = self.orders.get(kind, ())
            self._state.restore_order(kind, tuple(one for one in order if (kind, one) not in self.recreated))
        else:
            self._before[key] = self._before.pop(key)
            self.recreated.add(key)

    def schedule(self, delay_ms: int, what: str, subject: str, **data: str) -> None:
        at = self._clock.now() + self._clock.stretch(delay_ms)
        self.put(Due(uuid=self._entropy.serial("due"), at=at, what=what, subject=subject, data=data))

    def cancel(self, subject: str, what: str = "") -> None:
        for due in list(self._state.where(Due, subject=subject)):
            if what in ("", due.what):
                self.remove(due)

    def afterwards(self, action: Callable[[], None]) -> None:
        if self._is_unwinding:
            action()
        else:
            self.actions.append(action)

    def unwind(self, undo: Callable[[Transaction], None]) -> None:
        """Takes back something that was done outside the state."""
        self._is_unwinding = True
        undo(self)

    def rollback(self) -> None:
        for (kind, uuid), old in reversed(self._before.items()):
            self._state.swap(kind, uuid, old)
        for kind, order in self.orders.items():
            self._state.restore_order(kind, order)
        self._before.clear()
        self.orders.clear()
        self.actions.clear()

    def alterations(self) -> Iterator[Alteration]:
        """Everything that differs."""
        for (kind, uuid), old in self._before.items():
            new = self._state.find(kind, uuid)
            if new is not old:
                yield Alteration(kind, uuid, old, new)
