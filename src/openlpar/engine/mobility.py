"""Leads migrations from phase to phase, on either side, and answers the other side's questions.

A migration is a record, and each phase says who has to do what next: here that is done, and done again after a restart. Nothing
is kept outside the record but how often it has been tried.

phase      partition is   next
preparing  the source's   the source asks for a place; then it sends, or undoes
sending    the source's   the hypervisor says when all has left
given      the target's   the source asks the target to take it; then it removes what is left
gone       the target's   the source tells the target that it knows; then it forgets
undoing    the source's   the source asks the target to release the place; then it forgets
reserved   the source's   the target waits, and asks now and then what has become of it
taken      the target's   the target waits to be told that the source knows, and asks now and then
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from openlpar.engine.engine import Engine, Requester
from openlpar.engine.remote_restart import QUESTIONS, RemoteRestarts
from openlpar.engine.serial_numbers import QUESTIONS as SERIAL_QUESTIONS
from openlpar.engine.serial_numbers import SerialNumbers
from openlpar.engine.world import Kind
from openlpar.messages import Failure, TryLater, trust
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Operation
from openlpar.ops.mobility.arrival import Prepare, Release, Take
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.departure import Depart, Forget, Send, Undo, stall
from openlpar.ops.mobility.door import door
from openlpar.ops.mobility.moving import not_moved
from openlpar.ops.mobility.place import planned_place
from openlpar.ports.hypervisor import Mobile
from openlpar.ports.peer import Peers, named, not_authorized
from openlpar.ports.records import Migration, Phase
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_state import PartitionState

log = logging.getLogger(__name__)

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Real seconds between attempts to reach the other side; after the last one the migration waits to be recovered."""
WATCH_S = 30.0
"""Real seconds after which a target asks what has become of a migration of which it has heard nothing."""
LONGEST_WATCH_S = 600.0
MOVER = Requester("mobility")


