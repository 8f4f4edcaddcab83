"""mkvopt: a virtual optical medium."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import MountType, VirtualOpticalMedia
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, not_yet
from openlpar.vios.padmin.sizes import gigabytes


class Mkvopt(Command, name="mkvopt", group="Virtual Media"):
    """Creates a virtual optical medium."""

    name_ = Value("-name", "FileName", "its name, at most 37 characters")
    size = Value("-size", "Size", "of an empty medium: 1024, 1024M or 20G")
    file = Value("-file", "SourceFile", "a file to copy it from")
    dev = Value("-dev", "OpticalDevice", "a drive to copy it from")
    ro = Flag("-ro", "read only")

    @form(name_, one(size, file, dev), may(ro))
    def create(self) -> Iterator[str]:
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, f"{NO_LIBRARY} mkrep creates it.")
        if self.file or self.dev:
            raise not_yet(
                "mkvopt with -file or -dev",
                "Upload the image through the REST API (File, type BROKERED_MEDIA_ISO) instead.",
            )
        media = library.repository.optical_media
        if self.name_ in [medium.name for medium in media]:
            raise Refusal(Status.SYNTAX, f'Virtual optical media "{self.name_}" exists already. Choose another name.')
        mode = MountType.READ_ONLY if self.ro else MountType.READ_WRITE
        medium = VirtualOpticalMedia(name=self.name_, size=gigabytes(self.size), mount_type=mode.value)
        changes.set_media(self.server, library, (*media, medium))
        yield from ()
