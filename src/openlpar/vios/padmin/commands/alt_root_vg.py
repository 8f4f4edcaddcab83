"""alt_root_vg: a copy of the running system on other disks, to start from it or to come back to it.

What it says of the boot list is in a public sample. Of ``-source`` the name is known; what it means is recalled.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, Values, all_of, form, may
from openlpar.vios.padmin.other_disks import put_system
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.update_media import offered_level

_EVERYTHING = "update_all"


class AltRootVg(Command, name="alt_root_vg", group="Maintenance"):
    """Copies the system to other disks, in volume group altinst_rootvg; the server starts from there next time."""

    target = Values("-target", "PhysicalVolume", "free disks that take the copy")
    source = Value(
        "-source", "PhysicalVolume", "a disk of the volume group that is copied: of rootvg, which the server runs from"
    )
    bundle = Value("-bundle", "BundleName", f"{_EVERYTHING}: the copy is updated")
    location = Value("-location", "Directory", "with the update, as 'updateios -dev' takes it")

    @form(target, may(source), may(all_of(bundle, location)))
    def copy(self) -> Iterator[str]:
        if self.source:
            self._check_source()
        level = self._update() if self.bundle else ""
        yield from put_system(self.server, self.target, level=level)

    def _check_source(self) -> None:
        disk, running = self.server.disk(self.source), self.server.group("rootvg")
        of_system = [each.name for each in running.phys_vols]
        if disk.name not in of_system:
            raise Refusal(
                Status.INCOMPLETE,
                f"Physical volume {disk.name} cannot be copied: it is not in rootvg, which the server runs from. "
                f"Use {' or '.join(of_system)}, or leave -source out.",
            )

    def _update(self) -> str:
        if self.bundle != _EVERYTHING:
            raise Refusal(Status.SYNTAX, f'Bundle "{self.bundle}" does not exist. There is {_EVERYTHING}.')
        return offered_level(self.server, self.location)
