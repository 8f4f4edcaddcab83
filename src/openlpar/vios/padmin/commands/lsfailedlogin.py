"""lsfailedlogin: who was not let in."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import form


class Lsfailedlogin(Command, name="lsfailedlogin", group="Security", prime=True):
    """Displays the logins at the console that failed, the oldest first. A name that no user has is not shown."""

    @form()
    def show(self) -> Iterator[str]:
        for at, user in self.server.logins.failed:
            yield f"{user:<13} vty0        {self.server.moment(at):%b %d %H:%M:%S %Y}"
