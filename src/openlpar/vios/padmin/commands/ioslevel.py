"""ioslevel: the level of the VIOS software."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import form
from openlpar.vios.padmin.refusal import Refusal, Status


class Ioslevel(Command, name="ioslevel", group="System", before_licence=True):
    """Displays the level of this Virtual I/O Server."""

    @form()
    def show(self) -> Iterator[str]:
        if not self.server.level:
            raise Refusal(
                Status.INCOMPLETE, "The level of this Virtual I/O Server is not known: its object does not tell it."
            )
        yield self.server.level
