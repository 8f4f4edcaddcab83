"""A system with two Virtual I/O Servers, volume groups, a media repository and a shared storage pool."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.engine.jobs import Jobs
from openlpar.messages import Failure, Message
from openlpar.ops.core import Edges, Operation, ResourceOperation, ResourceRequest
from openlpar.ops.views import shown
from openlpar.ports.records import Job
from openlpar.ports.state import Change
from openlpar.uom.cluster import Cluster, Node, RepositoryDisk
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import FailureGroup, LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSIServerAdapter, VirtualSCSIStorage
from openlpar.uom.volume_group import (
    PhysicalVolume,
    VirtualDisk,
    VirtualMediaRepository,
    VirtualOpticalMedia,
    VolumeGroup,
)
from openlpar.vios.simulated import SimulatedVios
from tests.ops.small_system import SYSTEM, open_system

VIOS1 = "11111111-0000-4000-8000-000000000001"
VIOS2 = "22222222-0000-4000-8000-000000000002"
VM1 = "33333333-0000-4000-8000-000000000003"
ROOTVG, DATAVG = "44444444-0000-4000-8000-000000000004", "55555555-0000-4000-8000-000000000005"
POOL, TIER = "66666666-0000-4000-8000-000000000006", "77777777-0000-4000-8000-000000000007"
CLUSTER = "88888888-0000-4000-8000-000000000008"
CLUSTER_ID = "cfc907d2abf511e4b2d540f2e95daf30"
SAN_PATH = "U78CB.001.WZS06S2-P1-C11-T1-W500507680308104A-L"


def san_udid(number: int) -> str:
    """Encodes 3IBM2145124 and the identifier 600507680282861D88000000000000nn."""
    plain = f"3IBM2145124600507680282861D88000000000000{number:02d}"
    return "01" + base64.b64encode(plain.encode()).decode()


def _volumes() -> list[PhysicalVolume]:
    """hdisk0 and hdisk1 are local, hdisk2 to hdisk7 on the SAN, where vios2 calls them hdisk12 to hdisk17."""
    made = []
    for vios, first in ((VIOS1, 0), (VIOS2, 10)):
        for number in range(8):
            san = number >= 2
            made.append(
                PhysicalVolume(
                    uuid=f"99999999-0000-4000-8000-{first:06d}{number:06d}",
                    parent=vios,
                    loc_code=f"{SAN_PATH}{number:X}000000000000" if san else f"U78CB.001.WZS06S2-P3-D{number}",
                    udid=san_udid(number) if san else f"01local{first}{number}",
                    avail_for_use=True,
                    capacity=10240 if number == 2 else 51200,
                    name=f"hdisk{number + first if san else number}",
                    state="active",
                    is_fc_backed=san,
                )
            )
    return made


def _shared() -> list[Element]:
    disk = PhysicalVolume(name="hdisk3", udid=san_udid(3), capacity=51200, state="active")
    repository = PhysicalVolume(name="hdisk2", udid=san_udid(2), capacity=10240, state="active")
    group = FailureGroup(name="Default", capacity=Decimal("49.9375"), state="Online", physical_volumes=(disk,))
    nodes = [
        Node(hostname=name, lpar_id=number, vios_uri=f"ManagedSystem/{SYSTEM.uuid}/VirtualIOServer/{uuid}", state="Up")
        for name, number, uuid in (("vios1", 2, VIOS1), ("vios2", 3, VIOS2))
    ]
    capacity = Decimal("49.875")
    return [
        SharedStoragePool(
            uuid=POOL,
            physical_volumes=(disk,),
            capacity=capacity,
            free_space=capacity,
            over_commit_space=Decimal(0),
            total_lu_size=Decimal(0),
            alert_threshold=Decimal(35),
            name="pool1",
            udid=f"24{CLUSTER_ID}00000000097200000000000054D14EB8",
        ),
        Tier(uuid=TIER, parent=POOL, name="SYSTEM", is_default=True, capacity=capacity, failure_groups=(group,)),
        Cluster(
            uuid=CLUSTER,
            name="cluster1",
            id=f"22{CLUSTER_ID}",
            repository_disk=RepositoryDisk(repos_pv=repository),
            ssp_uri=f"SharedStoragePool/{POOL}",
            nodes=nodes,
        ),
    ]


def _groups() -> list[VolumeGroup]:
    """rootvg: 50 GB, of which 30 GB are the system's own. datavg: 50 GB with a disk and a repository with one medium."""
    serial = "0012e3ca00004c000000014a54555cd9"
    media = VirtualOpticalMedia(name="old.iso", udid="0eold.iso", mount_type="rw", size=Decimal("0.5"))
    disk = VirtualDisk(
        name="old",
        label="None",
        capacity=Decimal(10),
        udid=f"03{serial}.1",
        vdtype="LogicalVolume",
        vg_uri=f"VirtualIOServer/{VIOS1}/VolumeGroup/{DATAVG}",
    )
    usual = {"max_logical_volumes": 1024, "partition_size": 64, "capacity": Decimal(50)}
    return [
        VolumeGroup(
            uuid=ROOTVG,
            parent=VIOS1,
            name="rootvg",
            free_space=Decimal(20),
            available_size=Decimal(20),
            phys_vols=(PhysicalVolume(name="hdisk0", udid="01local00", capacity=51200),),
            vmedia_repos=(),
            virtual_disks=(),
            serial_id="0012e3ca00004c000000014a53505d2f",
            **usual,
        ),
        VolumeGroup(
            uuid=DATAVG,
            parent=VIOS1,
            name="datavg",
            free_space=Decimal(38),
            available_size=Decimal(38),
            phys_vols=(PhysicalVolume(name="hdisk1", udid="01local01", capacity=51200),),
            vmedia_repos=(VirtualMediaRepository(name="VMLibrary", size=Decimal(2), optical_media=(media,)),),
            virtual_disks=(disk,),
            serial_id=serial,
            udid=f"04{serial}",
            **usual,
        ),
    ]


