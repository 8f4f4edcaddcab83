"""The default system with a simulated hypervisor that follows what is on disk, and shorthands to lend disks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.ops.redundancy.report import report
from openlpar.ports.records import Console
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
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
from tests.closing.gannet import Gannet


class Plant(Gannet):
    """Disks hdisk4 to hdisk7 are on the SAN: both Virtual I/O Servers see them."""

    def _href(self, name: str) -> str:
        return f"http://localhost/rest/api/uom/LogicalPartition/{self.partition(name).uuid}"

    def lend(self, vios: str, name: str, **storage: Any) -> None:
        """storage: physical_volume="hdisk4", or an element."""
        things = {k: PhysicalVolume(name=v) if isinstance(v, str) else v for k, v in storage.items()}
        wish = VirtualSCSIMapping(
            client_lpar_href=self._href(name),
            client_adapter=VirtualSCSIClientAdapter(side="Client", use_next_slot=True),
            server_adapter=VirtualSCSIServerAdapter(side="Server", use_next_slot=True),
            backing_storage=VirtualSCSIStorage(**things),
        )
        server = self.partition(vios)
        self.update(server.evolve(scsi_mappings=[*server.scsi_mappings, wish]), "ViosSCSIMapping")

    def connect(self, vios: str, name: str, port: str = "fcs0") -> None:
        """A virtual Fibre Channel adapter; port "" for one that is not mapped."""
        wish = VirtualFibreChannelMapping(
            client_lpar_href=self._href(name),
            client_adapter=VirtualFibreChannelClientAdapter(side="Client", use_next_slot=True),
            server_adapter=VirtualFibreChannelServerAdapter(side="Server", use_next_slot=True),
            backing_port=PhysicalFibreChannelPort(name=port) if port else None,
        )
        server = self.partition(vios)
        self.update(server.evolve(vfc_mappings=[*server.vfc_mappings, wish]), "ViosFCMapping")

    async def power(self, vios: str, does: str, /, **parameters: str) -> None:
        job = await self.job("VirtualIOServer", self.partition(vios).uuid, does, **parameters)
        assert job.status == "COMPLETED_OK", job.message

    async def off(self, vios: str) -> None:
        await self.power(vios, "PowerOff", operation="shutdown", immediate="true")

    def redundancy(self, name: str) -> Any:
        return report(self.state, name)["partitions"][0]

    def disks(self, name: str) -> dict[str, str]:
        return {disk["name"]: disk["state"] for disk in self.redundancy(name)["disks"]}

    def paths(self, name: str, disk: str) -> dict[str, str]:
        found = next(one for one in self.redundancy(name)["disks"] if one["name"] == disk)
        return {path["vios"]: path["state"] for path in found["paths"]}

    def console(self, name: str) -> str:
        shown = self.state.find(Console, self.partition(name).uuid)
        return shown.text if shown is not None else ""

    def stored(self, vios: str) -> VirtualIOServer:
        return self.state.get(VirtualIOServer, self.partition(vios).uuid)


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    made = Plant(tmp_path / "data")
    made.engine.followers.append(made.hypervisor.committed)
    await made.engine.start()
    await made.hypervisor.open()
    yield made
    await made.engine.stop()
