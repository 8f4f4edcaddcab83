"""rmlv: removes a logical volume."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, form, may


class Rmlv(Command, name="rmlv", group="Logical Volume"):
    """Removes a logical volume."""

    force = Flag("-f", "without asking")
    volume = Operand("LogicalVolume", "the logical volume")

    @form(may(force), volume)
    def remove(self) -> Iterator[str]:
        group, disk = self.server.logical_volume(self.volume)
        if not self.force:
            self.server.sitting.agree_to_destroy("rmlv", f"all data contained on logical volume {disk.name}")
        changes.delete_disk(self.server, group, disk)
        yield f"rmlv: Logical volume {disk.name} is removed."
