"""A system whose Virtual I/O Servers have real disks, and what tests do to it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from openlpar.ports.io_server import BlockAddress
from openlpar.uom.core import Element
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.vios.served.daemon import Daemon
from openlpar.vios.served.programs import Programs
from tests.ops.storage.conftest import TIER, VIOS1, Stored, request
from tests.vios_served.conftest import Disk, WatchedServed

VM1_ID, VM2_ID = 4, 5
"""Partitions that disks are lent to."""


class House:
    """Shorthands."""

    def __init__(self, stored: Stored, served: WatchedServed, programs: Programs) -> None:
        self.stored, self.served, self.programs = stored, served, programs

    async def unit(self, name: str, gb: str = "0.25", **fields: Any) -> LogicalUnit:
        wish = LogicalUnit(parent=TIER, name=name, capacity=Decimal(gb), **{"is_thin": True, **fields})
        await self.stored.run(request("create", wish))
        return self.stored.unit(name)

    async def clone(self, name: str, gb: str = "0.25") -> LogicalUnit:
        """A unit whose file only one program may write."""
        image = await self.unit(f"{name}-image", lu_type=LogicalUnitType.IMAGE.value)
        return await self.unit(name, gb, cloned_from_udid=image.udid)

    async def lend(self, kind: str, storage: Element, vios: str = VIOS1, client: int = VM1_ID) -> VirtualSCSIMapping:
        mapping = await self.stored.map(kind, storage, vios)
        mapping = mapping.evolve(server_adapter=mapping.server_adapter.evolve(lpar_id=client))
        server = self.vios(vios)
        with self.stored.engine.alter() as change:
            change.put(self.served.connect(change, server, mapping))
        await self.stored.engine.settled()
        await self.converge(vios)
        return self.stored.state.get(VirtualSCSIMapping, mapping.uuid)  # type: ignore[no-any-return]

    async def take_back(self, mapping: VirtualSCSIMapping) -> None:
        with self.stored.engine.alter() as change:
            change.remove(mapping)
        await self.stored.engine.settled()
        await self.converge(mapping.parent or "")

    def vios(self, uuid: str) -> VirtualIOServer:
        found: VirtualIOServer = self.stored.state.get(VirtualIOServer, uuid)
        return found

    async def start(self, *servers: str) -> None:
        for vios in servers or (VIOS1,):
            await self.served.start(self.stored.state, vios)

    async def converge(self, *servers: str) -> None:
        for vios in servers or (VIOS1,):
            await self.served.converge(self.stored.state, vios)

    def address(self, mapping: VirtualSCSIMapping) -> BlockAddress:
        found = self.served.address(self.stored.state, self.stored.state.get(VirtualSCSIMapping, mapping.uuid))
        assert found is not None
        return found

    def disk(self, mapping: VirtualSCSIMapping, *options: str) -> Disk:
        address = self.address(mapping)
        return Disk(self.programs, address.socket, address.export, *options)

    def daemon(self, vios: str, client: int = VM1_ID) -> Daemon:
        return self.served._server(vios)._daemon(client)

    def pid(self, vios: str, client: int = VM1_ID) -> int:
        process = self.daemon(vios, client).process()
        assert process is not None
        return process.pid


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)
