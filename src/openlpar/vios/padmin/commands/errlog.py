"""errlog: the error log."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status


class Errlog(Command, name="errlog", group="Maintenance"):
    """Displays and clears the error log."""

    full = Flag("-ls", "everything about each entry")
    seq = Value("-seq", "SequenceNumber", "one entry")
    rm = Value("-rm", "Days", "removes entries older than so many days")

    @form(may(one(full, seq, rm)))
    def show(self) -> Iterator[str]:
        """The devices are simulated and have no errors: the log is empty."""
        for number in (self.seq, self.rm):
            if number and not number.isdecimal():
                raise Refusal(Status.SYNTAX, f'"{number}" is not valid. Use a whole number.')
        if not (self.full or self.seq or self.rm):
            yield "IDENTIFIER TIMESTAMP  T C RESOURCE_NAME  DESCRIPTION"
