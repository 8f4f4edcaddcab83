"""lslparinfo: number and name of this partition."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import form


class Lslparinfo(Command, name="lslparinfo", group="System"):
    """Displays the partition's number and name."""

    @form()
    def show(self) -> Iterator[str]:
        vios = self.server.vios
        yield f"{vios.id} {vios.name}"
