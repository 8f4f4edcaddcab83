"""Creating a tier."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import CreateOperation, Evidence, Level
from openlpar.ops.shared_storage.accounts import changing_node
from openlpar.ops.shared_storage.tier_plan import MOST_TIERS, check_tier_name, planned_groups, with_groups
from openlpar.ops.shared_storage.tier_write import TierWriter
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import SharedStoragePool, Tier, TierType


@dataclass
class CreateTier(TierWriter, CreateOperation, name="tier.create", verb="create", on=(Tier,)):
    """Makes a tier of disks that nothing uses yet; with two failure groups it is mirrored."""

    evidence = Evidence(
        Level.DOCUMENTED, "IBM documentation: Tier of the REST API, tier -create of the VIOS command line"
    )

    requested: Tier

    def check(self, world: World) -> None:
        self._pool = pool = world.get(SharedStoragePool, self.parent)
        vios = changing_node(world, pool)
        wish = self.requested
        check_tier_name(world, pool, wish.name)
        count = world.count(Tier, pool.uuid)
        if count >= MOST_TIERS:
            raise say.TIER_COUNT.error(pool=pool.name, count=count)
        kind = wish.tier_type or TierType.USER_TIER.value
        if kind != TierType.USER_TIER:
            raise general.BAD_VALUE.error(
                field="Type",
                object=f"tier {wish.name}",
                value=repr(kind),
                cause="the pool's own data is in its first tier",
                wanted=TierType.USER_TIER.value,
            )
        bare = Tier(
            parent=pool.uuid,
            name=wish.name,
            tier_type=kind,
            is_default=False,
            capacity=Decimal(0),
            ssp_uri=f"SharedStoragePool/{pool.uuid}",
        )
        self._after = (with_groups(bare, planned_groups(world, vios, pool, bare, wish.failure_groups)),)
