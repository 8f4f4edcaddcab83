"""A managed system on QEMU within the test's own process, put together as ``app`` does it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from openlpar import app
from openlpar.engine.engine import NOBODY, Engine
from openlpar.engine.jobs import Jobs
from openlpar.hypervisor.backend import Backend
from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.ops.core import ResourceOperation, ResourceRequest
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.views import shown
from openlpar.ports.options import Options, Uplink
from openlpar.ports.records import Console
from openlpar.qemu_host.kit import GuestKit
from openlpar.settings import Settings
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
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
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.vios.backend import IoServerBackend
from tests.ops.small_system import wished
from tests.qemu.conftest import until
from tests.qemu_scenarios import site as scenarios
from tests.qemu_scenarios.site import BOOT_S

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
        self.data.mkdir(mode=0o750, exist_ok=True)
        self.core = app.build(
            Settings(self.data, hypervisor="qemu", options=Options(saved_states=self._states, uplink=Uplink.NONE))
        )
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

    async def bootable(self, name: str, **fields: Any) -> str:
        """The uuid of a partition with the minimal system on its disk. fields: further ones, of the partition."""
        created = await self.engine.run(CreatePartition(wished(name).evolve(**fields)))
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

    async def plug_in(self, uuid: str) -> None:
        """An adapter on VLAN 1 of the default switch."""
        switch = next(switch for switch in self.engine.state.all(VirtualSwitch) if switch.name == "ETHERNET0")
        card = ClientNetworkAdapter(parent=uuid, pvid=1, vswitch_id=switch.switch_id)
        await self.engine.run(_wish("create", card))

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

    def type(self, uuid: str, line: str) -> None:
        """On a partition's console."""
        hypervisor: Any = self.engine.edges.hypervisor
        with self.engine.alter() as change:
            hypervisor.type_on_console(change, self.partition(uuid), f"{line}\n", None)

    async def up(self, *uuids: str) -> None:
        """Powers partitions on, and waits until agents and shells of their guests answer."""
        jobs = Jobs(self.engine)
        for uuid in uuids:
            await jobs.submit("LogicalPartition", uuid, "PowerOn", {}, NOBODY)
        for uuid in uuids:
            await until(lambda uuid=uuid: self.partition(uuid).rmc_state == "active", "the guest agent", 3 * BOOT_S)  # type: ignore[misc]
            if self._states is not None:  # the state of one at whose console somebody has typed is not saved
                await until(lambda uuid=uuid: self._is_saved(uuid), "the saved state", BOOT_S)  # type: ignore[misc]
            while "attentive" not in self.shown(uuid):
                self.type(uuid, "echo att''entive")
                await asyncio.sleep(0.5)

    def notices(self, uuid: str) -> list[Notice]:
        """What has happened to a partition."""
        return list(journal.read(self.data / "qemu" / "p" / uuid[:8].lower() / journal.FILE))

    def _is_saved(self, uuid: str) -> bool:
        """Whether it was started from a saved state, or its own was saved since."""
        kinds = {notice.kind: notice for notice in self.notices(uuid)}
        started = kinds["started"]
        return started.data["incoming"] or ("saved" in kinds and kinds["saved"].number > started.number)

    def shown(self, uuid: str) -> str:
        """What its console shows last."""
        console = self.engine.state.find(Console, uuid)
        return console.text if console is not None else ""

    def partition(self, uuid: str) -> LogicalPartition:
        return self.engine.state.get(LogicalPartition, uuid)


def _wish(verb: str, element: Element, groups: frozenset[str] = frozenset()) -> ResourceOperation:
    """The operation that a face makes of a client's element."""
    uuid = "" if verb == "create" else element.uuid
    wish = ResourceRequest(kind=type(element), uuid=uuid, parent=element.parent, element=element, groups=groups)
    return ResourceOperation.by_resource[(verb, type(element))].from_request(wish)
