"""cat: the text of a file."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operands, form


class Cat(Command, name="cat", group="Shell"):
    """Displays files below /home/padmin."""

    files = Operands("File", "the files")

    @form(files)
    def show(self) -> Iterator[str]:
        for name in self.files:
            yield from self.server.home.read(name).decode(errors="replace").splitlines()
