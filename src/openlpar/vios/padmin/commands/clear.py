"""clear: an empty screen."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import form
from openlpar.vios.padmin.screen import CLEARED


class Clear(Command, name="clear", group="Shell"):
    """Clears the screen of a terminal."""

    instead = ""

    @form()
    def clear(self) -> Iterator[str]:
        yield CLEARED
