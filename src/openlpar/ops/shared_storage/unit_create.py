"""Creating a logical unit."""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.ops.core import CreateOperation, Evidence, Level
from openlpar.ops.shared_storage.accounts import pool_of, serving_node
from openlpar.ops.shared_storage.unit_plan import planned_unit
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


@dataclass
class CreateUnit(UnitWriter, CreateOperation, name="logical_unit.create", verb="create", on=(LogicalUnit,)):
    """Makes a disk or image in a tier, thin unless asked otherwise; with ClonedFrom a linked clone of an image."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    requested: LogicalUnit

    def check(self, world: World) -> None:
        tier = world.get(Tier, self.parent)
        self._pool = pool_of(world, tier)
        serving_node(world, self._pool)
        self._new = [(tier, planned_unit(world, self._pool, tier, self.requested))]

    def _make(self, tier: Tier, unit: LogicalUnit, change: Change) -> None:
        super()._make(tier, unit, change)
        self.subject = (LogicalUnit, self._made[0].uuid)
