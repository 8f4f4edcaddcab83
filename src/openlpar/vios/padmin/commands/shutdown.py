"""shutdown: ends the Virtual I/O Server, or restarts it."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, form, may
from openlpar.vios.padmin.refusal import Refusal, Status


class Shutdown(Command, name="shutdown", group="System"):
    """Ends the Virtual I/O Server: what it serves to partitions stops."""

    force = Flag("-force", "without asking")
    restart = Flag("-restart", "starts it again afterwards")

    @form(may(force), may(restart))
    def end(self) -> Iterator[str]:
        if not self.force:
            raise Refusal(
                Status.SYNTAX,
                "Shutting down the VIOS could affect Client Partitions. Continue [y|n]?\n"
                "Nobody can answer here: repeat the command with -force.",
            )
        yield from self.server.restart() if self.restart else self.server.shut_down()
