"""Changing a tier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step, UpdateOperation
from openlpar.ops.shared_storage.accounts import pool_of, serving_node
from openlpar.ops.storage.names import LOGICAL_UNIT, check_name
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import Tier

_FIXED = ("udid", "tier_type", "is_default", "mirror_state", "failure_groups")


@dataclass
class UpdateTier(UpdateOperation, name="tier.update", verb="update", on=(Tier,)):
    """Renames a tier. What is in it is changed through its pool."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.storage; access codes in tier.txt")

    requested: Tier

    def check(self, world: World) -> None:
        tier, requested = world.get(Tier, self.uuid), self.requested
        pool = pool_of(world, tier)
        serving_node(world, pool)
        for name in _FIXED:
            if requested.has(name) and requested.get(name) != tier.get(name):
                old, new = tier.get(name), requested.get(name)
                raise say.FIXED.error(field=Tier.by_name[name].tag, object=f"tier {tier.name}", old=old, new=new)
        self._after = tier
        if requested.name and requested.name != tier.name:
            check_name("tier", requested.name, LOGICAL_UNIT)
            if any(other.name == requested.name for other in world.all(Tier, pool.uuid)):
                kind = f"Tier of shared storage pool {pool.name}"
                raise general.NAME_TAKEN.error(kind=kind, name=requested.name)
            self._after = tier.evolve(name=requested.name)

    def steps(self) -> Iterable[Step]:
        yield Step("write the tier", self._write)

    def _write(self, change: Change) -> None:
        change.put(self._after)
        self.subject = (Tier, self.uuid)
