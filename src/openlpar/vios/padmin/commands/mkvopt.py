"""mkvopt: a virtual optical medium."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import MountType, VirtualOpticalMedia
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.files import disc_in
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Library
from openlpar.vios.padmin.sizes import gigabytes


class Mkvopt(Command, name="mkvopt", group="Virtual Media"):
    """Creates a virtual optical medium."""

    name_ = Value("-name", "FileName", "its name, at most 37 characters")
    size = Value("-size", "Size", "of an empty medium: 1024, 1024M or 20G")
    file = Value("-file", "SourceFile", "a file of padmin to copy it from")
    dev = Value("-dev", "OpticalDevice", "a drive with a disc to copy it from: cd0")
    ro = Flag("-ro", "read only")

    @form(name_, size, may(ro))
    def create(self) -> Iterator[str]:
        library = self._library()
        medium = VirtualOpticalMedia(name=self.name_, size=gigabytes(self.size), mount_type=self._mode.value)
        changes.set_media(self.server, library, (*library.repository.optical_media, medium))
        yield from ()

    @form(name_, file, may(ro))
    def copy(self) -> Iterator[str]:
        yield from self._copied(self.file)

    @form(name_, dev, may(ro))
    def copy_disc(self) -> Iterator[str]:
        disc = disc_in(self.dev)
        if not self.server.home.exists(disc):
            raise Refusal(Status.INCOMPLETE, f'There is no disc in "{self.dev}". backupios -cd writes one.')
        yield from self._copied(disc)

    def _copied(self, source: str) -> Iterator[str]:
        self._library()
        file = self.server.home.file(source)
        if not file.stat().st_size:
            raise Refusal(Status.INCOMPLETE, f'File "{source}" is empty. mkvopt -size makes a blank medium.')
        changes.import_medium(self.server, self.name_, file, self._mode)
        yield from ()

    @property
    def _mode(self) -> MountType:
        return MountType.READ_ONLY if self.ro else MountType.READ_WRITE

    def _library(self) -> Library:
        """Raises Refusal when there is none, or when it has a medium of this name."""
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, f"{NO_LIBRARY} mkrep creates it.")
        if self.name_ in [medium.name for medium in library.repository.optical_media]:
            raise Refusal(Status.SYNTAX, f'Virtual optical media "{self.name_}" exists already. Choose another name.')
        return library
