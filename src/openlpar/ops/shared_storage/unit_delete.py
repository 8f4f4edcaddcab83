"""Deleting a logical unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.ops.core import Evidence, Level, ResourceRequest
from openlpar.ops.shared_storage.accounts import pool_of, serving_node
from openlpar.ops.shared_storage.unit_plan import check_gone
from openlpar.ops.shared_storage.unit_write import UnitWriter
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


@dataclass
class DeleteUnit(UnitWriter, name="logical_unit.delete", verb="delete", on=(LogicalUnit,)):
    """Removes a logical unit that is not mapped and that no clone depends on."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    uuid: str

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls(request.uuid)

    def locks(self) -> Iterable[str]:
        return (self.uuid,)

    def about(self, world: World) -> str:
        unit = world.find(LogicalUnit, self.uuid)
        return unit.name if unit else self.uuid

    def check(self, world: World) -> None:
        unit = world.get(LogicalUnit, self.uuid)
        self._pool = pool_of(world, world.get(Tier, unit.parent or ""))
        serving_node(world, self._pool)
        self._gone = [unit]
        check_gone(world, self._pool, self._gone)
