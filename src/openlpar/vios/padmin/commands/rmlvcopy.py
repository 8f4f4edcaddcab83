"""rmlvcopy: a logical volume without its second copy."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Operands, form, may
from openlpar.vios.padmin.volumes import find_volume


class Rmlvcopy(Command, name="rmlvcopy", group="Logical Volume"):
    """Removes a copy of a logical volume: that on the disks, else one that is stale, else the second."""

    volume = Operand("LogicalVolume", "the logical volume; it has two copies")
    disks = Operands("PhysicalVolume", "the disks that the copy lies on")

    @form(volume, may(disks))
    def unmirror(self) -> Iterator[str]:
        group, volume = find_volume(self.server, self.volume)
        changes.arrange(self.server, group, "unmirror", [volume.name], self.disks)
        yield from ()
