"""unloadopt: takes the medium out of a virtual optical drive."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.loadopt import drive
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status


class Unloadopt(Command, name="unloadopt", group="Virtual Media"):
    """Unloads a virtual optical device."""

    vtd = Value("-vtd", "VirtualTargetDevice", "the virtual optical device")
    release = Flag("-release", "even when the client has locked it")

    @form(may(release), vtd)
    def unload(self) -> Iterator[str]:
        target = drive(self.server, self.vtd)
        if not target.backing:
            raise Refusal(Status.INCOMPLETE, f'"{target.name}" holds no medium. loadopt loads one.')
        changes.set_medium(self.server, target, None)
        yield from ()
