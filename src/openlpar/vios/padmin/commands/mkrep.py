"""mkrep: the media repository."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import VirtualMediaRepository
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.sizes import gigabytes

NAME = "VMLibrary"


class Mkrep(Command, name="mkrep", group="Virtual Media"):
    """Creates the virtual media repository."""

    sp = Value("-sp", "ParentStoragePool", "the storage pool to make it in")
    size = Value("-size", "Size", "1024, 1024M or 20G")

    @form(sp, size)
    def create(self) -> Iterator[str]:
        if self.server.library() is not None:
            raise Refusal(
                Status.INCOMPLETE, "The virtual media repository exists already. lsrep shows it; chrep makes it larger."
            )
        group = self.server.group(self.sp)
        changes.set_library(self.server, group, VirtualMediaRepository(name=NAME, size=gigabytes(self.size)))
        yield "Virtual Media Repository Created"
        yield f'Repository created within "{NAME}" logical volume'
