"""syncvg: brings copies of logical volumes into line."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Values, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status


class Syncvg(Command, name="syncvg", group="Volume Group"):
    """Synchronises copies of logical volumes. Each has one copy here: there is never one that is stale."""

    force = Flag("-f", "all of them anew")
    vg = Values("-vg", "VolumeGroup", "of these volume groups")
    lv = Values("-lv", "LogicalVolume", "of these logical volumes")
    pv = Values("-pv", "PhysicalVolume", "on these physical volumes")

    @form(may(force), one(vg, lv, pv))
    def synchronise(self) -> Iterator[str]:
        for name in self.vg:
            if self.server.group(name).group_state == "inactive":
                raise Refusal(Status.INCOMPLETE, f"Volume group {name} is not active. activatevg activates it.")
        for name in self.lv:
            self.server.logical_volume(name)
        for name in self.pv:
            self.server.disk(name)
        yield from ()
