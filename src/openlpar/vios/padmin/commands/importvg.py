"""importvg: learns an exported volume group from one of its disks."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Value, form, may


class Importvg(Command, name="importvg", group="Volume Group"):
    """Imports a volume group that was exported."""

    vg = Value("-vg", "VolumeGroup", "its name from now on; without it vg00, vg01 ...")
    disk = Operand("PhysicalVolume", "one of its disks")

    @form(may(vg), disk)
    def learn(self) -> Iterator[str]:
        self.server.disk(self.disk)
        results = self.server.operator.perform("volume_group.import", self.server.uuid, disk=self.disk, name=self.vg)
        yield results["name"]
