"""mklvcopy: a second copy of a logical volume."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Operands, form, may
from openlpar.vios.padmin.volumes import find_volume


class Mklvcopy(Command, name="mklvcopy", group="Logical Volume"):
    """Creates a mirror of a logical volume: a copy on another disk, in line from the beginning."""

    volume = Operand("LogicalVolume", "the logical volume; it has one copy")
    disks = Operands("PhysicalVolume", "where the copy is to lie; without them any disk that holds none of it")

    @form(volume, may(disks))
    def mirror(self) -> Iterator[str]:
        group, volume = find_volume(self.server, self.volume)
        changes.arrange(self.server, group, "mirror", [volume.name], self.disks)
        yield from ()
