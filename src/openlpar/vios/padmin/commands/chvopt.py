"""chvopt: access to a virtual optical medium, and its name."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import MountType, VirtualOpticalMedia
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.options import Value, form
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Library


class Chvopt(Command, name="chvopt", group="Virtual Media"):
    """Changes a virtual optical medium."""

    name_ = Value("-name", "FileName", "the medium")
    access = Value("-access", "ro | rw", "read only, or read and write")
    mv = Value("-mv", "NewFileName", "another name, at most 37 characters; drives that it is in keep it")

    @form(name_, access)
    def restrict(self) -> Iterator[str]:
        library, medium = self._found()
        if self.access not in [mode.value for mode in MountType]:
            raise Refusal(Status.SYNTAX, f'Access "{self.access}" is not valid. Use ro or rw.')
        changed = medium.evolve(mount_type=self.access)
        media = tuple(changed if each.name == medium.name else each for each in library.repository.optical_media)
        changes.set_media(self.server, library, media)
        yield from ()

    @form(name_, mv)
    def rename(self) -> Iterator[str]:
        library, medium = self._found()
        changes.rename_medium(self.server, library, medium, self.mv)
        yield from ()

    def _found(self) -> tuple[Library, VirtualOpticalMedia]:
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, NO_LIBRARY)
        return library, library.medium(self.name_)
