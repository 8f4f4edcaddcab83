"""more: the text of files, page by page. It is a filter as well: see ``filters``."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operands, form


class More(Command, name="more", group="Shell"):
    """Displays files page by page on the console: space for a page, Enter for a line, q to leave. Elsewhere as cat does."""

    paged = True
    files = Operands("File", "the files")

    @form(files)
    def show(self) -> Iterator[str]:
        for name in self.files:
            yield from self.server.home.read(name).decode(errors="replace").splitlines()
