"""deactivatevg: takes a volume group out of use; nothing of it can be lent until it is activated."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form


class Deactivatevg(Command, name="deactivatevg", group="Volume Group"):
    """Takes a volume group out of use; nothing of it can be lent until it is activated."""

    group_name = Operand("VolumeGroup", "the volume group")

    @form(group_name)
    def switch(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        self.server.operator.perform("volume_group.vary", group.uuid, active="false")
        yield from ()
