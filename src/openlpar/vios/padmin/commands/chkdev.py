"""chkdev: whether disks can be lent, and under what identifiers."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, delimited, picked
from openlpar.vios.padmin.options import Value, Values, form, may
from openlpar.vios.padmin.server import pvid

_COLUMNS = tuple(
    Column(name, name.upper(), 0)
    for name in (
        "name",
        "identifier",
        "phys2virt_capable",
        "virt2npiv_capable",
        "virt2phys_capable",
        "pvid",
        "udid",
        "ieee",
        "vtd",
    )
)


class Chkdev(Command, name="chkdev", group="Device"):
    """Checks whether devices can be lent and moved."""

    dev = Value("-dev", "DeviceName", "one disk")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(dev), may(field), may(fmt))
    def check(self) -> Iterator[str]:
        disks = [self.server.disk(self.dev)] if self.dev else self.server.disks()
        columns = picked(_COLUMNS, self.field)
        lent = self.server.lent()
        for number, disk in enumerate(disks):
            row = _row(disk, ", ".join(target.name for target in lent.get(disk.name, [])))
            if self.fmt:
                yield delimited([row[column.name] for column in columns], self.fmt)
                continue
            if number:
                yield ""
            for column in columns:
                yield f"{column.heading + ':':<21}{row[column.name]}".rstrip()


def _row(disk: PhysicalVolume, lent: str) -> Row:
    """lent: the target devices it is lent through."""
    return {
        "name": disk.name,
        "identifier": disk.volume_unique_id or disk.udid,
        "phys2virt_capable": "NA" if lent else "YES",
        "virt2npiv_capable": "YES" if lent and disk.is_fc_backed else "NA",
        "virt2phys_capable": "YES" if lent else "NA",
        "pvid": pvid(disk).ljust(32, "0"),
        "udid": disk.volume_unique_id,
        "ieee": "",
        "vtd": lent,
    }
