"""errlog: the error log.

The short report has the layout of AIX's errpt; the detailed one is that of public samples.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from openlpar.ports.records import ErrorEntry
from openlpar.uom.error_log import TEMPLATES, ErrorClass
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import devices
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such

_RULE = "-" * 75
_DAY_MS = 86_400_000


class Errlog(Command, name="errlog", group="Maintenance"):
    """Displays or clears the error log, the newest entry first."""

    full = Flag("-ls", "everything about each entry")
    seq = Value("-seq", "SequenceNumber", "everything about the entry with this number")
    rm = Value("-rm", "Days", "removes entries older than so many days; 0 removes all")

    @form(may(full))
    def show(self) -> Iterator[str]:
        entries = self.server.errors()
        if self.full:
            for entry in entries:
                yield from self._described(entry)
            return
        if entries:
            yield "IDENTIFIER TIMESTAMP  T C RESOURCE_NAME  DESCRIPTION"
        for entry in entries:
            template, at = TEMPLATES[entry.label], self._time(entry)
            line = f"{template.identifier}   {at:%m%d%H%M%y} {template.type[0]} {template.kind[0]} "
            yield f"{line}{entry.resource:<14.14} {template.description:.39}"

    @form(may(full), seq)
    def show_one(self) -> Iterator[str]:
        number = _whole(self.seq)
        entry = next((each for each in self.server.errors() if each.number == number), None)
        if entry is None:
            raise no_such("Error log entry", self.seq, "errlog -ls shows the sequence numbers.")
        return self._described(entry)

    @form(rm)
    def remove(self) -> Iterator[str]:
        days = _whole(self.rm)
        oldest = self.server.clock_ms - days * _DAY_MS
        for entry in self.server.errors():
            if entry.at < oldest or not days:
                self.server.operator.forget(entry)
        yield from ()

    def _time(self, entry: ErrorEntry) -> datetime.datetime:
        return self.server.moment(entry.at)

    def _described(self, entry: ErrorEntry) -> Iterator[str]:
        template = TEMPLATES[entry.label]
        yield _RULE
        yield f"LABEL:\t\t{template.label}"
        yield f"IDENTIFIER:\t{template.identifier}"
        yield ""
        yield f"Date/Time:       {self._time(entry):%a %b %e %H:%M:%S %Y}"
        yield f"Sequence Number: {entry.number}"
        yield f"Machine Id:      00{self.server.system.mtms.serial[-6:]}4C00"
        yield f"Node Id:         {self.server.host.partition('.')[0]}"
        yield f"Class:           {template.kind}"
        yield f"Type:            {template.type}"
        yield "WPAR:            Global"
        yield f"Resource Name:   {entry.resource}"
        if template.kind == ErrorClass.HARDWARE:
            device = next((each for each in devices(self.server) if each.name == entry.resource), None)
            kinds = device.kinds if device is not None else ("NONE",)
            yield f"Resource Class:  {kinds[0]}"
            yield f"Resource Type:   {kinds[1] if len(kinds) > 1 else kinds[0]}"
            yield f"Location:        {device.location if device is not None else ''}".rstrip()
        for heading, texts in (
            ("Description", (template.description,)),
            ("Probable Causes", template.causes),
            ("Failure Causes", template.failures),
            ("\tRecommended Actions", tuple(f"\t{action}" for action in template.actions)),
            ("Detail Data", entry.detail),
        ):
            if texts:
                yield ""
                yield heading
                yield from texts


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Refusal(Status.SYNTAX, f'"{text}" is not valid. Use a whole number.')
    return int(text)
