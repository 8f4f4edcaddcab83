"""A trace of a server: which commands it ran between ``starttrace`` and ``stoptrace``.

There is no kernel to trace. Of all its events there is one that happens here, the start of a program (hook 134 of AIX), and the
command log knows each of them; the trace is the part of that log between two of its lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.vios.padmin.server import Server

EXEC = "134"
HOOKS = {"001": "TRACE ON", "002": "TRACE OFF", EXEC: "EXEC SYSTEM CALL"}
"""Those that can be in a trace."""
_BEGIN, _END, _EVENTS = "trace_begin", "trace_end", "trace_events"


@dataclass(frozen=True, slots=True)
class Trace:
    """entries: lines of the command log, the oldest first. events: hooks that it was started for, none for all; ended: it was
    stopped; cut: what was logged at its beginning is gone."""

    entries: tuple[str, ...]
    events: tuple[str, ...]
    ended: bool
    cut: bool


def is_running(server: Server) -> bool:
    return bool(server.text(_BEGIN)) and not server.text(_END)


def begin(server: Server, events: tuple[str, ...]) -> None:
    """From the command on that is being run, which was logged before."""
    texts = {_BEGIN: _latest(server), _END: "", _EVENTS: " ".join(events)}
    server.keep(texts={**server.settings.texts, **texts})


def end(server: Server) -> None:
    server.keep_text(_END, _latest(server))


def trace(server: Server) -> Trace | None:
    """The one that runs, or ran last; None when there was none."""
    first, last = server.text(_BEGIN), server.text(_END)
    if not first:
        return None
    lines = server.log.lines()
    places = [place for place, line in enumerate(lines) if line == first]
    lines = lines[places[0] if places else 0 :]
    if last and last in lines:
        lines = lines[: lines.index(last) + 1]
    return Trace(tuple(lines), tuple(server.text(_EVENTS).split()), bool(last), not places)


def _latest(server: Server) -> str:
    """The line of the command that is being run; a log that cannot be written has none."""
    return next(reversed(server.log.lines()), "none")
