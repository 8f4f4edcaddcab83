"""Virtual serial numbers that are on their way to another system: it is asked until it answers, also after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Any

from openlpar.engine.engine import Engine, Requester
from openlpar.engine.world import Kind
from openlpar.messages import Failure, TryLater
from openlpar.ops.system.serial_number import find_number
from openlpar.ops.system.serial_transfer import EndTransfer, TakeNumber, asked
from openlpar.ports.records import SerialTransfer

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
QUESTIONS = ("would_take_number", "take_number")
_BEARER = Requester("serial numbers")


class SerialNumbers:
    """Of one system."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._led: set[str] = set()
        engine.followers.append(self._follow)

    def start(self) -> None:
        for transfer in self._engine.state.all(SerialTransfer):
            self._lead(transfer.uuid)

    def _follow(self, altered: Collection[tuple[Kind, str]]) -> None:
        for kind, uuid in altered:
            if kind is SerialTransfer:
                self._lead(uuid)

    def _lead(self, serial: str) -> None:
        if serial not in self._led and self._engine.state.find(SerialTransfer, serial) is not None:
            self._led.add(serial)
            self._engine.beside(self._leading(serial))

    async def _leading(self, serial: str) -> None:
        pause_s = FIRST_PAUSE_S
        try:
            while (transfer := self._engine.state.find(SerialTransfer, serial)) is not None:
                try:
                    await self._engine.settled()  # it is off this system for good before another one has it
                    answer = await self._engine.edges.peers.ask(transfer.other, "take_number", asked(transfer))
                    await self._engine.run(EndTransfer(serial, str(answer.get("refused", ""))), _BEARER)
                except Failure as failure:
                    log.warning("virtual serial number %s for system %s: %s", serial, transfer.other, failure)
                    await asyncio.sleep(pause_s)
                    pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        finally:
            self._led.discard(serial)

    async def answer(self, question: str, data: dict[str, Any]) -> dict[str, Any]:
        """Whether a number is taken here. Raises Failure when that may be different later, KeyError or ValueError."""
        engine = self._engine
        taking = TakeNumber(str(data["serial"]), bool(data["auto_assign"]), int(data["lpar_id"]))
        try:
            if question == "would_take_number":
                taking.edges = engine.edges
                taking.check(engine.state)
            elif find_number(engine.state, taking.serial) is None:
                await engine.run(taking, _BEARER)
        except TryLater:
            raise
        except Failure as failure:
            return {"refused": str(failure)}
        await engine.settled()
        return {"refused": ""}
