"""Changing a logical unit."""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, UpdateOperation
from openlpar.ops.shared_storage.accounts import pool_of, serving_node
from openlpar.ops.shared_storage.unit_plan import changed_unit
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


@dataclass
class UpdateUnit(UnitWriter, UpdateOperation, name="logical_unit.update", verb="update", on=(LogicalUnit,)):
    """Renames a logical unit, or lets it grow."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.storage; access codes in lufeed.txt")

    requested: LogicalUnit

    def check(self, world: World) -> None:
        unit = world.get(LogicalUnit, self.uuid)
        self._pool = pool_of(world, world.get(Tier, unit.parent or ""))
        serving_node(world, self._pool)
        udid = self.requested.udid
        if self.strict and udid and udid != unit.udid:
            about = f"logical unit {unit.name}"
            raise general.READ_ONLY.error(field="UniqueDeviceID", object=about, old=unit.udid, new=udid)
        after = changed_unit(world, self._pool, unit, self.requested)
        self._changed = [(unit, after)] if after != unit else []
        self.subject = (LogicalUnit, unit.uuid)
