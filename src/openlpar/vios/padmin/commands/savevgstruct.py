"""savevgstruct: saves the structure of a volume group."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.structures import save


class Savevgstruct(Command, name="savevgstruct", group="Volume Group"):
    """Saves the structure of a volume group: its disks and logical volumes, not their content."""

    group_name = Operand("VolumeGroup", "the volume group")

    @form(group_name)
    def save(self) -> Iterator[str]:
        name = save(self.server, self.server.group(self.group_name))
        yield f"Creating information file for volume group {self.group_name}."
        yield f"Structure of volume group {self.group_name} saved in {name}."
