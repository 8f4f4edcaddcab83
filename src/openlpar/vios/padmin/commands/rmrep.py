"""rmrep: removes the media repository."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.options import Flag, form, may
from openlpar.vios.padmin.refusal import Refusal, Status


class Rmrep(Command, name="rmrep", group="Virtual Media"):
    """Removes the virtual media repository."""

    force = Flag("-f", "even when it holds media")

    @form(may(force))
    def remove(self) -> Iterator[str]:
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, NO_LIBRARY)
        media = library.repository.optical_media
        if media and not self.force:
            raise Refusal(
                Status.INCOMPLETE,
                f"The virtual media repository holds {len(media)} media. Remove them with rmvopt, or use -f.",
            )
        changes.set_library(self.server, library.group, None)
        yield "Virtual Media Repository deleted."
