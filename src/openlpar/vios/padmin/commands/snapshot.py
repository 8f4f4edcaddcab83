"""snapshot: snapshots of logical units. Forms and options are IBM's; how the list looks is recalled."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import UnitSnapshot
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, ValueOrAll, Values, form, may, one
from openlpar.vios.padmin.pool_commands import PoolCommand
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import short_udid
from openlpar.vios.padmin.sizes import megabytes

_UNITS = (
    Column("name", "Lu Name", 17),
    Column("size", "Size(mb)", 12),
    Column("type", "ProvisionType", 18),
    Column("udid", "Lu Udid", 32),
)


class Snapshot(PoolCommand, name="snapshot", group="Shared Storage Pool"):
    """Creates, removes, lists or rolls back to snapshots of logical units."""

    make = ValueOrAll("-create", "SnapshotName", "a new snapshot; without a name it gets one that tells the time")
    remove_ = Value("-remove", "SnapshotName", "removes a snapshot")
    rollback = Value("-rollback", "SnapshotName", "makes logical units what they were when it was taken")
    show = Flag("-list", "the snapshots there are")
    lu = Values("-lu", "LUName", "logical units by name")
    luudid = Values("-luudid", "LUUDID", "logical units by their UDIDs")

    @form(*PoolCommand.where, make, one(lu, luudid))
    def create(self) -> Iterator[str]:
        name = self.make
        if name == "*":
            name = f"snapshot_{self.server.now:%y%m%d_%H%M%S}"
        yield from self._performed("create", name)
        yield name

    @form(*PoolCommand.where, remove_, one(lu, luudid))
    def remove(self) -> Iterator[str]:
        return self._performed("remove", self.remove_)

    @form(*PoolCommand.where, rollback, one(lu, luudid))
    def roll_back(self) -> Iterator[str]:
        return self._performed("rollback", self.rollback)

    @form(*PoolCommand.where, show, may(one(lu, luudid)))
    def list_all(self) -> Iterator[str]:
        chosen = self._units() if self.lu or self.luudid else [unit for _, unit in self.server.units(self.pool())]
        printed = False
        for unit in chosen:
            snapshots = sorted(
                self.server.change.where(UnitSnapshot, unit=unit.uuid), key=lambda one: (one.at, one.name)
            )
            if not snapshots:
                continue
            yield from [""] if printed else []
            row = {
                "name": unit.name,
                "size": str(megabytes(unit.capacity)),
                "type": "THIN" if unit.is_thin else "THICK",
                "udid": short_udid(unit),
            }
            yield from listing(_UNITS, [row])
            yield "Snapshot"
            yield from (snapshot.name for snapshot in snapshots)
            printed = True

    def _performed(self, task: str, name: str) -> Iterator[str]:
        for unit in self._units():
            self.server.operator.perform("logical_unit.snapshot", unit.uuid, task=task, snapshot=name)
        yield from ()

    def _units(self) -> list[LogicalUnit]:
        """Each once. Raises Refusal."""
        pool = self.pool()
        found = [self.server.unit(pool, name, "") for name in self.lu]
        found += [self.server.unit(pool, "", udid) for udid in self.luudid]
        if len({unit.uuid for unit in found}) < len(found):
            raise Refusal(Status.SYNTAX, "A logical unit is named twice.")
        return found
