"""lsgcl: the global command log."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import form


class Lsgcl(Command, name="lsgcl", group="Security", prime=True):
    """Displays the commands that were run, oldest first."""

    @form()
    def show(self) -> Iterator[str]:
        yield from self.server.log.lines()
