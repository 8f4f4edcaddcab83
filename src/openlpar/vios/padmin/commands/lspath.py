"""lspath: paths to disks."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Value, Values, form, may
from openlpar.vios.padmin.paths import paths
from openlpar.vios.padmin.refusal import Refusal, Status

_COLUMNS = (Column("status", "status", 9), Column("name", "name", 9), Column("parent", "parent", 10))
_MORE = (Column("connection", "connection", 34),)
_STATUSES = ("enabled", "disabled", "defined", "failed", "missing")


class Lspath(Command, name="lspath", group="Device"):
    """Displays paths to devices."""

    dev = Value("-dev", "DeviceName", "only paths to this disk")
    pdev = Value("-pdev", "Parent", "only paths from this device")
    status = Value("-status", "Status", f"only paths in this state: {', '.join(_STATUSES)}")
    field = Values("-field", "FieldName", "fields to print: status, name, parent, connection")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(dev), may(pdev), may(status), may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        if self.dev:
            self.server.disk(self.dev)
        if self.status and self.status.lower() not in _STATUSES:
            raise Refusal(
                Status.SYNTAX, f'Status "{self.status}" is not valid. The states are: {", ".join(_STATUSES)}.'
            )
        rows = (
            {"status": path.status, "name": path.name, "parent": path.parent, "connection": path.connection}
            for path in paths(self.server)
            if self.dev in ("", path.name)
            and self.pdev in ("", path.parent)
            and self.status.lower() in ("", path.status.lower())
        )
        columns = (*_COLUMNS, *_MORE) if self.field else _COLUMNS
        return listing(columns, rows, fields=self.field, delimiter=self.fmt)
