"""cattracerpt: what a trace recorded, in the layout of AIX's trcrpt (recalled); options are those of IBM's page of the command."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from openlpar.vios.padmin import tracing
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, line
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.tracing import EXEC, HOOKS, Trace

_COLUMNS = (
    Column("id", "ID", 5),
    Column("elapsed", "ELAPSED_SEC", 16, right=True),
    Column("delta", "DELTA_MSEC", 15, right=True),
    Column("event", "EVENT", 40, gap=3),
)
_ENTRY = re.compile(r"(\w+ \d+ \d+, [\d:]+) \S+ +(.*)")


class Cattracerpt(Command, name="cattracerpt", group="Problem Determination"):
    """Formats a report from the trace log."""

    hookid = Value("-hookid", "List", "only these hooks, separated by commas")
    lshid = Flag("-lshid", "the hooks there are")
    outfile = Value("-outfile", "FileName", "a file below /home/padmin to write to")

    @form(lshid)
    def list_hooks(self) -> Iterator[str]:
        return (f"{hook} {text}" for hook, text in HOOKS.items())

    @form(may(hookid), may(outfile))
    def report(self) -> Iterator[str]:
        found = tracing.trace(self.server)
        if found is None:
            raise Refusal(Status.NOT_FOUND, "There is no trace. Begin one with starttrace.")
        lines = list(self._lines(found))
        if self.outfile:
            self.server.home.write(self.outfile, "".join(f"{one}\n" for one in lines).encode())
            return
        yield from lines

    def _lines(self, found: Trace) -> Iterator[str]:
        yield f"System: VIOS {self.server.level} Node: {self.server.host}"
        if found.cut:
            yield "The beginning is gone: the command log keeps only its newer part."
        yield ""
        yield line(_COLUMNS, {column.name: column.heading for column in _COLUMNS})
        wanted = self.hookid.upper().split(",") if self.hookid else list(HOOKS)
        first = previous = None
        for hook, text, at in _events(found):
            if first is None or previous is None:
                first = previous = at
            if hook in wanted and (hook != EXEC or not found.events or EXEC in found.events):
                elapsed, delta = (at - first).total_seconds(), 1000 * (at - previous).total_seconds()
                row = {"id": hook, "elapsed": f"{elapsed:.9f}", "delta": f"{delta:.6f}", "event": text}
                yield line(_COLUMNS, row)
            previous = at


def _events(found: Trace) -> Iterator[tuple[str, str, datetime.datetime]]:
    """Hook, what happened and when, of each line."""
    last = len(found.entries) - 1
    for place, entry in enumerate(found.entries):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            continue
        at = datetime.datetime.strptime(match[1], "%b %d %Y, %H:%M:%S").replace(tzinfo=datetime.UTC)
        if place == 0 and not found.cut:
            yield "001", "TRACE ON channel 0", at
        elif place == last and found.ended:
            yield "002", "TRACE OFF channel 0", at
        else:
            yield EXEC, f"exec: cmd='{match[2]}'", at
