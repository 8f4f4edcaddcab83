"""mklv: a new logical volume."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Operands, Value, form, may
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.sizes import gigabytes


class Mklv(Command, name="mklv", group="Logical Volume"):
    """Creates a logical volume."""

    lv = Value("-lv", "NewLogicalVolume", "its name, at most 15 characters; without it lv00, lv01 ...")
    kind = Value("-type", "Type", "its type; without effect on clients")
    mirror = Flag("-mirror", "with a second copy, on other disks")
    group_name = Operand("VolumeGroup", "the volume group")
    size = Operand("Size", "20480, 20480M or 20G; rounded up to whole physical partitions")
    disks = Operands("PhysicalVolume", "the physical volumes to use")

    @form(may(mirror), may(lv), may(kind), group_name, size, may(disks))
    def create(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        for name in self.disks:
            if name not in [disk.name for disk in group.phys_vols]:
                raise no_such(
                    f"Physical volume of volume group {group.name}", name, f"lsvg -pv {group.name} lists them."
                )
        disk = changes.create_disk(self.server, group, self.lv or self._free_name(), gigabytes(self.size))
        if self.disks:
            changes.arrange(self.server, group, "move", [disk.name], self.disks)
        if self.mirror:
            changes.arrange(self.server, group, "mirror", [disk.name], self.disks)
        yield disk.name

    def _free_name(self) -> str:
        taken = {disk.name for group in self.server.groups() for disk in group.virtual_disks}
        return next(name for number in itertools.count() if (name := f"lv{number:02}") not in taken)
