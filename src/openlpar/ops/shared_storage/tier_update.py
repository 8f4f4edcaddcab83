"""Changing a tier: its name, its failure groups with their disks, and whether it is the default one."""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, UpdateOperation
from openlpar.ops.shared_storage.accounts import changing_node, default_tier, pool_of
from openlpar.ops.shared_storage.tier_plan import check_holds, check_tier_name, planned_groups, with_groups
from openlpar.ops.shared_storage.tier_write import TierWriter
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import Tier

_FIXED = ("udid", "tier_type", "mirror_state")


@dataclass
class UpdateTier(TierWriter, UpdateOperation, name="tier.update", verb="update", on=(Tier,)):
    """Renames a tier, makes it the default one, or gives it other disks: a second failure group mirrors it."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.storage; access codes in tier.txt")

    requested: Tier

    def check(self, world: World) -> None:
        tier, requested = world.get(Tier, self.uuid), self.requested
        self._pool = pool = pool_of(world, tier)
        self.subject = (Tier, self.uuid)
        for name in _FIXED:
            if requested.has(name) and requested.get(name) != tier.get(name):
                raise self._fixed(tier, name)
        after = tier
        if requested.name and requested.name != tier.name:
            check_tier_name(world, pool, requested.name)
            after = after.evolve(name=requested.name)
        if requested.failure_groups and requested.failure_groups != tier.failure_groups:
            vios = changing_node(world, pool)
            after = with_groups(after, planned_groups(world, vios, pool, tier, requested.failure_groups))
            check_holds(world, pool, tier, after)
        others: tuple[Tier, ...] = ()
        if requested.has("is_default") and requested.is_default != tier.is_default:
            if tier.is_default:
                raise self._fixed(tier, "is_default")
            others = (default_tier(world, pool).evolve(is_default=False),)
            after = after.evolve(is_default=True)
        if after != tier:
            changing_node(world, pool)
            self._after = (*others, after)

    def _fixed(self, tier: Tier, name: str) -> Exception:
        old, new = tier.get(name), self.requested.get(name)
        return say.FIXED.error(field=Tier.by_name[name].tag, object=f"tier {tier.name}", old=old, new=new)
