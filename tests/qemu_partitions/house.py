"""A managed system on QEMU within the test's own process, put together as ``app`` does it."""

from __future__ import annotations

import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from openlpar import app
from openlpar.engine.engine import Engine
from openlpar.hypervisor.backend import Backend
from openlpar.ops.core import ResourceOperation, ResourceRequest
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.views import shown
from openlpar.qemu_host.kit import GuestKit
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
)
from openlpar.vios.backend import IoServerBackend
from tests.ops.small_system import wished
from tests.qemu_scenarios import site as scenarios

SCSI = frozenset({"ViosSCSIMapping"})


class House:
    """The default system. folder: a short path, there will be sockets below it; states: where partitions start from, None to
    boot them."""

    engine: Engine

    def __init__(self, kit: GuestKit, folder: Path, states: Path | None) -> None:
        self.kit, self.folder, self.data, self._states = kit, folder, folder / "d", states
        self.core: Any = None

    async def open(self) -> None:
        """Starts the service, or starts it again."""
        self.data.mkdir(exist_ok=True)
        self.core = app.build(app.Settings(self.data, hypervisor="qemu", saved_states=self._states, uplink="none"))
        self.engine = self.core.engine
        await self.engine.start()
        await self.engine.edges.hypervisor.open()
        await self.engine.settled()

    async def close(self) -> None:
        """The service ends; partitions go on."""
        if self.core is not None:
            self.core = None
            await self.engine.edges.hypervisor.close()
            await self.engine.stop()

    async def end(self) -> None:
        """Ends everything, and says what was left."""
        try:
            await self.close()
            qemu = Backend.named("qemu")
            await qemu.end_all(self.data / "qemu")
            await IoServerBackend.named(qemu.io_server).below(self.data).end_all()
            left = [words for _, words in scenarios._commands(self.folder)]
            left += [str(path) for path in self.folder.rglob("*") if path.is_socket()]
        finally:
            shutil.rmtree(self.folder)
        assert not left, f"these were left behind: {left}"

    # what tests work on

    async def bootable(self, name: str) -> str:
        """The uuid of a partition with the minimal system on its disk."""
        created = await self.engine.run(CreatePartition(wished(name)))
        assert created.subject is not None
        unit = await self.unit(f"{name}_root", self.kit.minimal_disk)
        await self.map(created.subject[1], unit)
        return created.subject[1]

    async def unit(self, name: str, image: Path | None = None, **fields: Any) -> LogicalUnit:
        """A logical unit of 1 GB. fields: further ones."""
        (tier,) = self.engine.state.all(Tier)
        await self.engine.run(_wish("create", LogicalUnit(parent=tier.uuid, name=name, capacity=Decimal(1), **fields)))
        (unit,) = self.engine.state.where(LogicalUnit, name=name)
        if image is not None:
            upload = self.folder / name
            subprocess.run(["cp", "--sparse=always", image, upload], check=True)
            size = image.stat().st_size
            await self.engine.run(ImportDiskImage(self.vios().uuid, name, size, str(upload), unit.udid))
            assert not upload.exists()
        return unit

    def vios(self, name: str = "vios1") -> VirtualIOServer:
        return next(vios for vios in self.engine.state.all(VirtualIOServer) if vios.name == name)

    async def map(self, partition: str, unit: LogicalUnit, vios: str = "vios1") -> None:
        server = shown(self.engine.state, self.vios(vios))
        mapping = VirtualSCSIMapping(
            client_lpar_href=f"LogicalPartition/{partition}",
            client_adapter=VirtualSCSIClientAdapter(side="Client", use_next_slot=True),
            server_adapter=VirtualSCSIServerAdapter(side="Server", use_next_slot=True),
            backing_storage=VirtualSCSIStorage(logical_unit=LogicalUnit(name=unit.name, udid=unit.udid)),
        )
        await self.engine.run(_wish("update", server.evolve(scsi_mappings=(*server.scsi_mappings, mapping)), SCSI))

    def partition(self, uuid: str) -> LogicalPartition:
        return self.engine.state.get(LogicalPartition, uuid)


def _wish(verb: str, element: Element, groups: frozenset[str] = frozenset()) -> ResourceOperation:
    """The operation that a face makes of a client's element."""
    uuid = "" if verb == "create" else element.uuid
    wish = ResourceRequest(kind=type(element), uuid=uuid, parent=element.parent, element=element, groups=groups)
    return ResourceOperation.by_resource[(verb, type(element))].from_request(wish)
