"""Deleting a tier."""

from __future__ import annotations

from openlpar.messages import storage as say
from openlpar.ops.core import DeleteOperation, Evidence, Level
from openlpar.ops.shared_storage.accounts import changing_node, pool_of
from openlpar.ops.shared_storage.tier_plan import holds_pool
from openlpar.ops.shared_storage.tier_write import TierWriter
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


class DeleteTier(TierWriter, DeleteOperation, name="tier.delete", verb="delete", on=(Tier,)):
    """Removes a tier that holds no logical units; its disks are free again."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation: tier -remove of the VIOS command line")

    def check(self, world: World) -> None:
        tier = world.get(Tier, self.uuid)
        self._pool = pool_of(world, tier)
        changing_node(world, self._pool)
        cause = ""
        if holds_pool(tier):
            cause = "the pool's own data is in it"
        elif tier.is_default:
            cause = "it is the default tier"
        elif count := world.count(LogicalUnit, tier.uuid):
            cause = f"it holds {count} logical units"
        if cause:
            raise say.TIER_NEEDED.error(tier=tier.name, pool=self._pool.name, cause=cause)
        self._gone = (tier,)
