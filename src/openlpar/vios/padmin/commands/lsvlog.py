"""lsvlog: virtual logs. Options and the table are IBM's, and so is the beginning of -detail; the rest of that is recalled."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import VirtualLog
from openlpar.vios.padmin.layout import Column, Row, listing
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.virtual_logs import LogReport, checked_state, fields_of, formatted, limit_rows, logs


class Lsvlog(LogReport, name="lsvlog", group="Virtual Log"):
    """Lists virtual logs."""

    local = Flag("-local", "those in the server's own repository; there is no other here")
    uuid = Value("-uuid", "UUID", "the one with this UUID")
    short = Value("-u", "UUID", "the same")
    dev = Value("-dev", "DeviceName", "the one with this device")
    vtd = Flag("-vtd", "those that are attached to adapters")
    client = Value("-client", "ClientName", "those of this client")
    vadapter = Value("-vadapter", "Adapter", "those that are attached to this adapter")
    state = Value("-state", "VirtualLogState", "those in this state")

    @form(
        may(one(local, uuid, short, dev, vtd, client, vadapter, state)),
        may(one(LogReport.detail, LogReport.field)),
    )
    def show(self) -> Iterator[str]:
        found = [log for log in logs(self.server) if self._is_wanted(log)]
        if self.field:
            yield from (formatted(self.field, fields_of(self.server, log)) for log in found)
        elif self.detail:
            yield from self._details(found)
        elif found:
            yield from _table([_row(log) for log in found])

    def _is_wanted(self, log: VirtualLog) -> bool:
        if self.state:
            checked_state(self.state)
        wanted = {
            "uuid": (self.uuid or self.short).lower(),
            "device": self.dev,
            "client": self.client,
            "adapter": self.vadapter,
            "state": self.state,
        }
        return all(not value or getattr(log, name) == value for name, value in wanted.items()) and (
            bool(log.device) or not self.vtd
        )

    def _details(self, found: list[VirtualLog]) -> Iterator[str]:
        client = None
        for log in found:
            if log.client != client:
                yield from [""] if client is not None else []
                yield f"Client Name: {log.client}"
                client = log.client
            else:
                yield ""
            fields = fields_of(self.server, log)
            rows = [
                ("Log Name", log.name),
                ("UUID", log.uuid),
                ("Virtual Target Device", log.device),
                ("Parent Adapter", log.adapter),
                ("State", log.state),
                ("Log Directory", fields["path"]),
                *limit_rows(log.limits),
            ]
            yield from (f"{label + ':':<30}{value}".rstrip() for label, value in rows)


def _row(log: VirtualLog) -> Row:
    return {
        "client": log.client,
        "name": log.name,
        "uuid": log.uuid,
        "vtd": f"{log.adapter}/{log.device}" if log.device else "",
    }


def _table(rows: list[Row]) -> Iterator[str]:
    """As wide as what stands in it."""
    wide = {name: max(len(row[name]) for row in rows) for name in ("client", "name")}
    columns = (
        Column("client", "Client Name", max(wide["client"], 11) + 2),
        Column("name", "Log Name", max(wide["name"], 8) + 2),
        Column("uuid", "UUID", 34),
        Column("vtd", "VTD", 20),
    )
    return listing(columns, rows)
