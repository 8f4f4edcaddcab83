"""failgrp: the failure groups of the shared storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.shared_storage_pool import FailureGroup, SharedStoragePool, Tier
from openlpar.vios.padmin import pool_changes
from openlpar.vios.padmin.layout import Column
from openlpar.vios.padmin.options import Flag, Operands, Value, form, may
from openlpar.vios.padmin.pool_commands import PoolReport, assignment, placed
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import bare_id
from openlpar.vios.padmin.sizes import megabytes

_GROUPS = (
    Column("FG_NAME", "FG_NAME", 20),
    Column("FG_SIZE", "FG_SIZE(MB)", 15),
    Column("FG_STATE", "FG_STATE", 12),
)
_ALL = (
    Column("POOL_NAME", "POOL_NAME", 0),
    Column("TIER_NAME", "TIER_NAME", 0),
    *(Column(column.name, column.heading, 0) for column in _GROUPS),
    Column("FG_ID", "FG_ID", 0),
)


class Failgrp(PoolReport, name="failgrp", group="Shared Storage Pool"):
    """Manages the failure groups of a shared storage pool."""

    show = Flag("-list", "the failure groups")
    make = Flag("-create", "a second failure group: it mirrors the first")
    remove_ = Flag("-remove", "removes a failure group: the tier is no longer mirrored")
    modify = Flag("-modify", "renames a failure group")
    tier = Value("-tier", "TierName", "the tier; without it the default tier, or all (-list, -remove, -modify)")
    fg = Value("-fg", "FGName[:]", "the failure group")
    attr = Value("-attr", "Attribute=Value", "fg_name=NewName")
    disks = Operands("PhysicalVolume", "its disks")

    @form(show, *PoolReport.where, may(tier), *PoolReport.layout)
    def list_all(self) -> Iterator[str]:
        pool = self.pool()
        rows = [
            {
                "POOL_NAME": pool.name,
                "TIER_NAME": tier.name,
                "FG_NAME": group.name,
                "FG_SIZE": str(megabytes(group.capacity)),
                "FG_STATE": (group.state or "Online").upper(),
                "FG_ID": bare_id(group.udid),
            }
            for tier in self.chosen_tiers(pool, self.tier)
            for group in tier.failure_groups
        ]
        return self.reported(rows, _GROUPS, _ALL)

    @form(make, *PoolReport.where, may(tier), fg, may(disks))
    def create(self) -> Iterator[str]:
        ((name, disks),) = placed([self.fg if ":" in self.fg else f"{self.fg}:", *self.disks]).items()
        pool_changes.add_group(self.server, self.server.tier(self.pool(), self.tier), name, disks)
        yield f"Failure group {name} has been created successfully."

    @form(remove_, *PoolReport.where, may(tier), fg)
    def remove(self) -> Iterator[str]:
        tier, group = self._chosen(self.pool())
        pool_changes.remove_group(self.server, tier, group)
        yield f"Failure group {self.fg} has been removed successfully."

    @form(modify, *PoolReport.where, may(tier), may(fg), attr)
    def rename(self) -> Iterator[str]:
        _, value = assignment(self.attr, "fg_name")
        tier, group = self._chosen(self.pool())
        pool_changes.change_group(self.server, tier, group, group.evolve(name=value))
        yield f"Failure group {group.name} has been renamed to {value}."

    def _chosen(self, pool: SharedStoragePool) -> tuple[Tier, FailureGroup]:
        """By name, in the tier that was given or in the only one that has it. Raises Refusal."""
        tiers = self.chosen_tiers(pool, self.tier)
        found = [(tier, group) for tier in tiers for group in tier.failure_groups if self.fg in ("", group.name)]
        if not found:
            raise no_such("Failure group", self.fg, "failgrp -list lists them.")
        if len(found) > 1:
            called = f'called "{self.fg}"' if self.fg else "in the pool"
            raise Refusal(Status.TOO_MANY, f"{len(found)} failure groups are {called}. Name one with -tier and -fg.")
        return found[0]
