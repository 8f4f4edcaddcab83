"""Keeps the partitions that can be restarted elsewhere entrusted to another system, and finds out after a death whose they are.

Each such partition has one refuge: two systems that do not know of each other could otherwise both restart it. What is asked of
the refuge, each time with a number that grows:

entrust   keep this; if the partition was restarted there, the answer says so, and it is given up here
withdraw  forget it: from then on the refuge cannot restart it; or it already has
vacated   nothing is left of it here

A source that starts holds every partition that it has entrusted (``ops.remote_restart.held``) until ``withdraw`` was answered.
The refuge answers only when its answer is on disk, and restarts a partition in one transaction that looks for what was
entrusted: one of the two comes first, on one disk, and that decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from openlpar.engine.engine import Engine, Requester
from openlpar.engine.world import Kind
from openlpar.messages import Failure
from openlpar.messages import mobility as say_mobility
from openlpar.messages import remote_restart as say
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.moving import STATES
from openlpar.ops.remote_restart.entrusting import digest_of, entrusted_uuid, is_entrustable, packed
from openlpar.ops.remote_restart.give_up import GiveUp
from openlpar.ops.remote_restart.held import hold, let_go
from openlpar.ports.hypervisor import Mortal
from openlpar.ports.records import Deposit, Entrusted, Hold, Migration
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition, RemoteRestartState
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
"""Real seconds before the refuge is asked again; twice as long each time."""
LONGEST_PAUSE_S = 30.0
QUESTIONS = ("entrust", "withdraw", "vacated")
_BELONGINGS = (ClientNetworkAdapter, VirtualSCSIMapping, VirtualFibreChannelMapping, LogicalUnit, Migration)
_KEEPER = Requester("remote restart")


class RemoteRestarts:
    """Of one system. ``start`` comes before anything else is done after a restart of the service."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._led: dict[str, asyncio.Event] = {}
        engine.followers.append(self._follow)

    def start(self) -> None:
        hypervisor = self._engine.edges.hypervisor
        deposits = list(self._engine.state.all(Deposit))
        if isinstance(hypervisor, Mortal) and deposits:
            with self._engine.alter() as change:
                for deposit in deposits:
                    if deposit.refuge and deposit.hold == Hold.NONE:
                        hold(change, hypervisor, deposit)
        for uuid in {one.uuid for one in deposits} | {one.uuid for one in self._engine.state.all(LogicalPartition)}:
            self._lead(uuid)

    def _follow(self, altered: Collection[tuple[Kind, str]]) -> None:
        concerned: set[str] = set()
        for kind, uuid in altered:
            if kind is LogicalPartition:
                concerned.add(uuid)
            elif kind is Entrusted:
                concerned.add(uuid.partition("@")[0])
            elif kind in _BELONGINGS:
                concerned.update(one.uuid for one in self._engine.state.all(Deposit))
        for uuid in concerned:
            self._lead(uuid)

    def _lead(self, uuid: str) -> None:
        if uuid in self._led:
            self._led[uuid].set()
        elif self._concerns(uuid):
            self._led[uuid] = asyncio.Event()
            self._engine.beside(self._leading(uuid))

    def _concerns(self, uuid: str) -> bool:
        return self._find(uuid) is not None or self._wanted(uuid) is not None

    def _find(self, uuid: str) -> Deposit | None:
        return self._engine.state.find(Deposit, uuid)

    def _wanted(self, uuid: str) -> LogicalPartition | None:
        """The partition, if it is to have a refuge."""
        partition = self._engine.state.find(LogicalPartition, uuid)
        if partition is None or not is_entrustable(self._engine.state, self._engine.edges.hypervisor, partition):
            return None
        return partition

    async def _leading(self, uuid: str) -> None:
        """As long as the partition is concerned; woken by what alters it."""
        wake, pause_s = self._led[uuid], FIRST_PAUSE_S
        try:
            while self._concerns(uuid):
                wake.clear()
                waits_s: float | None = None
                before = self._find(uuid)
                try:
                    if not await self._turn(uuid):
                        waits_s = LONGEST_PAUSE_S
                    elif self._find(uuid) != before:
                        continue
                    pause_s = FIRST_PAUSE_S
                except Failure as failure:
                    log.info("remote restart of partition %s: %s", uuid, failure)
                    self._show(uuid, RemoteRestartState.STALE_DATA)
                    waits_s, pause_s = pause_s, min(2 * pause_s, LONGEST_PAUSE_S)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(waits_s):
                        await wake.wait()
        finally:
            del self._led[uuid]

    async def _turn(self, uuid: str) -> bool:
        """What has to be done next about a partition. False: nobody has it, try again later."""
        deposit, partition = self._find(uuid), self._wanted(uuid)
        if deposit is not None and deposit.hold == Hold.GONE:
            await self._ask(deposit, "vacated")
            self._put(deposit, None)
        elif deposit is not None and deposit.hold == Hold.ASKING:
            await self._reclaim(deposit)
        elif partition is None:
            if deposit is not None:
                await self._forget(deposit)
        elif partition.state not in STATES:
            return await self._entrust(partition, deposit)
        return True

    async def _reclaim(self, deposit: Deposit) -> None:
        restarted = (await self._ask(deposit, "withdraw"))["restarted"]
        if self._find(deposit.uuid) != deposit:
            return
        if restarted:
            await self._engine.run(GiveUp(deposit.uuid), _KEEPER)
        else:
            with self._engine.alter() as change:
                let_go(change, self._engine.edges.hypervisor, deposit)

    async def _forget(self, deposit: Deposit) -> None:
        """It is gone, or is not to be restarted elsewhere any more."""
        if deposit.refuge:
            deposit = self._put(deposit, replace(deposit, serial=deposit.serial + 1, digest=""))
            if (await self._ask(deposit, "withdraw"))["restarted"] and not deposit.forced:
                await self._engine.run(GiveUp(deposit.uuid), _KEEPER)
                return
        self._put(deposit, None)
        self._show(deposit.uuid, RemoteRestartState.INVALID)

    async def _entrust(self, partition: LogicalPartition, deposit: Deposit | None) -> bool:
        values = packed(self._engine.state, self._engine.edges.hypervisor.name, partition)
        digest = digest_of(values)
        if deposit is not None and deposit.digest == digest:
            return True
        refuge = (deposit.refuge if deposit is not None else "") or await self._refuge()
        if not refuge:
            if partition.rr_state != RemoteRestartState.INVALID:
                self._show(partition.uuid, RemoteRestartState.LOCAL_DATA_VALID)
            return False
        if self._find(partition.uuid) != deposit:
            return True
        known = deposit or Deposit(uuid=partition.uuid, name=partition.name)
        sent = replace(known, name=partition.name, refuge=refuge, serial=known.serial + 1, digest="")
        self._put(deposit, sent)
        answer = await self._ask(sent, "entrust", values)
        if answer["restarted"]:
            return await self._contested(sent)
        if self._put(sent, replace(sent, digest=digest, forced=False)).digest == digest:
            self._show(partition.uuid, RemoteRestartState.REMOTE_RESTARTABLE)
        return True

    async def _contested(self, deposit: Deposit) -> bool:
        """This system was thought to be dead, and was not: it gives way, unless somebody here decided otherwise."""
        if not deposit.forced:
            await self._engine.run(GiveUp(deposit.uuid), _KEEPER)
            return True
        log.error("partition %s was brought back here by force, and system %s has it too", deposit.name, deposit.refuge)
        self._show(deposit.uuid, RemoteRestartState.FORCED_SOURCE_SIDE_RESTART)
        return False

    async def _refuge(self) -> str:
        """The first system, by name, that answers and runs partitions as this one does; "" when there is none."""
        peers, own = self._engine.edges.peers, self._engine.edges.hypervisor.name
        for name in sorted(peer.name for peer in peers.known() if not peer.public_key):
            with contextlib.suppress(Failure):
                if (await peers.ask(name, "hello", {}))["hypervisor"] == own:
                    return name
        return ""

    async def withdraw(self, uuid: str) -> None:
        """Takes a partition back from its refuge before it moves. Raises Failure when the refuge does not answer, or has it."""
        deposit = self._find(uuid)
        if deposit is None or not deposit.refuge:
            return
        asked = self._put(deposit, replace(deposit, serial=deposit.serial + 1, digest=""))
        if (await self._ask(asked, "withdraw"))["restarted"]:
            raise say.GONE_ELSEWHERE.error(partition=deposit.name, refuge=deposit.refuge)
        self._put(asked, replace(asked, refuge=""))
        self._show(uuid, RemoteRestartState.LOCAL_DATA_VALID)

    async def _ask(self, deposit: Deposit, question: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        """A refuge that has heard of a later number than this system knows, which was restored, is asked with a later one."""
        asked = {**(values or {}), "partition": deposit.uuid, "serial": deposit.serial}
        await self._engine.settled()  # the refuge may know of the partition from now on: that has to be on disk
        answer = await self._engine.edges.peers.ask(deposit.refuge, question, asked)
        if answer["serial"] > deposit.serial:
            current = self._find(deposit.uuid)
            if current is not None:
                self._put(current, replace(current, serial=answer["serial"] + 1, digest=""))
            raise say_mobility.PEER_REFUSES.error(system=deposit.refuge, cause="it has heard of a later question.")
        return answer

    def _put(self, before: Deposit | None, after: Deposit | None) -> Deposit:
        """Replaces one version of a record by another, unless there is a newer one. Returns the one that there is then."""
        subject = before or after
        assert subject is not None
        current = self._find(subject.uuid)
        if current == before:
            with self._engine.alter() as change:
                if after is not None:
                    change.put(after)
                elif before is not None:
                    change.remove(before)
            current = after
        return current or subject

    def _show(self, uuid: str, state: RemoteRestartState) -> None:
        """What clients see of it; that of a partition that is held says so until it is let go."""
        partition, deposit = self._engine.state.find(LogicalPartition, uuid), self._find(uuid)
        if partition is None or partition.rr_state == state or (deposit is not None and deposit.hold != Hold.NONE):
            return
        with self._engine.alter() as change:
            change.put(partition.evolve(rr_state=state.value))

    # the refuge

    async def answer(self, system: str, question: str, data: dict[str, Any]) -> dict[str, Any]:
        """What another system is told. Raises KeyError, TypeError or ValueError."""
        uuid, serial = str(data["partition"]), int(data["serial"])
        key = entrusted_uuid(uuid, system)
        before = self._engine.state.find(Entrusted, key)
        known = before or Entrusted(uuid=key, partition=uuid, name=uuid, source=system, serial=serial)
        after = replace(known, serial=serial)
        if question == "entrust":
            Baggage.from_plain(data["baggage"])
            if not known.restarted:
                after = replace(
                    after, name=str(data["name"]), baggage=dict(data["baggage"]), active=data["active"] is True
                )
        elif question == "vacated":
            after = replace(after, baggage={}, restarted=False)
        elif not known.restarted:
            after = replace(after, baggage={})
        if serial >= known.serial and after != before:
            self._engine.put_record(after)
            if known.restarted and not after.restarted:
                self._show(uuid, RemoteRestartState.INVALID)
        await self._engine.settled()  # nobody may act on what is not on disk
        return {"restarted": known.restarted, "serial": max(serial, known.serial)}
