"""cp: copies a file."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form


class Cp(Command, name="cp", group="Shell"):
    """Copies a file below /home/padmin."""

    source = Operand("SourceFile", "the file")
    target = Operand("TargetFile", "its copy")

    @form(source, target)
    def copy(self) -> Iterator[str]:
        self.server.home.write(self.target, self.server.home.read(self.source))
        yield from ()
