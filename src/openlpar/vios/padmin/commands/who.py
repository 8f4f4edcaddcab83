"""who: who is logged on."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import Console
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import form


class Who(Command, name="who", group="User"):
    """Displays who is logged on at the console, and since when."""

    @form()
    def show(self) -> Iterator[str]:
        console = self.server.change.find(Console, self.server.uuid)
        if console is not None and console.user:
            since = self.server.moment(self.server.logins.last.get(console.user, 0))
            yield f"{console.user:<12}vty0        {since:%b %d %H:%M}"
