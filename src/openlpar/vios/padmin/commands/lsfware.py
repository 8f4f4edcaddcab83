"""lsfware: the level of the firmware."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import Firmware
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, form, may


class Lsfware(Command, name="lsfware", group="Maintenance"):
    """Displays the level of the system's firmware."""

    every = Flag("-all", "of both sides, t temporary and p permanent, then of the one in use")

    @form(may(every))
    def show(self) -> Iterator[str]:
        system = self.server.system
        levels = self.server.change.find(Firmware, system.uuid) or Firmware.shipped(system)
        if self.every:
            side = "t" if levels.active == levels.temporary else "p"
            yield f"sys0!system:{levels.temporary} (t) {levels.permanent} (p) {levels.active} ({side})"
        else:
            yield f"System Firmware level is {levels.active}"
