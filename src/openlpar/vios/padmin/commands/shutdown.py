"""shutdown: ends the Virtual I/O Server, or restarts it."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, form, may


class Shutdown(Command, name="shutdown", group="System"):
    """Ends the Virtual I/O Server: what it serves to partitions stops."""

    force = Flag("-force", "without asking")
    restart = Flag("-restart", "starts it again afterwards")

    @form(may(force), may(restart))
    def end(self) -> Iterator[str]:
        if not self.force:
            question = "Shutting down the VIOS could affect Client Partitions. Continue"
            self.server.sitting.agree(question, "repeat the command with -force.")
        yield from self.server.restart() if self.restart else self.server.shut_down()
