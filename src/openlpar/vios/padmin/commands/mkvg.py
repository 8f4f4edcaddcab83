"""mkvg: a new volume group."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, Value, form, may


class Mkvg(Command, name="mkvg", group="Volume Group"):
    """Creates a volume group."""

    force = Flag("-f", "also of a disk that holds a volume group which was exported")
    vg = Value("-vg", "VolumeGroup", "its name; without it vg00, vg01 ...")
    disks = Operands("PhysicalVolume", "its disks")

    @form(may(force), may(vg), disks)
    def create(self) -> Iterator[str]:
        disks = [self.server.disk(name) for name in self.disks]
        yield changes.create_group(self.server, self.vg, disks, force=self.force).name
