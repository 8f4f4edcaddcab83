"""Two systems in one process, each with its own store, that can be killed at any commit and started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Collection
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from openlpar import app
from openlpar.engine.engine import NOBODY
from openlpar.messages import mobility as say
from openlpar.ops.views import shown
from openlpar.ports.peer import Door, Peer
from openlpar.ports.records import Job, Migration, Phase
from openlpar.settings import Settings
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
)
from openlpar.uom.volume_group import PhysicalVolume
from tests.closing.gannet import request
from tests.mobility.systems import gannet, osprey, written
from tests.ops.small_system import wished

PATIENCE_S = 10.0


class Loop:
    """The link of one side to the other: what goes over it is JSON, and a dead side does not answer."""

    def __init__(self, own: Side, other: Side) -> None:
        self._own, self._other = own, other
        self.cut: bool = False
        self.public_key = ""
        self.asked: list[str] = []

    def known(self) -> Collection[Peer]:
        return (Peer(self._other.name, self._other.mtms, "http://127.0.0.1:1", "k" * 32, public_key=self.public_key),)

    def holder(self, key: str) -> Peer | None:
        return None

    def trust(self, peer: Peer) -> None:
        raise NotImplementedError

    async def introduce(self, system: str, url: str, door: Door) -> Peer:
        raise NotImplementedError

    def challenge(self) -> str:
        raise NotImplementedError

    def introduced(self, proof: dict[str, Any], door: Door) -> Peer:
        raise NotImplementedError

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(question)
        assert system == self._other.name
        if self.is_cut():
            raise self._away()
        sent = json.loads(json.dumps(values))
        lives = self._other.lives
        asking = asyncio.create_task(self._other.core.mobility.answer(self._own.name, question, sent))
        while not asking.done():  # who dies does not say so
            await asyncio.wait([asking], timeout=0.005)
            if not self._other.alive or self._other.lives != lives:
                asking.cancel()
                raise self._away()
        answer = asking.result()
        if self.is_cut():
            raise self._away()
        received: dict[str, Any] = json.loads(json.dumps(answer))
        return received

    def is_cut(self) -> bool:
        return self.cut or not (self._other.alive and self._own.alive)

    def _away(self) -> Exception:
        return say.PEER_AWAY.error(system=self._other.name, url="http://127.0.0.1:1", cause="connection refused")


class Side:
    """One of the two."""

    def __init__(self, folder: Path, name: str, text: str, clock: str, seed: int) -> None:
        self.name = name
        self._settings = Settings(folder / name, clock=clock, system=written(folder, name, text), seed=seed)
        self.alive = False
        self.lives = 0
        self.commits = 0
        self.dies_at: tuple[int, bool] | None = None
        self.link: Any = None

    async def start(self, link: Loop) -> None:
        self.link = link
        self._settings.data.mkdir(parents=True, exist_ok=True)
        self.core = app.build(self._settings)
        engine = self.core.engine
        engine.edges = replace(engine.edges, peers=link)
        self._watch_commits()
        await engine.start()
        self.alive = True
        self.lives += 1
        self.core.mobility.start()
        await engine.settled()

    def _watch_commits(self) -> None:
        """dies_at: number of the commit, and whether it still reaches the disk."""
        store, loop = self.core.store, asyncio.get_running_loop()
        write = store.write

        def counted(batch: Any) -> None:
            self.commits += 1
            number, reaches = self.dies_at or (0, False)
            if self.commits == number:
                if reaches:
                    write(batch)
                    store.sync()
                self.alive = False
                loop.call_soon_threadsafe(self._drop)
                raise OSError("the process is gone")
            if not self.alive and number:
                raise OSError("the process is gone")
            write(batch)

        replaced: Any = store
        replaced.write = counted

    def _drop(self) -> None:
        for task in [*self.core.engine._tasks, *self.core.engine._beside]:
            task.cancel()

    async def kill(self) -> None:
        """Nothing is written any more."""
        self.alive = False
        self.dies_at = (-1, False)
        self._drop()
        tasks = [*self.core.engine._tasks, *self.core.engine._beside]
        await asyncio.gather(*tasks, return_exceptions=True)
        self.core.store.close()
        self.dies_at = None

    async def stop(self) -> None:
        if self.alive:
            self.alive = False
            with contextlib.suppress(Exception):
                await self.core.engine.stop()

    # shorthands

    @property
    def state(self) -> Any:
        return self.core.engine.state

    @property
    def system(self) -> ManagedSystem:
        found: ManagedSystem = next(iter(self.state.all(ManagedSystem)))
        return found

    @property
    def mtms(self) -> str:
        machine = self.system.mtms
        return f"{machine.machine_type}-{machine.model}*{machine.serial}"

    def find(self, name: str) -> LogicalPartition | None:
        return next(iter(self.state.where(LogicalPartition, name=name)), None)

    def get(self, name: str) -> LogicalPartition:
        found = self.find(name)
        assert found is not None
        return found

    def moves(self) -> list[Migration]:
        return list(self.state.all(Migration))

    def owns(self, name: str) -> bool:
        """Whether the partition is this side's."""
        partition = self.find(name)
        if partition is None:
            return False
        away = {Phase.GIVEN, Phase.GONE, Phase.RESERVED}
        return not any(move.partition == partition.uuid and move.phase in away for move in self.moves())

    def create(self, element: Any) -> Any:
        operation = request("create", element)
        self.core.engine.perform(operation)
        assert operation.subject is not None
        return self.state.find(*operation.subject)

    def do(self, operation: Any) -> None:
        self.core.engine.perform(operation)

    def lpar(self, name: str, memory_mb: int = 1024, **fields: Any) -> LogicalPartition:
        made: LogicalPartition = self.create(wished(name, memory_mb, parent=self.system.uuid, **fields))
        return made

    def adapter(self, lpar: LogicalPartition, **fields: Any) -> ClientNetworkAdapter:
        made: ClientNetworkAdapter = self.create(ClientNetworkAdapter(parent=lpar.uuid, **fields))
        return made

    def disks(self, lpar: LogicalPartition) -> list[VirtualSCSIMapping]:
        return [m for m in self.state.all(VirtualSCSIMapping) if m.client_lpar_href.endswith(lpar.uuid)]

    async def submit(self, name: str, operation: str, /, **parameters: str) -> Job:
        jobs = self.core.novalink.jobs._jobs
        return await jobs.submit("LogicalPartition", self.get(name).uuid, operation, parameters, NOBODY)

    async def job(self, name: str, operation: str, /, **parameters: str) -> Job:
        """The job when it has ended."""
        job = await self.submit(name, operation, **parameters)
        return await self.ended(job)

    async def ended(self, job: Job) -> Job:
        await until(lambda: self.state.get(Job, job.uuid).status not in ("RUNNING", "NOT_STARTED"))
        found: Job = self.state.get(Job, job.uuid)
        return found

    def serve(self, vios: str, lpar: LogicalPartition, **storage: Any) -> None:
        """Maps storage to a partition, or with ``port`` a Fibre Channel port."""
        server = shown(self.state, next(iter(self.state.where(VirtualIOServer, name=vios))))
        client = f"ManagedSystem/{lpar.parent}/LogicalPartition/{lpar.uuid}"
        if "port" in storage:
            wish = VirtualFibreChannelMapping(
                client_lpar_href=client,
                client_adapter=VirtualFibreChannelClientAdapter(use_next_slot=True),
                backing_port=PhysicalFibreChannelPort(name=storage["port"]),
                server_adapter=VirtualFibreChannelServerAdapter(use_next_slot=True),
            )
            changed = server.evolve(vfc_mappings=[*server.vfc_mappings, wish])
        else:
            disk = VirtualSCSIMapping(
                client_lpar_href=client,
                client_adapter=VirtualSCSIClientAdapter(use_next_slot=True),
                server_adapter=VirtualSCSIServerAdapter(use_next_slot=True),
                backing_storage=VirtualSCSIStorage(**storage),
            )
            changed = server.evolve(scsi_mappings=[*server.scsi_mappings, disk])
        self.do(request("update", changed, groups=frozenset({"ViosSCSIMapping", "ViosFCMapping"})))

    def unit(self, name: str) -> LogicalUnit:
        tier = next(iter(self.state.all(Tier)))
        made: LogicalUnit = self.create(LogicalUnit(parent=tier.uuid, name=name, capacity=Decimal(5)))
        return made

    async def loaded(self, name: str, *, running: bool = True) -> LogicalPartition:
        """A partition with an adapter, a logical unit by both servers, a disk of the SAN, and a Fibre Channel port."""
        lpar = self.lpar(name)
        self.adapter(lpar, pvid=1)
        unit = self.unit(f"lu_{name}")
        for vios in ("vios1", "vios2"):
            self.serve(vios, lpar, logical_unit=LogicalUnit(udid=unit.udid, name=unit.name))
        self.serve("vios1", lpar, physical_volume=PhysicalVolume(name="hdisk4"))
        self.serve("vios2", lpar, port="fcs0")
        if running:
            await self.boot(name)
        return self.get(name)

    async def boot(self, name: str) -> None:
        await self.job(name, "PowerOn")
        await until(lambda: self.get(name).rmc_state == "active")


class Pair:
    """gannet and osprey, which know each other."""

    def __init__(self, folder: Path, clock: str = "immediate") -> None:
        self.gannet = Side(folder, "gannet", gannet(), clock, 1)
        self.osprey = Side(folder, "osprey", osprey(), clock, 2)
        self.sides = (self.gannet, self.osprey)

    async def start(self) -> None:
        await self.gannet.start(Loop(self.gannet, self.osprey))
        await self.osprey.start(Loop(self.osprey, self.gannet))

    async def stop(self) -> None:
        for side in self.sides:
            await side.stop()

    def owners(self, name: str) -> list[str]:
        return [side.name for side in self.sides if side.owns(name)]

    async def quiet(self) -> None:
        """No migration is known any more."""
        await until(lambda: not any(side.moves() for side in self.sides))


async def until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.002)
