"""exportvg: forgets a volume group without touching its disks."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form


class Exportvg(Command, name="exportvg", group="Volume Group"):
    """Exports the definition of a volume group: importvg learns it from the disks again, here or on another server."""

    group_name = Operand("VolumeGroup", "the volume group")

    @form(group_name)
    def export(self) -> Iterator[str]:
        self.server.operator.perform("volume_group.export", self.server.group(self.group_name).uuid)
        yield from ()
