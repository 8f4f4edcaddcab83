"""A system with two Virtual I/O Servers that have disks, media, logical units and Fibre Channel ports, and clients for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Failure
from openlpar.ops.core import Edges, Operation, ResourceOperation, ResourceRequest
from openlpar.ops.scsi.storage import target_of
from openlpar.ops.views import shown
from openlpar.ports.state import Change
from openlpar.uom.cluster import Cluster, Node
from openlpar.uom.core import Element
from openlpar.uom.io_adapter import PhysicalFibreChannelAdapter, PhysicalFibreChannelPort, RelatedIOAdapter
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_io import ProfileIOSlot, VirtualIOServerIOConfiguration
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.system_configuration import AssociatedSystemIOConfiguration
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
    VirtualSCSITargetDevice,
)
from openlpar.uom.volume_group import (
    PhysicalVolume,
    VirtualDisk,
    VirtualMediaRepository,
    VirtualOpticalMedia,
    VolumeGroup,
)
from openlpar.vios.simulated import SimulatedVios
from tests.ops.network.plant import Plant, partition
from tests.ops.small_system import SYSTEM, digest, open_system

NOVALINK, VIOS1, VIOS2, VM1, VM2, VM3 = (f"0000000{n}-0000-4000-8000-00000000000{n}" for n in (1, 2, 3, 4, 5, 6))
POOL, TIER = "66666666-0000-4000-8000-000000000006", "77777777-0000-4000-8000-000000000007"
PREFIX = 0xC05076065A8B0000
SMAP, FMAP = frozenset({"ViosSCSIMapping"}), frozenset({"ViosFCMapping"})


def _ports(*names: str) -> tuple[ProfileIOSlot, ...]:
    """Ports that carry two virtual ones each, and one without NPIV."""
    ports = [
        PhysicalFibreChannelPort(
            loc_code=f"U78CB.001.WZS06S2-P1-C11-T{number}",
            name=name,
            udid=f"1aU78CB.001.WZS06S2-P1-C11-T{number}",
            wwpn=f"10000090FA1B630{number}",
            npiv_total_ports=0 if name == "fcs9" else 2,
        )
        for number, name in enumerate(names)
    ]
    card = RelatedIOAdapter(fc_adapter=PhysicalFibreChannelAdapter(id="553713683", fc_ports=tuple(ports)))
    return (ProfileIOSlot(slot=AssociatedIOSlot(drc_index=0x21010013, related_io_adapter=card)),)


def _server(lpar_id: int, uuid: str, **fields: Any) -> VirtualIOServer:
    io = VirtualIOServerIOConfiguration(max_virtual_slots=60, io_slots=_ports("fcs0", "fcs1", "fcs9"))
    server = partition(
        VirtualIOServer, lpar_id, uuid, f"vios{lpar_id - 1}", running=True, rmc="active", io_config=io, **fields
    )
    assert isinstance(server, VirtualIOServer)
    return server


def _storage(vios: str, number: int) -> list[Element]:
    disks = tuple(
        VirtualDisk(
            name=name, label="None", capacity=Decimal(10), udid=f"030012e3ca{number}.{n}", vdtype="LogicalVolume"
        )
        for n, name in enumerate(("vdisk1", "vdisk2", "vdisk3"))
    )
    media = tuple(
        VirtualOpticalMedia(name=name, udid=f"0e{name}", mount_type=mount, size=Decimal(1))
        for name, mount in (("a.iso", "rw"), ("b.iso", "rw"), ("ro.iso", "ro"))
    )
    group = VolumeGroup(
        uuid=f"4444444{number}-0000-4000-8000-000000000004",
        parent=vios,
        name="datavg",
        phys_vols=(PhysicalVolume(name="hdisk1", udid=f"01local{number}"),),
        vmedia_repos=(VirtualMediaRepository(name="VMLibrary", size=Decimal(20), optical_media=media),),
        virtual_disks=disks,
    )
    volumes = [
        PhysicalVolume(
            uuid=f"9999999{number}-0000-4000-8000-00000000000{n}",
            parent=vios,
            name=f"hdisk{n}",
            udid=f"01san{n}" if n > 1 else f"01local{number}",
            avail_for_use=n > 1,
            capacity=51200,
        )
        for n in range(1, 6)
    ]
    return [group, *volumes]


def _objects() -> list[Element]:
    nodes = tuple(
        Node(lpar_id=n, vios_uri=f"ManagedSystem/{SYSTEM.uuid}/VirtualIOServer/{u}")
        for n, u in ((2, VIOS1), (3, VIOS2))
    )
    units = [
        LogicalUnit(
            uuid=f"2727272{n}-0000-4000-8000-000000000000",
            parent=TIER,
            name=f"lu{n}",
            udid=f"27cfc907d2abf511e4b2d540f2e95daf3{n}",
            capacity=Decimal(10),
            is_thin=True,
            lu_type="VirtualIO_Disk",
            in_use=False,
        )
        for n in range(40)
    ]
    return [
        SYSTEM.evolve(
            asio_config=AssociatedSystemIOConfiguration(avail_wwpns=0x10000, wwpn_prefix=str(PREFIX)),
        ),
        partition(LogicalPartition, 1, NOVALINK, "novalink", running=True, rmc="inactive", is_mgmt_partition=True),
        _server(2, VIOS1),
        _server(3, VIOS2),
        partition(LogicalPartition, 4, VM1, "vm1", running=False, rmc="inactive"),
        partition(LogicalPartition, 5, VM2, "vm2", running=True, rmc="inactive"),
        partition(LogicalPartition, 6, VM3, "vm3", running=True, rmc="active"),
        *_storage(VIOS1, 1),
        *_storage(VIOS2, 2),
        SharedStoragePool(uuid=POOL, name="pool1", physical_volumes=(PhysicalVolume(name="hdisk5", udid="01san5"),)),
        Tier(uuid=TIER, parent=POOL, name="SYSTEM", is_default=True),
        Cluster(uuid="c1", name="cluster1", ssp_uri=f"SharedStoragePool/{POOL}", nodes=nodes),
        *units,
    ]


class WatchedVios(SimulatedVios):
    """Knows which devices exist, to see whether undoing leaves some behind. patience: calls after which it fails."""

    def __init__(self, files: Path) -> None:
        super().__init__(files)
        self.devices: dict[str, tuple[int, str]] = {}
        self.patience = 1_000_000

    def _called(self) -> None:
        self.patience -= 1
        if self.patience < 0:
            raise RuntimeError("the device does not answer")

    def connect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> VirtualSCSIMapping:
        self._called()
        made = super().connect(change, vios, mapping)
        self.devices[made.uuid] = (made.server_adapter.vios_slot_num, made.storage_udid)
        return made

    def disconnect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> None:
        self._called()
        del self.devices[mapping.uuid]

    def connect_fc(
        self, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping
    ) -> VirtualFibreChannelMapping:
        self._called()
        made = super().connect_fc(change, vios, mapping)
        self.devices[made.uuid] = (made.server_adapter.vios_slot_num, made.server_adapter.map_port)
        return made

    def disconnect_fc(self, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping) -> None:
        self._called()
        del self.devices[mapping.uuid]


class StoragePlant(Plant):
    """The system, and what clients do with it."""

    def __init__(self, directory: Path) -> None:
        self.engine, self.jobs = open_system(directory, "stepped", *_objects())
        self.state = self.engine.state
        self.vios = WatchedVios(directory / "vios")
        self.engine.edges = Edges(self.engine.edges.hypervisor, self.vios)

    def seen(self, uuid: str = VIOS1) -> VirtualIOServer:
        """The Virtual I/O Server as clients read it."""
        return shown(self.state, self.state.get(VirtualIOServer, uuid))

    def client(self, uuid: str = VM1) -> LogicalPartition:
        return shown(self.state, self.state.get(LogicalPartition, uuid))

    def scsi(self, uuid: str = VIOS1) -> list[VirtualSCSIMapping]:
        """In order of slots and addresses."""
        rows = self.state.all(VirtualSCSIMapping, uuid)
        return sorted(rows, key=lambda row: (row.server_adapter.vios_slot_num, target_of(row.target_dev).lua))

    def vfc(self, uuid: str = VIOS1) -> list[VirtualFibreChannelMapping]:
        rows = self.state.all(VirtualFibreChannelMapping, uuid)
        return sorted(rows, key=lambda row: row.server_adapter.vios_slot_num)

    def post_scsi(self, mappings: Iterable[VirtualSCSIMapping], vios: str = VIOS1) -> ResourceOperation:
        return post(self.seen(vios).evolve(scsi_mappings=bare(mappings)), SMAP)

    def post_vfc(self, mappings: Iterable[VirtualFibreChannelMapping], vios: str = VIOS1) -> ResourceOperation:
        return post(self.seen(vios).evolve(vfc_mappings=bare(mappings)), FMAP)

    def add(self, *wishes: Element, vios: str = VIOS1) -> None:
        """Maps as clients do: what is there is sent back with the new ones."""
        scsi = [wish for wish in wishes if isinstance(wish, VirtualSCSIMapping)]
        vfc = [wish for wish in wishes if isinstance(wish, VirtualFibreChannelMapping)]
        if scsi:
            self.do(self.post_scsi([*self.scsi(vios), *scsi], vios))
        if vfc:
            self.do(self.post_vfc([*self.vfc(vios), *vfc], vios))

    def put(self, *objects: Element) -> None:
        with self.engine.alter() as change:
            for obj in objects:
                change.put(obj)

    def breaks(self, make: Callable[[], Operation], calls: int) -> None:
        """The devices fail at each of their calls in turn: then nothing has changed, and no device was left behind."""
        before, devices = digest(self.engine), dict(self.vios.devices)
        for patience in range(calls):
            operation = make()
            self.vios.patience = patience
            with pytest.raises(Failure):
                self.engine.perform(Stubborn.of(operation, self.vios))
            assert (digest(self.engine), self.vios.devices) == (before, devices)
        self.vios.patience = 1_000_000
        self.engine.perform(make())
        assert digest(self.engine) != before


class Stubborn:
    """Wraps an operation's steps so that its undos find the devices working again."""

    @staticmethod
    def of(operation: Operation, vios: WatchedVios) -> Operation:
        steps = operation.steps

        def patient() -> Any:
            for step in steps():

                def do(change: Change, step: Any = step) -> None:
                    try:
                        step.do(change)
                    except RuntimeError:
                        vios.patience = 1_000_000
                        raise

                yield type(step)(step.name, do, step.undo)

        operation.steps = patient  # type: ignore[method-assign]
        return operation


