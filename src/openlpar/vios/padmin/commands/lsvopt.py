"""lsvopt: virtual optical drives."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, listing
from openlpar.vios.padmin.options import Value, Values, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Target
from openlpar.vios.padmin.sizes import megabytes

_COLUMNS = (Column("vtd", "VTD", 16), Column("media", "Media", 40), Column("size", "Size(mb)", 8, right=True))


class Lsvopt(Command, name="lsvopt", group="Virtual Media"):
    """Displays virtual optical devices."""

    vtd = Value("-vtd", "VirtualTargetDevice", "one virtual optical device")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(vtd), may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        drives = [target for target in self.server.targets() if target.kind == "file_opt"]
        if self.vtd:
            drives = [drive for drive in drives if drive.name == self.vtd]
            if not drives:
                raise Refusal(Status.NOT_FOUND, f'"{self.vtd}" is not a virtual optical device. lsvopt lists them.')
        return listing(_COLUMNS, map(_row, drives), fields=self.field, delimiter=self.fmt)


def _row(drive: Target) -> Row:
    medium = drive.mapping.backing_storage.optical_media
    if not medium:
        return {"vtd": drive.name, "media": "No Media", "size": "n/a"}
    return {"vtd": drive.name, "media": medium.name, "size": str(megabytes(medium.size))}
