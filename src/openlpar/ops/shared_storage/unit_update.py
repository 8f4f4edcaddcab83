"""Changing a logical unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, ResourceRequest
from openlpar.ops.shared_storage.accounts import pool_of, serving_node
from openlpar.ops.shared_storage.unit_plan import changed_unit
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


@dataclass
class UpdateUnit(UnitWriter, name="logical_unit.update", verb="update", on=(LogicalUnit,)):
    """Renames a logical unit, or lets it grow. strict: see ``ops.merge``."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.storage; access codes in lufeed.txt")

    uuid: str
    requested: LogicalUnit
    strict: bool = False

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, LogicalUnit)
        return cls(request.uuid, request.element, request.strict)

    def locks(self) -> Iterable[str]:
        return (self.uuid,)

    def about(self, world: World) -> str:
        unit = world.find(LogicalUnit, self.uuid)
        return unit.name if unit else self.uuid

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
