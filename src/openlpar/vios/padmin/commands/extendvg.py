"""extendvg: more disks for a volume group."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Operands, form, may


class Extendvg(Command, name="extendvg", group="Volume Group"):
    """Adds physical volumes to a volume group."""

    force = Flag("-f", "also a disk that holds a volume group which was exported")
    group_name = Operand("VolumeGroup", "the volume group")
    disks = Operands("PhysicalVolume", "the disks to add")

    @form(may(force), group_name, disks)
    def extend(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        disks = [self.server.disk(name) for name in self.disks]
        changes.extend_group(self.server, group, disks, force=self.force)
        yield from ()
