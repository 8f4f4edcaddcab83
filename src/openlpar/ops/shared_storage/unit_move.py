"""Moving a logical unit to another tier, as the Virtual I/O Server's ``lu -move`` does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.shared_storage.accounts import changing_node, check_room, pool_of, units_of
from openlpar.ports.pool_space import taken_gb
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool, Tier


@dataclass
class MoveUnit(JobOperation, name="logical_unit.move"):
    """target: uuid of the logical unit, which may be in use; tier: uuid of the tier it goes to. An image takes its clones along:
    they share its data."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: lu -move")

    target: str
    tier: str

    parameters: ClassVar[dict[str, str]] = {"tier": "uuid of the tier it goes to"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["tier"])

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        unit = world.find(LogicalUnit, self.target)
        return unit.name if unit is not None else self.target

    def check(self, world: World) -> None:
        unit, there = world.get(LogicalUnit, self.target), world.get(Tier, self.tier)
        here = world.get(Tier, unit.parent or "")
        pool = pool_of(world, here)
        changing_node(world, pool)
        if there.parent != pool.uuid:
            raise general.NOT_FOUND.error(kind=f"Tier of shared storage pool {pool.name}", name=there.name)
        self._units = [] if here.uuid == there.uuid else list(_family(world, pool, unit))
        needed = sum((taken_gb(world, one) for one in self._units), Decimal(0))
        if self._units:
            check_room(world, there, pool, needed, unit.name, within_pool=True)

    def steps(self) -> Iterable[Step]:
        yield Step("move the logical unit", self._move)

    def _move(self, change: Change) -> None:
        for unit in self._units:
            change.put(unit.evolve(parent=self.tier))
        self.subject = (LogicalUnit, self.target)


def _family(world: World, pool: SharedStoragePool, unit: LogicalUnit) -> Iterable[LogicalUnit]:
    """A logical unit with what shares its data. Raises Failure for a clone: it would leave that behind."""
    if unit.cloned_from_udid:
        source = unit.cloned_from_udid[2:]
        image = next((one for one in units_of(world, pool) if one.udid[2:] == source), None)
        raise say.CLONE_STAYS.error(name=unit.name, image=image.name if image is not None else source)
    yield unit
    if unit.lu_type == LogicalUnitType.IMAGE:
        yield from (one for one in units_of(world, pool) if one.cloned_from_udid[2:] == unit.udid[2:])
