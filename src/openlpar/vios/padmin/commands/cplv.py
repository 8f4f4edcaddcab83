"""cplv: copies a logical volume."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from openlpar.uom.volume_group import VirtualDisk
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Value, form, may, one


class Cplv(Command, name="cplv", group="Logical Volume"):
    """Copies the contents of a logical volume to a new one."""

    vg = Value("-vg", "VolumeGroup", "the volume group of the copy; without it that of the source")
    lv = Value("-lv", "NewLogicalVolume", "name of the copy; without it lv00, lv01 ...")
    prefix = Value("-prefix", "Prefix", "what the name of the copy begins with, instead of lv")
    source = Operand("SourceLogicalVolume", "the logical volume to copy")

    @form(may(vg), may(one(lv, prefix)), source)
    def copy(self) -> Iterator[str]:
        group, disk = self.server.logical_volume(self.source)
        if self.vg:
            group = self.server.group(self.vg)
        name = self.lv or self._free_name()
        wanted = VirtualDisk(name=name, label="None", capacity=disk.capacity, base_image=disk.udid)
        self.server.operator.update(group.evolve(virtual_disks=(*group.virtual_disks, wanted)))
        yield f"cplv: Logical volume {disk.name} successfully copied to {name} ."

    def _free_name(self) -> str:
        taken = {disk.name for group in self.server.groups() for disk in group.virtual_disks}
        stem = self.prefix or "lv"
        return next(name for number in itertools.count() if (name := f"{stem}{number:02}") not in taken)
