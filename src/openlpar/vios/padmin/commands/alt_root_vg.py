"""alt_root_vg: a copy of the running system on other disks, to start from it or to come back to it.

What it says of the boot list is in a public sample.
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
    bundle = Value("-bundle", "BundleName", f"{_EVERYTHING}: the copy is updated")
    location = Value("-location", "Directory", "with the update, as 'updateios -dev' takes it")

    @form(target, may(all_of(bundle, location)))
    def copy(self) -> Iterator[str]:
        level = self._update() if self.bundle else ""
        yield from put_system(self.server, self.target, level=level)

    def _update(self) -> str:
        if self.bundle != _EVERYTHING:
            raise Refusal(Status.SYNTAX, f'Bundle "{self.bundle}" does not exist. There is {_EVERYTHING}.')
        return offered_level(self.server, self.location)
