"""lspath: paths to disks."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import devices
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Value, Values, form, may

_COLUMNS = (Column("status", "status", 9), Column("name", "name", 9), Column("parent", "parent", 10))


class Lspath(Command, name="lspath", group="Device"):
    """Displays paths to devices."""

    dev = Value("-dev", "DeviceName", "only paths to this disk")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(dev), may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        """One path for each disk whose location tells its port."""
        if self.dev:
            self.server.disk(self.dev)
        rows = (
            {"status": "Enabled", "name": device.name, "parent": device.parent}
            for device in devices(self.server)
            if "disk" in device.kinds and device.parent and not device.virtual and self.dev in ("", device.name)
        )
        return listing(_COLUMNS, rows, fields=self.field, delimiter=self.fmt)
