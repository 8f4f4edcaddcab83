"""syncvg: brings copies of logical volumes into line."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Values, form, may, one
from openlpar.vios.padmin.volumes import find_volume


class Syncvg(Command, name="syncvg", group="Volume Group"):
    """Synchronises copies of logical volumes that fell behind while a disk was lost."""

    force = Flag("-f", "all of them anew")
    vg = Values("-vg", "VolumeGroup", "of these volume groups")
    lv = Values("-lv", "LogicalVolume", "of these logical volumes")
    pv = Values("-pv", "PhysicalVolume", "on these physical volumes")

    @form(may(force), one(vg, lv, pv))
    def synchronise(self) -> Iterator[str]:
        for name in self.vg:
            changes.arrange(self.server, self.server.group(name), "synchronise")
        for name in self.lv:
            changes.arrange(self.server, find_volume(self.server, name)[0], "synchronise", [name])
        for name in self.pv:
            disk = self.server.disk(name)
            for group in self.server.groups():
                held = sorted(changes.held_volumes(self.server, group, [disk.name]))
                if held:
                    changes.arrange(self.server, group, "synchronise", held)
        yield from ()
