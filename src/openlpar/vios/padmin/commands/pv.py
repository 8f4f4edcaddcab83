"""pv: the disks of the shared storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, listing, report
from openlpar.vios.padmin.options import Flag, Operands, Value, Values, all_of, form, may, one

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


class Pv(Command, name="pv", group="Shared Storage Pool"):
    """Manages the physical volumes of a shared storage pool."""

    show = Flag("-list", "the physical volumes")
    capable = Flag("-capable", "those that could join the pool")
    add = Flag("-add", "adds physical volumes")
    remove_ = Flag("-remove", "removes physical volumes")
    replace = Flag("-replace", "replaces a physical volume")
    clustername = Value("-clustername", "ClusterName", "the cluster; may be left out, there is only one")
    sp = Value("-sp", "StoragePool", "the storage pool; may be left out, there is only one")
    gone = Values("-pv", "PhysicalVolume", "the physical volumes to remove")
    fg = Values("-fg", "FGName:PhysicalVolume", "the physical volumes to add, behind the name of their failure group")
    oldpv = Value("-oldpv", "PhysicalVolume", "the one that goes")
    newpv = Value("-newpv", "PhysicalVolume", "the one that takes its place")
    verbose = Flag("-verbose", "everything about each")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    header = Flag("-header", "with a line of field names (with -fmt)")
    disks = Operands("PhysicalVolume", "the physical volumes to add")

    _where = (may(clustername), may(sp))

    @form(show, *_where, may(one(verbose, field)), may(all_of(fmt, may(header))))
    def list_all(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
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
            for tier in self.server.tiers(pool)
            for group in tier.failure_groups
            for disk in group.physical_volumes
        ]
        return report(
            rows,
            _DISKS,
            _ALL,
            title=f"POOL_NAME: {pool.name}",
            verbose=self.verbose,
            fields=self.field,
            delimiter=self.fmt,
            header=self.header,
        )

    @form(show, capable, *_where, may(fmt))
    def list_capable(self) -> Iterator[str]:
        """SAN disks that nothing uses: every node has to see them."""
        rows = [
            {"PV_NAME": disk.name, "SIZE": str(disk.capacity), "UDID": disk.udid}
            for disk in self.server.vios.phys_vols
            if disk.avail_for_use and disk.is_fc_backed
        ]
        return listing(_CAPABLE, rows, delimiter=self.fmt)

    @form(add, *_where, one(fg, disks))
    def extend(self) -> Iterator[str]:
        names = [word.rpartition(":")[2] for word in self.fg] if self.fg else list(self.disks)
        pool = self.server.the_pool(self.clustername, self.sp)
        changes.extend_pool(self.server, pool, [self.server.disk(name) for name in names if name])
        yield "Given physical volume(s) have been added successfully."

    @form(remove_, *_where, gone)
    def reduce(self) -> Iterator[str]:
        changes.reduce_pool(self.server, self.server.the_pool(self.clustername, self.sp), self.gone)
        yield "Given physical volume(s) have been removed successfully."

    @form(replace, *_where, oldpv, newpv)
    def exchange(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        changes.replace_pool_disk(self.server, pool, self.oldpv, self.server.disk(self.newpv))
        yield "Given physical volume(s) have been replaced successfully."
