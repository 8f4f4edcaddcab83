"""restorevgstruct: makes a volume group anew as it was saved."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes, file_pool_changes
from openlpar.vios.padmin.backup import copies_of
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.structures import file_pools, saved, structure


class Restorevgstruct(Command, name="restorevgstruct", group="Volume Group"):
    """Makes a volume group anew as savevgstruct saved it; its logical volumes are empty."""

    listed = Flag("-ls", "the structures that were saved")
    vg = Value("-vg", "VolumeGroup", "the volume group to make")
    disks = Operands("DiskName", "the disks to make it on; without them those it was on")

    @form(listed)
    def show(self) -> Iterator[str]:
        yield from saved(self.server)

    @form(vg, may(disks))
    def restore(self) -> Iterator[str]:
        wanted, found = structure(self.server, self.vg)
        if any(group.name == wanted.name for group in self.server.groups()):
            raise Refusal(Status.SYNTAX, f"Volume group {wanted.name} exists already. Remove it with rmsp first.")
        names = self.disks or tuple(disk.name for disk in wanted.phys_vols)
        others = dict(zip((disk.name for disk in wanted.phys_vols), names, strict=False))
        group = changes.create_group(self.server, wanted.name, [self.server.disk(name) for name in names], force=False)
        yield group.name
        for disk in wanted.virtual_disks:
            changes.create_disk(self.server, self.server.group(group.name), disk.name, disk.capacity)
        pools = file_pools(found)
        for pool, size_gb in pools.items():
            file_pool_changes.create_pool(self.server, self.server.group(group.name), pool, size_gb)
        for volume in (*(disk.name for disk in wanted.virtual_disks), *pools):
            copies = [[others.get(name, "") for name in copy] for copy in copies_of(found, volume)]
            changes.place_copies(self.server, self.server.group(group.name), volume, copies)
            yield volume
