"""mklv: a new logical volume."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Value, form, may
from openlpar.vios.padmin.refusal import not_yet
from openlpar.vios.padmin.sizes import gigabytes


class Mklv(Command, name="mklv", group="Logical Volume"):
    """Creates a logical volume."""

    lv = Value("-lv", "NewLogicalVolume", "its name, at most 15 characters; without it lv00, lv01 ...")
    kind = Value("-type", "Type", "its type; without effect on clients")
    mirror = Flag("-mirror", "with a second copy")
    group_name = Operand("VolumeGroup", "the volume group")
    size = Operand("Size", "20480, 20480M or 20G; rounded up to whole physical partitions")
    disk = Operand("PhysicalVolume", "the physical volume to use")

    @form(may(mirror), may(lv), may(kind), group_name, size, may(disk))
    def create(self) -> Iterator[str]:
        if self.mirror or self.disk:
            raise not_yet("mklv with -mirror or a physical volume", "Leave it out: the volume group chooses.")
        group = self.server.group(self.group_name)
        disk = changes.create_disk(self.server, group, self.lv or self._free_name(), gigabytes(self.size))
        yield disk.name

    def _free_name(self) -> str:
        taken = {disk.name for group in self.server.groups() for disk in group.virtual_disks}
        return next(name for number in itertools.count() if (name := f"lv{number:02}") not in taken)
