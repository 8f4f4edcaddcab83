"""mv: gives a file another name."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form


class Mv(Command, name="mv", group="Shell"):
    """Gives a file below /home/padmin another name."""

    source = Operand("SourceFile", "the file")
    target = Operand("TargetFile", "its new name")

    @form(source, target)
    def rename(self) -> Iterator[str]:
        self.server.home.rename(self.source, self.target)
        yield from ()
