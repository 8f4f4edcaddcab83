"""failgrp: the failure groups of the shared storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, report
from openlpar.vios.padmin.options import Flag, Operands, Value, Values, all_of, form, may, one
from openlpar.vios.padmin.refusal import not_yet
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


class Failgrp(Command, name="failgrp", group="Shared Storage Pool"):
    """Manages the failure groups of a shared storage pool."""

    show = Flag("-list", "the failure groups")
    make = Flag("-create", "a new failure group")
    remove_ = Flag("-remove", "removes a failure group")
    modify = Flag("-modify", "changes a failure group")
    clustername = Value("-clustername", "ClusterName", "the cluster; may be left out, there is only one")
    sp = Value("-sp", "StoragePool", "the storage pool; may be left out, there is only one")
    fg = Value("-fg", "FGName", "the failure group")
    attr = Value("-attr", "Attribute=Value", "what to change")
    verbose = Flag("-verbose", "everything about each")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    header = Flag("-header", "with a line of field names (with -fmt)")
    disks = Operands("PhysicalVolume", "its disks")

    _where = (may(clustername), may(sp))

    @form(show, *_where, may(one(verbose, field)), may(all_of(fmt, may(header))))
    def list_all(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        rows = [
            {
                "POOL_NAME": pool.name,
                "TIER_NAME": tier.name,
                "FG_NAME": group.name,
                "FG_SIZE": str(megabytes(group.capacity)),
                "FG_STATE": (group.state or "Online").upper(),
                "FG_ID": bare_id(group.udid),
            }
            for tier in self.server.tiers(pool)
            for group in tier.failure_groups
        ]
        return report(
            rows,
            _GROUPS,
            _ALL,
            title=f"POOL_NAME: {pool.name}",
            verbose=self.verbose,
            fields=self.field,
            delimiter=self.fmt,
            header=self.header,
        )

    @form(make, *_where, fg, disks)
    @form(remove_, *_where, fg)
    @form(modify, *_where, may(fg), attr)
    def change(self) -> Iterator[str]:
        raise not_yet("Mirroring a pool over failure groups", "All disks of the pool are in its first failure group.")