class WatchedVios(SimulatedVios):
    """Knows which devices exist, to see whether undoing leaves some behind. refusing: name of a method that fails."""

    def __init__(self, files: Path) -> None:
        super().__init__(files)
        self.devices: set[str] = set()
        self.refusing = ""

    def _refuse(self, method: str) -> None:
        if method == self.refusing:
            raise RuntimeError(f"{method} fails")

    def create_disk(self, *arguments: Any) -> VirtualDisk:
        self._refuse("create_disk")
        made = super().create_disk(*arguments)
        assert made.udid not in self.devices
        self.devices.add(made.udid)
        return made

    def create_file(self, *arguments: Any) -> VirtualDisk:
        self._refuse("create_file")
        made = super().create_file(*arguments)
        self.devices.add(made.udid)
        return made

    def create_media(self, *arguments: Any) -> VirtualOpticalMedia:
        self._refuse("create_media")
        made = super().create_media(*arguments)
        self.devices.add(made.udid)
        return made

    def link_media(self, *arguments: Any) -> VirtualOpticalMedia:
        self._refuse("link_media")
        made = super().link_media(*arguments)
        self.devices.add(made.udid)
        return made

    def create_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> LogicalUnit:
        self._refuse("create_unit")
        made = super().create_unit(change, pool, unit)
        self.devices.add(made.udid)
        return made

    def delete_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk) -> None:
        self.devices.discard(disk.udid)

    def delete_media(self, change: Change, vios: VirtualIOServer, media: VirtualOpticalMedia) -> None:
        self.devices.discard(media.udid)

    def delete_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> None:
        self.devices.discard(unit.udid)


@dataclass
class Stored:
    """The system and shorthands."""

    engine: Engine
    jobs: Jobs
    devices: WatchedVios

    @property
    def state(self) -> Any:
        return self.engine.state

    def group(self, uuid: str = DATAVG) -> VolumeGroup:
        return self.engine.state.get(VolumeGroup, uuid)

    def pool(self) -> SharedStoragePool:
        return shown(self.engine.state, self.engine.state.get(SharedStoragePool, POOL))

    def disk(self, name: str) -> VirtualDisk:
        return next(
            disk for group in self.engine.state.all(VolumeGroup) for disk in group.virtual_disks if disk.name == name
        )

    def unit(self, name: str) -> LogicalUnit:
        return next(self.engine.state.where(LogicalUnit, name=name))

    async def run(self, operation: Operation) -> None:
        await self.engine.run(operation)

    async def refused(self, operation: Operation, message: Message) -> str:
        """The text of the refusal, which must be this message."""
        with pytest.raises(Failure) as caught:
            await self.engine.run(operation)
        assert caught.value.message is message, str(caught.value)
        assert "{" not in str(caught.value) and "None" not in str(caught.value)
        return str(caught.value)

    async def map(self, kind: str, storage: Element, vios: str = VIOS1) -> VirtualSCSIMapping:
        """Lends something to vm1."""
        mapping = VirtualSCSIMapping(
            uuid=self.engine.entropy.uuid(),
            parent=vios,
            client_lpar_href=f"LogicalPartition/{VM1}",
            server_adapter=VirtualSCSIServerAdapter(name="vhost0", lpar_id=4),
            backing_storage=VirtualSCSIStorage(**{kind: storage.evolve(uuid="", parent=None)}),
        )
        with self.engine.alter() as change:
            change.put(mapping)
        return mapping

    async def job(self, group: str, target: str, operation: str, **parameters: str) -> Job:
        submitted = await self.jobs.submit(group, target, operation, parameters, NOBODY)
        self.engine.apply_due()
        await self.engine.settled()
        return self.engine.state.get(Job, submitted.uuid)


def request(verb: str, element: Element, **fields: Any) -> ResourceOperation:
    """The operation that a face makes of a client's element."""
    kind = type(element)
    wish = ResourceRequest(
        kind=kind,
        uuid="" if verb == "create" else element.uuid,
        parent=element.parent,
        element=None if verb == "delete" else element,
        **fields,
    )
    return ResourceOperation.by_resource[(verb, kind)].from_request(wish)


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncIterator[Stored]:
    async with system_in(tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def system_in(folder: Path) -> AsyncIterator[Stored]:
    serving = {"parent": SYSTEM.uuid, "state": "running", "rmc_state": "active", "env": "Virtual IO Server"}
    objects: list[Element] = [
        VirtualIOServer(uuid=VIOS1, id=2, name="vios1", **serving),
        VirtualIOServer(uuid=VIOS2, id=3, name="vios2", **serving),
        LogicalPartition(uuid=VM1, parent=SYSTEM.uuid, id=4, name="vm1", env="AIX/Linux", state="not activated"),
        *_volumes(),
        *_groups(),
        *_shared(),
    ]
    engine, jobs = open_system(folder / "data", "immediate", *objects)
    devices = WatchedVios(folder / "vios")
    engine.edges = Edges(engine.edges.hypervisor, devices)
    await engine.start()
    yield Stored(engine, jobs, devices)
    await engine.stop()
