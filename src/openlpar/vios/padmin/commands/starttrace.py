"""starttrace: begins a trace of the commands that the server runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openlpar.vios.padmin import tracing
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status


class Starttrace(Command, name="starttrace", group="Problem Determination"):
    """Records selected system events; of those that AIX has, the start of a program is the one that happens here."""

    event = Value("-event", "Event[,Event ...]", "the hooks to record, for example 134; without it all")

    @form(may(event))
    def start(self) -> Iterator[str]:
        events = tuple(word.upper() for word in self.event.split(",")) if self.event else ()
        for word in events:
            if not re.fullmatch(r"[0-9A-F]{3,4}", word):
                raise Refusal(
                    Status.SYNTAX,
                    f"\"{word}\" is not the number of a hook. 'cattracerpt -lshid' lists those there are.",
                )
        if tracing.is_running(self.server):
            raise Refusal(Status.INCOMPLETE, "A trace is running already. End it with stoptrace.")
        tracing.begin(self.server, events)
        yield from ()
