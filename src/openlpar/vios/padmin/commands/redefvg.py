"""redefvg: what the server knows of the disks of a volume group, read from the disks again.

Options are those of IBM's page of the command; what it prints is ours.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import ExportedGroup
from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Value, form, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


class Redefvg(Command, name="redefvg", group="Volume Group"):
    """Redefines the set of physical volumes of a volume group from what is on the disks."""

    dev = Value("-dev", "Device", "a disk of the group, which tells its identifier")
    vgid = Value("-vgid", "Vgid", "the identifier of the group, as lsvg shows it")
    group_name = Operand("VolumeGroup", "the volume group")

    @form(one(dev, vgid), group_name)
    def redefine(self) -> Iterator[str]:
        found = self._on_disk(self.server.disk(self.dev)) if self.dev else self._identified()
        if found != self.group_name:
            what = f"physical volume {self.dev}" if self.dev else f"identifier {self.vgid}"
            raise Refusal(
                Status.INCOMPLETE,
                f"{what.capitalize()} is that of volume group {found}, not of {self.group_name}. Nothing was done.",
            )
        group = self.server.group(self.group_name)
        results = self.server.operator.perform("volume_group.redefine", group.uuid)
        for name in results["missing"].split():
            yield f"{name} of {group.name} was not found: no disk of the server holds its identifier."
        if results["redefined"]:
            yield f"{group.name}: {results['redefined']} redefined."
        elif not results["missing"]:
            count = len(group.phys_vols)
            yield f"{group.name}: {count} physical volume{'' if count == 1 else 's'} examined, none differs from its definition."

    def _on_disk(self, disk: PhysicalVolume) -> str:
        """The volume group that a disk holds. Raises Refusal."""
        name = next((g.name for g in self.server.groups() if _holds(g.phys_vols, disk)), "")
        if name:
            return name
        if any(disk.udid in exported.disks for exported in self.server.change.all(ExportedGroup)):
            raise Refusal(
                Status.INCOMPLETE,
                f"Physical volume {disk.name} holds a volume group that was exported. 'importvg {disk.name}' defines it again.",
            )
        raise Refusal(Status.INCOMPLETE, f"Physical volume {disk.name} holds no volume group.")

    def _identified(self) -> str:
        for group in self.server.groups():
            if group.serial_id == self.vgid:
                return group.name
        raise no_such("Volume group with identifier", self.vgid, "'lsvg VolumeGroup' shows the identifiers.")


def _holds(volumes: tuple[PhysicalVolume, ...], disk: PhysicalVolume) -> bool:
    return any(one.udid == disk.udid if one.udid and disk.udid else one.name == disk.name for one in volumes)
