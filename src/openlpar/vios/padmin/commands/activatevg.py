"""activatevg: takes a volume group into use again."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form


class Activatevg(Command, name="activatevg", group="Volume Group"):
    """Takes a volume group into use again."""

    group_name = Operand("VolumeGroup", "the volume group")

    @form(group_name)
    def switch(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        self.server.operator.perform("volume_group.vary", group.uuid, active="true")
        yield from ()
