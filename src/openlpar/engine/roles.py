"""Passes the master role on when the operation has ended that somebody waited for."""

from __future__ import annotations

import logging
from collections.abc import Collection

from openlpar.engine.engine import Engine, Requester
from openlpar.engine.world import Kind
from openlpar.messages import Failure
from openlpar.ops.system.roles import SettleRole
from openlpar.ports.records import CoManagement

log = logging.getLogger(__name__)
_SETTLER = Requester("co-management")


class Roles:
    """Looks after each change; there is nothing to look at while nobody waits. ``start`` looks after a restart."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        engine.followers.append(self._follow)

    def start(self) -> None:
        self._follow(())

    def _follow(self, _: Collection[tuple[Kind, str]]) -> None:
        for joint in list(self._engine.state.all(CoManagement)):
            if joint.requested:
                try:
                    self._engine.perform(SettleRole(joint.uuid), _SETTLER)
                except Failure as failure:
                    log.warning("the master role could not be passed on: %s", failure)
