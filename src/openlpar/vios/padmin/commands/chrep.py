"""chrep: a larger media repository."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.sizes import gigabytes

NO_LIBRARY = "The DVD repository has not been created yet."


class Chrep(Command, name="chrep", group="Virtual Media"):
    """Makes the virtual media repository larger."""

    size = Value("-size", "Size", "by how much: 1024, 1024M or 20G")

    @form(size)
    def grow(self) -> Iterator[str]:
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, f"{NO_LIBRARY} mkrep creates it.")
        larger = library.repository.evolve(size=library.repository.size + gigabytes(self.size))
        changes.set_library(self.server, library.group, larger)
        yield from ()
