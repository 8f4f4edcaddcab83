"""pv: the disks of the shared storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import pool_changes
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Operands, Value, Values, form, may, one
from openlpar.vios.padmin.pool_commands import PoolReport, placed

_DISKS = (
    Column("PV_NAME", "PV_NAME", 16),
    Column("SIZE", "SIZE(MB)", 12),
    Column("STATE", "STATE", 10),
    Column("UDID", "UDID", 32),
)
_ALL = (
    Column("POOL_NAME", "POOL_NAME", 0),
    Column("TIER_NAME", "TIER_NAME", 0),
    Column("FG_NAME", "FG_NAME", 0),
    *(Column(column.name, column.heading, 0) for column in _DISKS),
)
_CAPABLE = (Column("PV_NAME", "PV_NAME", 16), Column("SIZE", "SIZE(MB)", 12), Column("UDID", "PV_UDID", 32))


class Pv(PoolReport, name="pv", group="Shared Storage Pool"):
    """Manages the physical volumes of a shared storage pool."""

    show = Flag("-list", "the physical volumes")
    capable = Flag("-capable", "those that could join the pool")
    add = Flag("-add", "adds physical volumes")
    remove_ = Flag("-remove", "removes physical volumes")
    replace = Flag("-replace", "replaces a physical volume")
    tier = Value("-tier", "TierName", "the tier; without it the default tier (-add), or all (-list)")
    gone = Values("-pv", "PhysicalVolume", "the physical volumes to remove")
    fg = Values("-fg", "FGName:PhysicalVolume", "the physical volumes to add, behind the name of their failure group")
    oldpv = Value("-oldpv", "PhysicalVolume", "the one that goes")
    newpv = Value("-newpv", "PhysicalVolume", "the one that takes its place")
    disks = Operands("PhysicalVolume", "the physical volumes to add")

    @form(show, *PoolReport.where, may(tier), *PoolReport.layout)
    def list_all(self) -> Iterator[str]:
        pool = self.pool()
        rows = [
            {
                "POOL_NAME": pool.name,
                "TIER_NAME": tier.name,
                "FG_NAME": group.name,
                "PV_NAME": disk.name,
                "SIZE": str(disk.capacity),
                "STATE": "ONLINE",
                "UDID": disk.udid,
            }
            for tier in self.chosen_tiers(pool, self.tier)
            for group in tier.failure_groups
            for disk in group.physical_volumes
        ]
        return self.reported(rows, _DISKS, _ALL)

    @form(show, capable, *PoolReport.where, may(PoolReport.fmt))
    def list_capable(self) -> Iterator[str]:
        """SAN disks that nothing uses: every node has to see them."""
        rows = [
            {"PV_NAME": disk.name, "SIZE": str(disk.capacity), "UDID": disk.udid}
            for disk in self.server.vios.phys_vols
            if disk.avail_for_use and disk.is_fc_backed
        ]
        return listing(_CAPABLE, rows, delimiter=self.fmt)

    @form(add, *PoolReport.where, may(tier), one(fg, disks))
    def extend(self) -> Iterator[str]:
        tier = self.server.tier(self.pool(), self.tier)
        pool_changes.add_disks(self.server, tier, placed(self.fg or self.disks))
        yield "Given physical volume(s) have been added successfully."

    @form(remove_, *PoolReport.where, gone)
    def reduce(self) -> Iterator[str]:
        pool_changes.remove_disks(self.server, self.pool(), self.gone)
        yield "Given physical volume(s) have been removed successfully."

    @form(replace, *PoolReport.where, oldpv, newpv)
    def exchange(self) -> Iterator[str]:
        pool_changes.replace_disk(self.server, self.pool(), self.oldpv, self.server.disk(self.newpv))
        yield "Given physical volume(s) have been replaced successfully."
