"""rmvopt: removes a virtual optical medium."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import MEDIA_DIRECTORY


class Rmvopt(Command, name="rmvopt", group="Virtual Media"):
    """Removes a virtual optical medium."""

    name_ = Value("-name", "FileName", "the medium")
    force = Flag("-f", "even when it is loaded: it is unloaded first")

    @form(name_, may(force))
    def remove(self) -> Iterator[str]:
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, NO_LIBRARY)
        medium = library.medium(self.name_)
        for drive in self.server.users(f"{MEDIA_DIRECTORY}/{medium.name}") if self.force else ():
            changes.set_medium(self.server, drive, None)
        left = tuple(each for each in library.repository.optical_media if each.name != medium.name)
        changes.set_media(self.server, library, left)
        yield from ()
