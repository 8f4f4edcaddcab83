"""unmirrorios: one copy of everything in rootvg."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operands, form, may


class Unmirrorios(Command, name="unmirrorios", group="Volume Group"):
    """Removes the mirrors of rootvg."""

    disks = Operands("PhysicalVolume", "disks that are to hold no copy any more")

    @form(may(disks))
    def unmirror(self) -> Iterator[str]:
        changes.arrange(self.server, self.server.group("rootvg"), "unmirror", disks=self.disks)
        yield from ()
