"""stoptrace: ends a trace."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import tracing
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import form
from openlpar.vios.padmin.refusal import Refusal, Status


class Stoptrace(Command, name="stoptrace", group="Problem Determination"):
    """Stops the trace; cattracerpt shows what it recorded."""

    @form()
    def stop(self) -> Iterator[str]:
        if not tracing.is_running(self.server):
            raise Refusal(Status.INCOMPLETE, "No trace is running. Begin one with starttrace.")
        tracing.end(self.server)
        yield from ()
