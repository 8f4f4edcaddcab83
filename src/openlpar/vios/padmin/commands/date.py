"""date: the time of the Virtual I/O Server's clock."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.refusal import Refusal, Status


class Date(Command, name="date", group="Shell"):
    """Displays the date and time; chdate sets them."""

    layout = Operand("+Format", "how to write it, for example +%Y-%m-%d")

    @form()
    def show(self) -> Iterator[str]:
        yield f"{self.server.now:%a %b %e %H:%M:%S %Z %Y}"

    @form(layout)
    def write(self) -> Iterator[str]:
        if not self.layout.startswith("+"):
            raise Refusal(Status.SYNTAX, f'"{self.layout}" is not a format. Use +%Y-%m-%d; chdate sets the time.')
        yield self.server.now.strftime(self.layout[1:])
