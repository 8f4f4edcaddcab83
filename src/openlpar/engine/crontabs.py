"""Virtual I/O Servers run the lines of their crontabs, each at its moment in between everything else."""

from __future__ import annotations

import logging

from openlpar.engine.engine import Engine, Requester
from openlpar.messages import Failure
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.crontab import CRONTAB, local, next_run, parsed
from openlpar.ports.records import Due, ViosSettings
from openlpar.ports.state import Change

log = logging.getLogger(__name__)

_REQUESTER = Requester(user="cron")


class Crontabs:
    """Runs what is in them, and notes what could not be run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        engine.routines[CRONTAB] = self._come_due

    def _come_due(self, change: Change, due: Due) -> None:
        """A server that is off runs nothing; what it missed is not made up for."""
        settings = change.find(ViosSettings, due.subject)
        if settings is None:
            return
        now = self._engine.clock.now()
        at = next_run(settings, now)
        if at is not None:
            change.put(Due(uuid=f"{CRONTAB}-{due.subject}-{at}", at=at, what=CRONTAB, subject=due.subject))
        for entry in parsed(settings.texts.get(CRONTAB, "")):
            if entry.is_at(local(settings, due.at)):
                self._run(due.subject, entry.command)

    def _run(self, vios: str, command: str) -> None:
        operation = RunCommand(vios, command)
        try:
            self._engine.perform(operation, _REQUESTER)
        except Failure as failure:
            log.warning("a line of a crontab was left out: %s", failure)
            return
        if operation.result.status:
            log.warning("a line of a crontab ended with status %d: %s", operation.result.status, command)
