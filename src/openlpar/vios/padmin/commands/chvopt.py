"""chvopt: access to a virtual optical medium."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import MountType
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.options import Value, form, one
from openlpar.vios.padmin.refusal import Refusal, Status, not_yet


class Chvopt(Command, name="chvopt", group="Virtual Media"):
    """Changes a virtual optical medium."""

    name_ = Value("-name", "FileName", "the medium")
    access = Value("-access", "ro | rw", "read only, or read and write")
    rename = Value("-mv", "NewFileName", "another name")

    @form(name_, one(access, rename))
    def change(self) -> Iterator[str]:
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, NO_LIBRARY)
        medium = library.medium(self.name_)
        if self.rename:
            raise not_yet("chvopt -mv", "Create a medium of the new name and remove the old one.")
        if self.access not in [mode.value for mode in MountType]:
            raise Refusal(Status.SYNTAX, f'Access "{self.access}" is not valid. Use ro or rw.')
        changed = medium.evolve(mount_type=self.access)
        media = tuple(changed if each.name == medium.name else each for each in library.repository.optical_media)
        changes.set_media(self.server, library, media)
        yield from ()
