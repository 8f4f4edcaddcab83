"""tier: the tiers of the shared storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, report
from openlpar.vios.padmin.options import Flag, Operands, Value, Values, all_of, form, may, one
from openlpar.vios.padmin.refusal import not_yet
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


class Tier(Command, name="tier", group="Shared Storage Pool"):
    """Manages the tiers of a shared storage pool."""

    show = Flag("-list", "the tiers")
    modify = Flag("-modify", "renames a tier")
    make = Flag("-create", "a new tier")
    remove_ = Flag("-remove", "removes a tier")
    clustername = Value("-clustername", "ClusterName", "the cluster; may be left out, there is only one")
    sp = Value("-sp", "StoragePool", "the storage pool; may be left out, there is only one")
    tier = Value("-tier", "TierName", "the tier")
    attr = Value("-attr", "Attribute=Value", "name=NewName")
    verbose = Flag("-verbose", "everything about each")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    header = Flag("-header", "with a line of field names (with -fmt)")
    disks = Operands("PhysicalVolume", "its disks")

    _where = (may(clustername), may(sp))

    @form(show, *_where, may(tier), may(one(verbose, field)), may(all_of(fmt, may(header))))
    def list_all(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        tiers = [self.server.tier(pool, self.tier)] if self.tier else self.server.tiers(pool)
        rows = [
            {
                "POOL_NAME": pool.name,
                "TIER_NAME": tier.name,
                "TIER_TYPE": "COMINGLED" if tier.is_default else "USER",
                "TIER_DEFAULT": "YES" if tier.is_default else "NO",
                "SIZE": str(megabytes(tier.capacity)),
                "FREE_SPACE": str(megabytes(pool.free_space)),
                "MIRROR_STATE": "NOT_MIRRORED" if len(tier.failure_groups) < 2 else "SYNCED",
                "TIER_ID": bare_id(tier.udid),
            }
            for tier in tiers
        ]
        return report(
            rows,
            _TIERS,
            _ALL,
            title=f"POOL_NAME: {pool.name}",
            verbose=self.verbose,
            fields=self.field,
            delimiter=self.fmt,
            header=self.header,
        )

    @form(modify, *_where, tier, attr)
    def rename(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        name, _, value = self.attr.partition("=")
        if name != "name" or not value:
            raise not_yet(f"tier -modify -attr {self.attr}", "Use name=NewName.")
        self.server.operator.update(self.server.tier(pool, self.tier).evolve(name=value))
        yield f"Tier {self.tier} has been renamed to {value}."

    @form(make, *_where, tier, disks)
    @form(remove_, *_where, tier)
    def change(self) -> Iterator[str]:
        raise not_yet("More than one tier in a pool", "All disks of the pool are in its first tier.")
