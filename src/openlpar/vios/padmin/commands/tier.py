"""tier: the tiers of the shared storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.pool_space import free_gb
from openlpar.uom.shared_storage_pool import MirrorState, TierType
from openlpar.uom.shared_storage_pool import Tier as TierElement
from openlpar.vios.padmin import pool_changes
from openlpar.vios.padmin.layout import Column
from openlpar.vios.padmin.options import Flag, Operands, Value, Values, form, may
from openlpar.vios.padmin.pool_commands import PoolReport, assignment, placed
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import bare_id
from openlpar.vios.padmin.sizes import megabytes

_TIERS = (
    Column("TIER_NAME", "TIER_NAME", 16),
    Column("SIZE", "SIZE(MB)", 12),
    Column("FREE_SPACE", "FREE_SPACE(MB)", 16),
    Column("MIRROR_STATE", "MIRROR_STATE", 14),
)
_ALL = (
    Column("POOL_NAME", "POOL_NAME", 0),
    Column("TIER_NAME", "TIER_NAME", 0),
    Column("TIER_TYPE", "TIER_TYPE", 0),
    Column("TIER_DEFAULT", "TIER_DEFAULT", 0),
    Column("SIZE", "SIZE(MB)", 0),
    Column("FREE_SPACE", "FREE_SPACE(MB)", 0),
    Column("MIRROR_STATE", "MIRROR_STATE", 0),
    Column("TIER_ID", "TIER_ID", 0),
)


_TYPES = {TierType.UNRESTRICTED_SYSTEM_TIER.value: "COMINGLED", TierType.USER_TIER.value: "USER"}
_FIRST_GROUP = "Default"


class Tier(PoolReport, name="tier", group="Shared Storage Pool"):
    """Manages the tiers of a shared storage pool."""

    show = Flag("-list", "the tiers")
    make = Flag("-create", "a new tier")
    modify = Flag("-modify", "renames a tier, or makes it the default one")
    remove_ = Flag("-remove", "removes a tier that holds no logical units")
    tier = Value("-tier", "TierName[:]", "the tier")
    attr = Value("-attr", "Attribute=Value", "name=NewName or default=yes")
    fg = Values("-fg", "FGName:PhysicalVolume", "disks behind the names of two failure groups: the tier is mirrored")
    disks = Operands("PhysicalVolume", "its disks")

    @form(show, *PoolReport.where, may(tier), *PoolReport.layout)
    def list_all(self) -> Iterator[str]:
        pool = self.pool()
        rows = [
            {
                "POOL_NAME": pool.name,
                "TIER_NAME": tier.name,
                "TIER_TYPE": _TYPES.get(tier.tier_type, "COMINGLED" if tier.is_default else "USER"),
                "TIER_DEFAULT": "YES" if tier.is_default else "NO",
                "SIZE": str(megabytes(tier.capacity)),
                "FREE_SPACE": str(megabytes(free_gb(self.server.change, tier, pool))),
                "MIRROR_STATE": "SYNCED" if _is_mirrored(tier) else "NOT_MIRRORED",
                "TIER_ID": bare_id(tier.udid),
            }
            for tier in self.chosen_tiers(pool, self.tier)
        ]
        return self.reported(rows, _TIERS, _ALL)

    @form(make, *PoolReport.where, tier, disks)
    @form(make, *PoolReport.where, tier, fg)
    def create(self) -> Iterator[str]:
        """The name may have a colon behind it, and the first disk behind that."""
        name, _, disk = self.tier.partition(":")
        first = [disk] if disk else []
        groups = placed(self.fg) if self.fg else {_FIRST_GROUP: [*first, *self.disks]}
        made = pool_changes.create_tier(self.server, self.pool(), name, groups)
        yield f"Tier {made.name} has been created successfully."

    @form(modify, *PoolReport.where, tier, attr)
    def change(self) -> Iterator[str]:
        tier = self.server.tier(self.pool(), self.tier)
        name, value = assignment(self.attr, "name", "default")
        if name == "name":
            self.server.operator.update(tier.evolve(name=value))
            yield f"Tier {self.tier} has been renamed to {value}."
        elif value != "yes":
            raise Refusal(
                Status.SYNTAX, f'Attribute "{self.attr}" is not valid. Make another tier the default one instead.'
            )
        else:
            self.server.operator.update(tier.evolve(is_default=True))
            yield f"Tier {self.tier} is the default tier now."

    @form(remove_, *PoolReport.where, tier)
    def remove(self) -> Iterator[str]:
        self.server.operator.delete(self.server.tier(self.pool(), self.tier))
        yield f"Tier {self.tier} has been removed successfully."


def _is_mirrored(tier: TierElement) -> bool:
    return tier.mirror_state == MirrorState.SYNCED or len(tier.failure_groups) > 1
