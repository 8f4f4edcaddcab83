"""rm: removes files."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, form, may


class Rm(Command, name="rm", group="Shell"):
    """Removes files below /home/padmin."""

    force = Flag("-f", "those that are not there are no error")
    files = Operands("File", "the files")

    @form(may(force), files)
    def remove(self) -> Iterator[str]:
        for name in self.files:
            if not self.force:
                self.server.home.read(name)
        for name in self.files:
            self.server.home.remove(name)
        yield from ()
