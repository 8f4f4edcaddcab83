"""reducevg: takes disks out of a volume group."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Operands, form, may


class Reducevg(Command, name="reducevg", group="Volume Group"):
    """Removes physical volumes from a volume group; with the last one the group is gone."""

    force = Flag("-f", "without asking")
    rmlv = Flag("-rmlv", "with the logical volumes on them")
    group_name = Operand("VolumeGroup", "the volume group")
    disks = Operands("PhysicalVolume", "the disks to remove")

    @form(may(force), may(rmlv), group_name, disks)
    def reduce(self) -> Iterator[str]:
        if self.rmlv and not self.force:
            self.server.sitting.agree_to_destroy("reducevg", f"all data of logical volumes on {', '.join(self.disks)}")
        group = self.server.group(self.group_name)
        if changes.reduce_group(self.server, group, self.disks, remove_volumes=self.rmlv):
            yield f"{group.name}: the volume group is removed with its last physical volume."
