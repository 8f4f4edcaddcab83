"""Creating a logical unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.ops.core import Evidence, Level, ResourceRequest
from openlpar.ops.shared_storage.accounts import pool_of, serving_node
from openlpar.ops.shared_storage.unit_plan import planned_unit
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


@dataclass
class CreateUnit(UnitWriter, name="logical_unit.create", verb="create", on=(LogicalUnit,)):
    """Makes a disk or image in a tier, thin unless asked otherwise; with ClonedFrom a linked clone of an image."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    tier_uuid: str
    requested: LogicalUnit

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, LogicalUnit)
        return cls(request.parent or "", request.element)

    def locks(self) -> Iterable[str]:
        return (self.tier_uuid,)

    def about(self, world: World) -> str:
        return self.requested.name

    def check(self, world: World) -> None:
        tier = world.get(Tier, self.tier_uuid)
        self._pool = pool_of(world, tier)
        serving_node(world, self._pool)
        self._new = [(tier, planned_unit(world, self._pool, tier, self.requested))]

    def _make(self, tier: Tier, unit: LogicalUnit, change: Change) -> None:
        super()._make(tier, unit, change)
        self.subject = (LogicalUnit, self._made[0].uuid)
