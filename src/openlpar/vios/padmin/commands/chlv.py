"""chlv: renames a logical volume."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Value, form


class Chlv(Command, name="chlv", group="Logical Volume"):
    """Changes the name of a logical volume that is not lent."""

    lv = Value("-lv", "NewLogicalVolume", "the new name")
    volume = Operand("LogicalVolume", "the logical volume")

    @form(lv, volume)
    def rename(self) -> Iterator[str]:
        group, disk = self.server.logical_volume(self.volume)
        changes.rename_disk(self.server, group, disk, self.lv)
        yield from ()
