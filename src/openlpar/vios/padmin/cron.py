"""Keeping a server's crontab, and when its next line is run. See ``ports.crontab``."""

from __future__ import annotations

from openlpar.ports.crontab import CRONTAB, next_run, parsed
from openlpar.ports.records import Due
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server

_LONGEST = 65_536


def keep(server: Server, text: str) -> None:
    """Raises Refusal for lines that cannot be understood."""
    if len(text) > _LONGEST:
        raise Refusal(Status.SYNTAX, f"A crontab may have {_LONGEST} characters. Nothing was changed.")
    try:
        parsed(text)
    except ValueError as error:
        raise Refusal(Status.SYNTAX, f"crontab: {error}. Nothing was changed.") from error
    server.keep_text(CRONTAB, text)
    plan(server)


def plan(server: Server) -> None:
    """After the crontab, or the server's clock, has changed."""
    for due in list(server.change.where(Due, subject=server.uuid)):
        if due.what == CRONTAB:
            server.operator.forget(due)
    at = next_run(server.settings, server.change.clock.now())
    if at is not None:
        server.operator.keep(Due(uuid=f"{CRONTAB}-{server.uuid}-{at}", at=at, what=CRONTAB, subject=server.uuid))
