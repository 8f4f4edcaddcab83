"""lu: logical units of the shared storage pool."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from openlpar.ports.pool_space import taken_gb
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.vios.padmin import changes, pool_changes
from openlpar.vios.padmin.layout import Column, Row, listing, picked
from openlpar.vios.padmin.options import Flag, Value, all_of, form, may, one
from openlpar.vios.padmin.pool_commands import PoolReport
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import short_udid
from openlpar.vios.padmin.sizes import gigabytes, megabytes, percent

_UNITS = (
    Column("LU_NAME", "LU_NAME", 24),
    Column("LU_SIZE", "SIZE(MB)", 12),
    Column("LU_UNUSED_SPACE", "UNUSED(MB)", 12),
    Column("LU_UDID", "UDID", 32),
)
_ATTRIBUTES = (
    Column("LU_NAME", "LU_NAME", 0),
    Column("LU_UDID", "LU_UDID", 0),
    Column("LU_SIZE", "LU_SIZE(MB)", 0),
    Column("LU_USED_PERCENT", "LU_USED_PERCENT", 0),
    Column("LU_USED_SPACE", "LU_USED_SPACE(MB)", 0),
    Column("LU_UNUSED_SPACE", "LU_UNUSED_SPACE(MB)", 0),
    Column("LU_PROVISION_TYPE", "LU_PROVISION_TYPE", 0),
    Column("POOL_NAME", "POOL_NAME", 0),
    Column("TIER_NAME", "TIER_NAME", 0),
)


class Lu(PoolReport, name="lu", group="Shared Storage Pool"):
    """Manages the logical units of a shared storage pool."""

    make = Flag("-create", "a new logical unit")
    show = Flag("-list", "the logical units")
    lend = Flag("-map", "lends a logical unit to a client")
    unlend = Flag("-unmap", "takes it from its clients, or from one")
    remove_ = Flag("-remove", "removes a logical unit")
    grow = Flag("-resize", "gives a logical unit another size")
    move = Flag("-move", "moves a logical unit to another tier")
    tier = Value("-tier", "Tier", "the tier; without it the default tier (-create), or all (-list)")
    lu = Value("-lu", "LUName", "a logical unit by name")
    luudid = Value("-luudid", "LUUDID", "a logical unit by its UDID")
    every = Flag("-all", "all logical units")
    size = Value("-size", "Size", "20480, 20480M or 20G")
    vadapter = Value("-vadapter", "ServerVirtualAdapter", "the virtual SCSI server adapter to map it to")
    vtd = Value("-vtd", "VirtualTargetDevice", "name of the virtual target device")
    thick = Flag("-thick", "with all its space from the start; thin otherwise")
    dsttier = Value("-dsttier", "Tier", "the tier to move it to")
    attr = Value("-attr", "Attribute=Value", "only those with this value, for example provision_type=thin")

    @form(make, *PoolReport.where, may(tier), lu, size, may(all_of(vadapter, may(vtd))), may(thick))
    def create(self) -> Iterator[str]:
        pool = self.pool()
        tier = self.server.tier(pool, self.tier)
        size_gb = gigabytes(self.size)
        vhost = self.server.vhost(self.vadapter) if self.vadapter else None
        unit = changes.create_unit(self.server, tier, self.lu, size_gb, thick=self.thick)
        yield f"Lu Name:{unit.name}"
        yield f"Lu Udid:{short_udid(unit)}"
        if vhost is not None:
            yield from self._mapped(unit)

    @form(show, *PoolReport.where, may(tier), may(attr), *PoolReport.layout)
    def list_all(self) -> Iterator[str]:
        pool = self.pool()
        tiers = self.chosen_tiers(pool, self.tier)
        units = [(tier, unit) for tier, unit in self.server.units(pool) if tier.uuid in [each.uuid for each in tiers]]
        rows = [_row(pool, tier, unit, taken_gb(self.server.change, unit)) for tier, unit in units]
        rows = [row for row in rows if _has(row, self.attr)] if self.attr else rows
        if self.fmt:
            columns = _ATTRIBUTES if self.verbose or self.field else _UNITS
            if self.header:
                yield self.fmt.join(column.heading for column in picked(columns, self.field))
            yield from listing(columns, rows, fields=self.field, delimiter=self.fmt)
        elif self.verbose or self.field:
            yield from _blocks(rows, self.field)
        else:
            yield from self._tables(pool, tiers, rows)

    def _tables(self, pool: SharedStoragePool, tiers: list[Tier], rows: list[Row]) -> Iterator[str]:
        for number, tier in enumerate(tiers):
            if number:
                yield ""
            yield f"POOL_NAME: {pool.name}"
            yield f"TIER_NAME: {tier.name}"
            yield from listing(_UNITS, (row for row in rows if row["TIER_NAME"] == tier.name))

    @form(lend, *PoolReport.where, one(lu, luudid), vadapter, may(vtd))
    def map(self) -> Iterator[str]:
        return self._mapped(self.server.unit(self.pool(), self.lu, self.luudid))

    def _mapped(self, unit: LogicalUnit) -> Iterator[str]:
        target = changes.connect(self.server, self.server.vhost(self.vadapter), unit, self.vtd)
        yield f"Assigning logical unit '{unit.name}' as a backing device."
        yield ""
        yield f"VTD:{target.name}"

    @form(unlend, *PoolReport.where, one(lu, luudid), may(vtd))
    def unmap(self) -> Iterator[str]:
        unit = self.server.unit(self.pool(), self.lu, self.luudid)
        targets = self.server.users(f"{unit.name}.{short_udid(unit)}")
        if self.vtd:
            targets = [target for target in targets if target.name == self.vtd]
        if not targets:
            what = f'through "{self.vtd}" ' if self.vtd else ""
            raise Refusal(
                Status.NOT_FOUND,
                f'Logical unit "{unit.name}" is not mapped {what}on this Virtual I/O Server. lsmap -all lists the mappings.',
            )
        for target in targets:
            changes.disconnect(self.server, target)
            yield f"{target.name} deleted"

    @form(remove_, *PoolReport.where, one(lu, luudid, every))
    def remove(self) -> Iterator[str]:
        pool = self.pool()
        if self.every:
            units = [unit for _, unit in self.server.units(pool)]
        else:
            units = [self.server.unit(pool, self.lu, self.luudid)]
        changes.delete_units(self.server, pool, units)
        for unit in units:
            yield f'Logical unit {unit.name} with udid "{short_udid(unit)}" is removed.'

    @form(grow, *PoolReport.where, one(lu, luudid), size)
    def resize(self) -> Iterator[str]:
        unit = self.server.unit(self.pool(), self.lu, self.luudid)
        changes.resize_unit(self.server, unit, gigabytes(self.size))
        yield f'Logical unit {unit.name} with udid "{short_udid(unit)}" has been successfully changed.'

    @form(move, *PoolReport.where, one(lu, luudid), dsttier)
    def move_to_tier(self) -> Iterator[str]:
        """An image takes its clones along."""
        pool = self.pool()
        unit = self.server.unit(pool, self.lu, self.luudid)
        pool_changes.move_unit(self.server, unit, self.server.tier(pool, self.dsttier))
        yield f'Logical unit {unit.name} with udid "{short_udid(unit)}" has been successfully moved.'


def _row(pool: SharedStoragePool, tier: Tier, unit: LogicalUnit, taken: Decimal) -> Row:
    """taken: GB that it takes of the pool; what a thin unit does not take yet is unused."""
    size, used = megabytes(unit.capacity), megabytes(taken)
    return {
        "LU_NAME": unit.name,
        "LU_UDID": short_udid(unit),
        "LU_SIZE": str(size),
        "LU_USED_PERCENT": percent(used, size),
        "LU_USED_SPACE": str(used),
        "LU_UNUSED_SPACE": str(size - used),
        "LU_PROVISION_TYPE": "THIN" if unit.is_thin else "THICK",
        "POOL_NAME": pool.name,
        "TIER_NAME": tier.name,
    }


def _has(row: Row, condition: str) -> bool:
    name, equals, value = condition.partition("=")
    wanted = name.upper()
    key = next((key for key in (wanted, f"LU_{wanted}") if key in row), "")
    if not equals or not key:
        known = ", ".join(name.lower().removeprefix("lu_") for name in row)
        raise no_such("Attribute", name, f"The attributes are: {known}.")
    return row[key].lower() == value.lower()


def _blocks(rows: list[Row], fields: tuple[str, ...]) -> Iterator[str]:
    columns = picked(_ATTRIBUTES, fields)
    for number, row in enumerate(rows):
        if number:
            yield ""
        for column in columns:
            yield f"{column.heading}:{row[column.name]}"
