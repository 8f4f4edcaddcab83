"""Deleting a logical unit."""

from __future__ import annotations

from openlpar.ops.core import DeleteOperation, Evidence, Level
from openlpar.ops.shared_storage.accounts import pool_of, serving_node
from openlpar.ops.shared_storage.unit_plan import check_gone
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


class DeleteUnit(UnitWriter, DeleteOperation, name="logical_unit.delete", verb="delete", on=(LogicalUnit,)):
    """Removes a logical unit that is not mapped and that no clone depends on."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    def check(self, world: World) -> None:
        unit = world.get(LogicalUnit, self.uuid)
        self._pool = pool_of(world, world.get(Tier, unit.parent or ""))
        serving_node(world, self._pool)
        self._gone = [unit]
        check_gone(world, self._pool, self._gone)
