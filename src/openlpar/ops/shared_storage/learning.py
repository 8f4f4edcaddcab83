"""Logical units that other systems made in a pool that is shared with them: what this one hears of them, it counts."""

from __future__ import annotations

from decimal import Decimal

from openlpar.ops.shared_storage.accounts import pool_of, with_change
from openlpar.ops.shared_storage.unit_snapshot import forget_snapshots
from openlpar.ports.pool_space import fills, space_gb
from openlpar.ports.records import UnitUse
from openlpar.ports.state import Change
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


def heard_gb(unit: LogicalUnit, written_kb: int) -> Decimal:
    """What a unit takes of its pool, as another system tells it. written_kb: to it, when it is thin."""
    return space_gb(unit, written_kb) if fills(unit) else unit.capacity


def learn_unit(change: Change, unit: LogicalUnit, written_kb: int) -> None:
    """A unit that was not known, or the present version of one that was: the sums of its pool follow."""
    before = change.find(LogicalUnit, unit.uuid)
    if before is not None:
        _account(change, before, gone=True)
    change.put(unit)
    if written_kb and fills(unit):
        known = change.find(UnitUse, unit.uuid)
        change.put(UnitUse(uuid=unit.uuid, written_kb=max(written_kb, known.written_kb if known is not None else 0)))
    _account(change, unit)


def forget_unit(change: Change, unit: LogicalUnit) -> None:
    """The opposite."""
    _account(change, unit, gone=True)
    change.remove(unit)
    if use := change.find(UnitUse, unit.uuid):
        change.remove(use)
    forget_snapshots(change, unit.uuid)


def _account(change: Change, unit: LogicalUnit, *, gone: bool = False) -> None:
    pool = pool_of(change, change.get(Tier, unit.parent or ""))
    change.put(with_change(change, pool, (unit,) if gone else (), () if gone else (unit,)))
