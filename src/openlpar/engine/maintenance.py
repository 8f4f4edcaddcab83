"""Leads the maintenance of Virtual I/O Servers from phase to phase.

It is a record, and each phase says what has to come next: here that is done when it can be, and again after a restart. Nothing is
kept outside the record.

phase      waits for                     next
prepared   nothing: it is on disk        the server is powered off; when that is refused, what was added goes
stopping   the server being off          out of service; when its job has ended before, it waits to be asked back
out        somebody who asks it back
returning  the server and its RMC        what was added goes, and so does the record
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace

from openlpar.engine.engine import Engine, Requester
from openlpar.engine.world import Kind
from openlpar.messages import Failure
from openlpar.messages import maintenance as say
from openlpar.ops.core import Operation
from openlpar.ops.maintenance.begin import RestServer, StopServer, power_off
from openlpar.ops.maintenance.end import Rebalance, end_job, is_stopping
from openlpar.ops.storage.usage import is_serving
from openlpar.ports.records import Absence, Maintenance
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer

log = logging.getLogger(__name__)
LEADER = Requester("maintenance")


class MaintenanceLead:
    """Looks after each change; there is nothing to look at while no server is in maintenance. ``start`` looks after a restart."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        engine.followers.append(self._follow)

    def start(self) -> None:
        self._follow(())

    def _follow(self, _: Collection[tuple[Kind, str]]) -> None:
        for now in list(self._engine.state.all(Maintenance)):
            vios = self._engine.state.find(VirtualIOServer, now.uuid)
            if vios is None or now.stalled:
                continue
            following = _next(vios, now)
            if following:
                self._advance(vios, now, following)
            elif now.phase == Absence.STOPPING and now.job and not is_stopping(self._engine.state, now):
                self._stall(vios, now, say.NOT_STOPPED.error(vios=vios.name, state=vios.state))

    def _advance(self, vios: VirtualIOServer, now: Maintenance, following: list[Operation]) -> None:
        """All in one commit: nothing gives way between them."""
        try:
            for operation in following:
                self._engine.perform(operation, LEADER)
        except Failure as failure:
            log.warning("maintenance of %s, %s: %s", vios.name, now.phase, failure)
            if now.phase == Absence.PREPARED:
                failure = self._given_up(vios, now, failure) or failure
            if self._engine.state.find(Maintenance, now.uuid) is not None:
                self._stall(vios, now, failure)

    def _stall(self, vios: VirtualIOServer, now: Maintenance, cause: Failure) -> None:
        """It goes on when somebody asks for it; its job has failed."""
        text = str(say.STUCK.error(vios=vios.name, cause=str(cause)))
        with self._engine.alter() as change:
            change.put(replace(now, stalled=text))
            end_job(change, now, text, "")

    def _given_up(self, vios: VirtualIOServer, now: Maintenance, cause: Failure) -> Failure | None:
        """The server stays: what was added goes. Returns why not."""
        try:
            text = str(say.GIVEN_UP.error(vios=vios.name, cause=str(cause)))
            self._engine.perform(Rebalance(now.uuid, text), LEADER)
        except Failure as worse:
            return worse
        return None


def _next(vios: VirtualIOServer, now: Maintenance) -> list[Operation]:
    """Nothing while it waits."""
    if now.phase in (Absence.PREPARED, Absence.STOPPING) and vios.state == PartitionState.NOT_ACTIVATED:
        return [RestServer(vios.uuid)]
    if now.phase == Absence.PREPARED:
        return [power_off(vios), StopServer(vios.uuid)]
    if now.phase == Absence.RETURNING and is_serving(vios):
        return [Rebalance(vios.uuid)]
    return []
