"""svmon: the server's memory, in pages of 4 KB."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, form, may
from openlpar.vios.padmin.statistics import memory_in_use_mb

_PAGES_IN_MB = 256
_COLUMNS = (
    Column("what", "", 12),
    *(Column(name, name, 12, right=True) for name in ("size", "inuse", "free", "virtual")),
)


class Svmon(Command, name="svmon", group="Performance"):
    """Displays how much memory is in use. It is all free while no monitor of the performance metrics is on."""

    every = Flag("-G", "of the whole server; it always is")

    @form(may(every))
    def show(self) -> Iterator[str]:
        size = self.server.vios.mem_config.current or self.server.vios.mem_config.desired
        used = min(size, memory_in_use_mb(self.server))
        sizes = {"size": size, "inuse": used, "free": size - used, "virtual": used}
        pages = {name: str(number * _PAGES_IN_MB) for name, number in sizes.items()}
        return listing(_COLUMNS, [{"what": "memory", **pages}])
