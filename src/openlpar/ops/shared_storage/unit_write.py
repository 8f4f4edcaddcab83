"""Making, changing and deleting logical units: the steps that operations on units and on whole pools have in common."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from openlpar.ops.core import ResourceOperation, Step
from openlpar.ops.shared_storage.accounts import with_change
from openlpar.ops.shared_storage.unit_snapshot import forget_snapshots
from openlpar.ops.storage.usage import changed_storage
from openlpar.ports.records import UnitUse
from openlpar.ports.state import Change
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier


class UnitWriter(ResourceOperation):
    """Subclasses set these in ``check``: the pool; new units, each with its tier; changed ones, before and after; gone ones."""

    _pool: SharedStoragePool
    _new: Sequence[tuple[Tier, LogicalUnit]] = ()
    _changed: Sequence[tuple[LogicalUnit, LogicalUnit]] = ()
    _gone: Sequence[LogicalUnit] = ()

    def steps(self) -> Iterable[Step]:
        self._made: list[LogicalUnit] = []
        for tier, unit in self._new:
            yield Step("make a logical unit", functools.partial(self._make, tier, unit), undo=self._unmake)
        for before, after in self._changed:
            do = functools.partial(self._alter, before, after)
            undo = functools.partial(self._resize, after, before)
            yield Step("change a logical unit", do, undo=undo)
        if self._gone:
            # Nothing brings data back: deleting is the last step, when all that can fail has been done.
            yield Step("delete logical units", self._delete)

    def _account(self, change: Change, gone: Iterable[LogicalUnit], made: Iterable[LogicalUnit]) -> None:
        change.put(with_change(change, change.get(SharedStoragePool, self._pool.uuid), gone, made))

    def _make(self, tier: Tier, unit: LogicalUnit, change: Change) -> None:
        wish = unit.evolve(uuid=change.entropy.uuid(), parent=tier.uuid)
        made = self.edges.io_server.create_unit(change, self._pool, wish)
        self._made.append(made)
        change.put(made)
        self._account(change, (), (made,))

    def _unmake(self, change: Change) -> None:
        self.edges.io_server.delete_unit(change, self._pool, self._made.pop())

    def _alter(self, before: LogicalUnit, after: LogicalUnit, change: Change) -> None:
        self._resize(before, after, change)
        change.put(after)
        self._account(change, (before,), (after,))
        for mapping in changed_storage(change, after.udid, "logical_unit", name=after.name, capacity=after.capacity):
            change.put(mapping)

    def _resize(self, before: LogicalUnit, after: LogicalUnit, change: Change) -> None:
        if before.capacity != after.capacity:
            self.edges.io_server.resize_unit(change, self._pool, before, after.capacity)

    def _delete(self, change: Change) -> None:
        for unit in self._gone:
            change.remove(unit)
        self._account(change, self._gone, ())
        for unit in self._gone:
            if use := change.find(UnitUse, unit.uuid):
                change.remove(use)
            forget_snapshots(change, unit.uuid)
        for unit in self._gone:
            self.edges.io_server.delete_unit(change, self._pool, unit)
