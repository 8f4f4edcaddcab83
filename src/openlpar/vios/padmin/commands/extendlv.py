"""extendlv: makes a logical volume larger."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Operands, form, may
from openlpar.vios.padmin.sizes import gigabytes
from openlpar.vios.padmin.volumes import logical_volumes


class Extendlv(Command, name="extendlv", group="Logical Volume"):
    """Increases the size of a logical volume."""

    volume = Operand("LogicalVolume", "the logical volume")
    size = Operand("Size", "by how much: 1024, 1024M or 1G; rounded up to whole physical partitions")
    disks = Operands("PhysicalVolume", "the physical volumes that the new part is to lie on")

    @form(volume, size, may(disks))
    def extend(self) -> Iterator[str]:
        group, disk = self.server.logical_volume(self.volume)
        present = next(one for one in logical_volumes(self.server, group) if one.name == disk.name).partitions
        changes.grow_disk(self.server, group, disk, gigabytes(self.size))
        if self.disks:
            changes.arrange(self.server, group, "move", [disk.name], self.disks, beyond=present)
        yield from ()
