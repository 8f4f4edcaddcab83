"""vfcmap: which physical port carries a virtual Fibre Channel adapter."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, ValueOrNone, form


class Vfcmap(Command, name="vfcmap", group="Virtual Fibre Channel"):
    """Maps a virtual Fibre Channel adapter to a port."""

    vadapter = Value("-vadapter", "VirtualServerFCAdapter", "the virtual adapter")
    fcp = ValueOrNone("-fcp", "FCPName", "the physical port; without a name the adapter is mapped to none")

    @form(vadapter, fcp)
    def change(self) -> Iterator[str]:
        changes.map_port(self.server, self.vadapter, self.fcp)
        yield f"{self.vadapter} changed"
