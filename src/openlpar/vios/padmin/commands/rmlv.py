"""rmlv: removes a logical volume."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


class Rmlv(Command, name="rmlv", group="Logical Volume"):
    """Removes a logical volume."""

    force = Flag("-f", "without asking")
    volume = Operand("LogicalVolume", "the logical volume")

    @form(may(force), volume)
    def remove(self) -> Iterator[str]:
        for group in self.server.groups():
            for disk in group.virtual_disks:
                if disk.name == self.volume:
                    if not self.force:
                        raise Refusal(
                            Status.SYNTAX,
                            f"Warning, all data contained on logical volume {disk.name} will be destroyed.\n"
                            "rmlv: Do you wish to continue? y(es) n(o)?\n"
                            "Nobody can answer here: repeat the command with -f.",
                        )
                    changes.delete_disk(self.server, group, disk)
                    yield f"rmlv: Logical volume {disk.name} is removed."
                    return
        raise no_such("Logical volume", self.volume, "lsvg -lv GROUP lists the logical volumes of a group.")