class Mobility:
    """The migrations of one system. ``start`` takes up those that a restart interrupted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._restarts = RemoteRestarts(engine)
        self._numbers = SerialNumbers(engine)
        self._led: set[str] = set()
        engine.followers.append(self._follow)

    @property
    def _peers(self) -> Peers:
        return self._engine.edges.peers

    def start(self) -> None:
        """A migration that had come to a standstill is tried again too."""
        self._restarts.start()
        self._numbers.start()
        with self._engine.alter() as change:
            for move in list(change.all(Migration)):
                if move.stalled:
                    change.put(replace(move, stalled=""))
        for move in self._engine.state.all(Migration):
            self._lead(move.uuid)

    def _follow(self, altered: Collection[tuple[Kind, str]]) -> None:
        for kind, uuid in altered:
            if kind is Migration:
                self._lead(uuid)

    def _lead(self, uuid: str) -> None:
        move = self._engine.state.find(Migration, uuid)
        if move is not None and uuid not in self._led and not move.stalled and move.phase != Phase.SENDING:
            self._led.add(uuid)
            self._engine.beside(self._leading(uuid))

    async def _leading(self, uuid: str) -> None:
        """Until the migration is over, or somebody else has to do something."""
        try:
            tried, phase = 0, ""
            while (move := self._engine.state.find(Migration, uuid)) is not None:
                if move.stalled or move.phase == Phase.SENDING:
                    return
                tried, phase = (tried, phase) if move.phase == phase else (0, move.phase)
                tried = await self._attempt(move, tried)
        finally:
            self._led.discard(uuid)

    async def _attempt(self, move: Migration, tried: int) -> int:
        """One attempt at what the phase asks for. Returns how many have failed."""
        if not move.is_leaving:
            await asyncio.sleep(min(WATCH_S * 2**tried, LONGEST_WATCH_S))
        try:
            await _NEXT[Phase(move.phase)](self, move)
        except Failure as failure:
            log.warning("migration of %s, %s: %s", move.name, move.phase, failure)
            if not move.is_leaving:
                return tried + 1
            if isinstance(failure, TryLater) and tried < len(PAUSES_S):
                await asyncio.sleep(PAUSES_S[tried])
                return tried + 1
            await self._give_up(move, failure)
        return 0

    async def _give_up(self, move: Migration, failure: Failure) -> None:
        """What is still ours stays here; what is not has to be recovered."""
        current = self._engine.state.find(Migration, move.uuid)
        if current is None or current.phase != move.phase:
            return
        if move.phase == Phase.PREPARING:
            try:
                return await self._run(Undo(move.uuid, not_moved(move, str(failure))))
            except Failure as worse:
                failure = worse
        with self._engine.alter() as change:
            stall(change, current, failure)
        await self._engine.settled()

    async def _run(self, operation: Operation) -> None:
        await self._engine.run(operation, MOVER)

    async def _advance(self, move: Migration, operation: Operation) -> None:
        """From the phase that the migration was seen in to the next. Somebody else may have done it meanwhile: the other side asks
        while this one watches, or asks again because it was not answered in time."""
        try:
            await self._run(operation)
        except Failure:
            if self._is_still(move):
                raise

    async def _ask(self, move: Migration, question: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        await self._engine.settled()  # what is asked for rests on the phase: it has to be on disk
        return await self._peers.ask(move.other, question, {**(values or {}), "migration": move.uuid})

    # the source

    async def _prepare(self, move: Migration) -> None:
        engine = self._engine
        partition = engine.state.get(LogicalPartition, move.partition).evolve(state=move.was)
        hypervisor = engine.edges.hypervisor
        luggage = {}
        if move.was != PartitionState.NOT_ACTIVATED and isinstance(hypervisor, Mobile):
            luggage = await hypervisor.pack(partition)
        baggage = Baggage.packed(engine.state, partition, hypervisor.name, move.wishes, luggage)
        await self._restarts.withdraw(partition.uuid)
        answer = await self._ask(move, "prepare", baggage.to_plain())
        if not self._is_still(move):
            return
        if answer["problems"]:
            await self._run(Undo(move.uuid, not_moved(move, " ".join(map(str, answer["problems"])))))
            return
        try:
            await self._run(Send(move.uuid, answer["address"]))
        except Failure as failure:
            await self._run(Undo(move.uuid, not_moved(move, str(failure))))

    async def _hand_over(self, move: Migration) -> None:
        answer = await self._ask(move, "take")
        if self._is_still(move):
            never = not_moved(move, f"system {move.other} has no place for it any more.")
            await self._advance(move, Depart(move.uuid) if answer["taken"] else Undo(move.uuid, never))

    async def _settle(self, move: Migration) -> None:
        await self._ask(move, "settle")
        await self._advance(move, Forget(move.uuid))

    async def _release(self, move: Migration) -> None:
        answer = await self._ask(move, "release")
        if answer.get("taken"):
            log.error("partition %s was recovered here by force, and system %s has it too", move.name, move.other)
        await self._advance(move, Forget(move.uuid))

    def _is_still(self, move: Migration) -> bool:
        """It may have been stopped or recovered while the other side was being asked."""
        current = self._engine.state.find(Migration, move.uuid)
        return current is not None and current.phase == move.phase

    # the target

    async def _watch(self, move: Migration) -> None:
        """What the source says has become of it. One that it does not know was given up before a place was ready here."""
        if not self._is_still(move):
            return
        phase = (await self._ask(move, "phase"))["phase"]
        if not self._is_still(move):
            return
        if move.phase == Phase.TAKEN:
            if not phase:
                await self._advance(move, Forget(move.uuid))
        elif phase == Phase.GIVEN and not self._refusal(move.other):
            await self._take(move)
        elif phase not in (Phase.PREPARING, Phase.SENDING):
            await self._advance(move, Release(move.uuid))

    async def _take(self, move: Migration) -> None:
        """It was given away: it is taken, unless it got lost on its way. Then it goes on where it was."""
        hypervisor = self._engine.edges.hypervisor
        if move.was != PartitionState.NOT_ACTIVATED and isinstance(hypervisor, Mobile):
            partition = self._engine.state.get(LogicalPartition, move.partition)
            if not await hypervisor.has_arrived(partition):
                await self._advance(move, Release(move.uuid))
                return
        await self._advance(move, Take(move.uuid))

    # answers

    def _refusal(self, system: str) -> Failure | None:
        """Why a system may not bring partitions here: it came in by a key that is not on the list any more. What is here of a
        migration that it began may still come to its end."""
        peer = named(self._peers, system)
        if peer is None or not peer.public_key or door(self._engine.state).admits(peer.public_key):
            return None
        return not_authorized(peer)

    def _check_trusted(self, system: str) -> None:
        peer = named(self._peers, system)
        if peer is not None and peer.public_key:
            own = managed_system(self._engine.state).system_name
            raise trust.NOT_BY_KEY.error(asking=system, system=own)

    async def answer(self, system: str, question: str, data: dict[str, Any]) -> dict[str, Any]:
        """What another system is told. system: its name, as it is known here. Raises Failure, KeyError or ValueError."""
        if question == "hello":
            return self._introduction()
        if question in QUESTIONS:
            self._check_trusted(system)
            return await self._restarts.answer(system, question, data)
        if question in ("validate", "prepare", *SERIAL_QUESTIONS) and (refusal := self._refusal(system)):
            raise refusal
        if question in SERIAL_QUESTIONS:
            return await self._numbers.answer(question, data)
        if question == "validate":
            return {"problems": self._problems(data)}
        if question == "prepare":
            return await self._prepared(system, str(data["migration"]), Baggage.from_plain(data))
        move = self._engine.state.find(Migration, str(data["migration"]))
        if move is not None and move.other != system:
            move = None
        await self._engine.settled()  # nobody may act on what is not on disk
        if question == "phase":
            return {"phase": move.phase if move is not None else ""}
        if question == "take":
            if move is not None and move.phase == Phase.RESERVED:
                if self._refusal(system):  # since it was prepared
                    await self._advance(move, Release(move.uuid))
                else:
                    await self._take(move)
                move = self._engine.state.find(Migration, move.uuid)
            return {"taken": move is not None}
        if question == "release":
            if move is not None and move.phase == Phase.RESERVED:
                await self._advance(move, Release(move.uuid))
                move = None
            return {"taken": move is not None}
        if question == "settle":
            if move is not None and move.phase == Phase.TAKEN:
                await self._advance(move, Forget(move.uuid))
            return {}
        raise ValueError(f"{question!r} is no question")

    def _introduction(self) -> dict[str, Any]:
        system = managed_system(self._engine.state)
        return {
            "system": system.system_name,
            "mtms": str(system.mtms),
            "hypervisor": self._engine.edges.hypervisor.name,
        }

    def _problems(self, data: dict[str, Any]) -> list[str]:
        engine = self._engine
        place = planned_place(engine.state, Baggage.from_plain(data), engine.edges.hypervisor)
        return [str(problem) for problem in place.problems]

    async def _prepared(self, system: str, uuid: str, baggage: Baggage) -> dict[str, Any]:
        """Asked for a second time, the place is there already."""
        engine = self._engine
        try:
            if engine.state.find(Migration, uuid) is None:
                await self._run(Prepare(uuid, system, baggage))
            await engine.settled()
            return {"problems": [], "address": await self._expect(uuid, baggage)}
        except Failure as failure:
            move = engine.state.find(Migration, uuid)
            if move is not None and move.phase == Phase.RESERVED:
                await self._advance(move, Release(uuid))
            return {"problems": [str(failure)]}

    async def _expect(self, uuid: str, baggage: Baggage) -> str:
        """The address that a running partition is to be sent to, "" for one that is off."""
        state, hypervisor = self._engine.state, self._engine.edges.hypervisor
        move = state.find(Migration, uuid)
        if move is None or move.phase != Phase.RESERVED or not (baggage.runs and isinstance(hypervisor, Mobile)):
            return ""
        return await hypervisor.expect(state.get(LogicalPartition, move.partition), baggage.luggage)


_NEXT = {
    Phase.PREPARING: Mobility._prepare,
    Phase.GIVEN: Mobility._hand_over,
    Phase.GONE: Mobility._settle,
    Phase.UNDOING: Mobility._release,
    Phase.RESERVED: Mobility._watch,
    Phase.TAKEN: Mobility._watch,
}