def post(element: Element, groups: frozenset[str], strict: bool = False) -> ResourceOperation:
    """What a face makes of a POST."""
    wish = ResourceRequest(
        kind=type(element), uuid=element.uuid, parent=element.parent, element=element, groups=groups, strict=strict
    )
    return ResourceOperation.by_resource[("update", type(element))].from_request(wish)


def bare(mappings: Iterable[Any]) -> tuple[Any, ...]:
    """Without the identity that mappings do not have on the wire."""
    return tuple(mapping.evolve(uuid="", parent=None) for mapping in mappings)


# what pypowervm sends


def storage(name: str) -> VirtualSCSIStorage:
    """A reference by name: a disk (vdisk1), a volume (hdisk3), a logical unit (lu1) or a medium (a.iso)."""
    if name.startswith("hdisk"):
        return VirtualSCSIStorage(physical_volume=PhysicalVolume(name=name))
    if name.startswith("lu"):
        return VirtualSCSIStorage(logical_unit=LogicalUnit(name=name))
    if name.endswith(".iso"):
        return VirtualSCSIStorage(optical_media=VirtualOpticalMedia(name=name))
    return VirtualSCSIStorage(virtual_disk=VirtualDisk(name=name))


def fresh(name: str, client: str = VM1, slot: int = 0, *, lua: str = "", target: str = "") -> VirtualSCSIMapping:
    """VSCSIMapping.bld"""
    lent = storage(name) if name else None
    device = None
    if lua or target:
        assert lent is not None
        kind = next(field.name for field, _ in lent.present())
        wanted = VirtualSCSITargetDevice.by_name[kind].target(lua=lua or None, name=target or None)  # type: ignore[attr-defined]
        device = VirtualSCSITargetDevice(**{kind: wanted})
    return VirtualSCSIMapping(
        client_lpar_href=f"LogicalPartition/{client}",
        client_adapter=VirtualSCSIClientAdapter(side="Client", use_next_slot=not slot, lpar_slot_num=slot or None),
        server_adapter=VirtualSCSIServerAdapter(side="Server", use_next_slot=True),
        backing_storage=lent,
        target_dev=device,
    )


def clone(mapping: VirtualSCSIMapping, name: str, slot: int = 0) -> VirtualSCSIMapping:
    """VSCSIMapping.bld_from_existing"""
    adapter = mapping.client_adapter
    if slot:
        adapter = adapter.evolve(lpar_slot_num=slot, use_next_slot=False)
    return mapping.evolve(
        uuid="", parent=None, client_adapter=adapter, backing_storage=storage(name) if name else None, target_dev=None
    )


def fibre(port: str, client: str = VM1, slot: int = 0, wwpns: str = "") -> VirtualFibreChannelMapping:
    """VFCMapping.bld"""
    return VirtualFibreChannelMapping(
        client_lpar_href=f"ManagedSystem/{SYSTEM.uuid}/LogicalPartition/{client}",
        client_adapter=VirtualFibreChannelClientAdapter(
            side="Client", use_next_slot=not slot, lpar_slot_num=slot or None, wwpns=wwpns or None
        ),
        backing_port=PhysicalFibreChannelPort(name=port) if port else None,
        server_adapter=VirtualFibreChannelServerAdapter(side="Server", use_next_slot=True),
    )
