"""extendlv: makes a logical volume larger."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Operands, form
from openlpar.vios.padmin.refusal import not_yet
from openlpar.vios.padmin.sizes import gigabytes


class Extendlv(Command, name="extendlv", group="Logical Volume"):
    """Increases the size of a logical volume."""

    volume = Operand("LogicalVolume", "the logical volume")
    size = Operand("Size", "by how much: 1024, 1024M or 1G; rounded up to whole physical partitions")
    disks = Operands("PhysicalVolume", "the physical volumes to use")

    @form(volume, size)
    @form(volume, size, disks)
    def extend(self) -> Iterator[str]:
        if self.disks:
            raise not_yet("extendlv with physical volumes", "Leave them out: the volume group chooses.")
        group, disk = self.server.logical_volume(self.volume)
        changes.grow_disk(self.server, group, disk, gigabytes(self.size))
        yield from ()
