"""For each operation one that succeeds on the default system: a function that prepares it, and gives a maker of it.

A maker is called for each attempt: operations plan in ``check`` and are not used twice. ``ALWAYS_REFUSED`` names those
that never get as far as a step; ``READ_ONLY`` those that change neither state nor devices, ``ONCE`` those whose second run
is refused because the first one did it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from openlpar.ops.console.close_vterm import CloseVterm
from openlpar.ops.console.sessions import CloseConsole, OpenConsole, TypeOnConsole
from openlpar.ops.core import JobOperation, Operation
from openlpar.ops.lpar.remove_optical import RemoveOptical
from openlpar.ops.shared_storage.cluster_create import CreateCluster
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.ops.views import shown_all
from openlpar.ops.vios.run_command import RunCommand
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.cluster import Cluster, Node, RepositoryDisk
from openlpar.uom.core import Element
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.pcm import ManagedSystemPcmPreference
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_scsi import (
    VirtualSCSIBus,
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSIStorageAndTargetDevice,
)
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.uom.volume_group import (
    PhysicalVolume,
    VirtualDisk,
    VirtualOpticalMedia,
    VolumeGroup,
)
from tests.closing.gannet import FREE_SLOT, Gannet, request
from tests.ops.small_system import wished

Maker = Callable[[], Operation]
Sample = Callable[[Gannet], Awaitable[Maker]]
SAMPLES: dict[str, Sample] = {}

ALWAYS_REFUSED = {
    "processor_pool.create": "a system has its 64 pools from the first start",
    "processor_pool.delete": "a system has its 64 pools from the first start",
    "system.create": "a NovaLink manages the one system it runs on",
    "system.delete": "a NovaLink manages the one system it runs on",
    "virtual_network.create": "networks appear with the first adapter that is in them",
    "virtual_network.delete": "networks disappear with the last adapter that is in them",
    "virtual_network.update": "networks follow from adapters",
}
READ_ONLY = {
    "lpar.migrate_validate",
    "system.remote_restart_validate",
    "storage.import_disk_image",  # the simulated disks hold no data
    "system.get_dpo_status",
    "system.query_reserved_memory",
    "system.rehearse",  # performed without a job there is nothing to wait for
    "vios.rbd_exists",
    "vios.rescan_virtual_disk",
}
ONCE = {
    "tier.create",
    "tier.delete",
    "cluster.create",
    "cluster.delete",
    "console.open",
    "file_pool.create",
    "file_pool.create_file",
    "file_pool.delete",
    "file_pool.delete_file",
    "file_pool.rename_file",
    "link_aggregation.change",
    "link_aggregation.create",
    "link_aggregation.delete",
    "logical_unit.create",
    "logical_unit.delete",
    "lpar.clone_uuid",
    "lpar.create",
    "lpar.delete",
    "lpar.migrate",
    "lpar.migrate_abort",
    "lpar.migrate_recover",
    "lpar.remote_restart_recover",
    "remote_restart.give_up",
    "system.remote_restart",
    "lpar.panel_function",
    "lpar.power_on",
    "migration.depart",
    "migration.forget",
    "migration.prepare",
    "migration.release",
    "migration.send",
    "migration.take",
    "migration.undo",
    "serial_transfer.end",
    "serial_transfer.take",
    "system.transfer_vsn",
    "network_adapter.create",
    "network_adapter.delete",
    "network_bridge.create",
    "network_bridge.delete",
    "network_bridge.update",  # its new trunks are there then
    "scsi.create",
    "scsi.delete",
    "sea.create",
    "sea.delete",
    "sriov_port.delete",
    "vnic.create",  # its slot is taken then
    "vnic.delete",
    "shared_storage_pool.update",  # its new units have names of their own
    "storage.import_media",
    "system.remove_vsn",
    "vios.change_file_sets",  # they are gone then
    "vios.change_software",
    "vios.copy_system",
    "vios.remove_device",
    "virtual_switch.create",
    "virtual_switch.delete",
    "volume_group.arrange",
    "volume_group.create",
    "volume_group.delete",
    "volume_group.export",
    "volume_group.import",
    "logical_unit.snapshot",
    "volume_group.rename_disk",
    "volume_group.rename_media",
    "volume_group.vary",
}


def sample(name: str) -> Callable[[Sample], Sample]:
    def register(prepare: Sample) -> Sample:
        SAMPLES[name] = prepare
        return prepare

    return register


def _job(group: str, job: str, target: str, **parameters: str) -> Maker:
    return lambda: JobOperation.by_job[group, job].from_job(target, parameters)


def _system_job(job: str, **parameters: str) -> Sample:
    async def prepare(house: Gannet) -> Maker:
        return _job("ManagedSystem", job, house.only(ManagedSystem).uuid, **parameters)

    return prepare


def deleting(element: Element) -> Maker:
    return lambda: request("delete", element)


# partitions


@sample("lpar.create")
async def _create_partition(house: Gannet) -> Maker:
    return lambda: request("create", wished("new", parent=house.only(ManagedSystem).uuid))


@sample("lpar.update")
async def _resize(house: Gannet) -> Maker:
    """A running one, so that the hypervisor has to resize it; it gets a slot too."""
    seen = await house.running("vm1")
    slot = ProfileIOSlot(slot=AssociatedIOSlot(drc_index=FREE_SLOT))
    wish = seen.evolve(
        name="renamed",
        mem_config=seen.mem_config.evolve(desired=512),
        io_config=seen.io_config.evolve(io_slots=[slot]),
    )
    return lambda: request("update", wish)


@sample("lpar.delete")
async def _delete_partition(house: Gannet) -> Maker:
    """With adapters of every kind."""
    client = await with_everything(house, "vm1")
    return deleting(client)


@sample("lpar.power_on")
async def _power_on(house: Gannet) -> Maker:
    return _job("LogicalPartition", "PowerOn", house.lpar("vm1").uuid, bootmode="sms")


@sample("lpar.power_off")
async def _power_off(house: Gannet) -> Maker:
    running = await house.running("vm1")
    return _job("LogicalPartition", "PowerOff", running.uuid, operation="shutdown", restart="true")


@sample("lpar.clone_uuid")
async def _clone_uuid(house: Gannet) -> Maker:
    original, surrogate = await with_everything(house, "vm1"), await with_everything(house, "surrogate")
    return _job("LogicalPartition", "CloneUUID", original.uuid, targetLparName=surrogate.name)


@sample("console.open")
async def _open_console(house: Gannet) -> Maker:
    partition = house.partition("vios1")
    return lambda: OpenConsole(partition.uuid, "neo")


@sample("console.write")
async def _write_console(house: Gannet) -> Maker:
    opened = OpenConsole(house.partition("vios1").uuid, "neo")
    house.do(opened)
    return lambda: TypeOnConsole(opened.uuid, opened.session, "padmin\nmkvdev -fbo -vadapter vhost0\n")


@sample("console.close")
async def _close_console(house: Gannet) -> Maker:
    opened = OpenConsole(house.partition("vios1").uuid, "neo")
    house.do(opened)
    return lambda: CloseConsole(opened.uuid)


@sample("console.close_vterm")
async def _close_vterm(house: Gannet) -> Maker:
    opened = OpenConsole(house.partition("vios1").uuid, "neo")
    house.do(opened)
    return lambda: CloseVterm(opened.uuid)


# networks


def adapter(parent: str, **fields: Any) -> ClientNetworkAdapter:
    values: dict[str, Any] = {"parent": parent, "pvid": 7, "use_next_slot": True, "vswitch_id": 0}
    return ClientNetworkAdapter(**{**values, **fields})


@sample("network_adapter.create")
async def _create_adapter(house: Gannet) -> Maker:
    wish = adapter(house.lpar("vm1").uuid, slot=4, use_next_slot=None)
    return lambda: request("create", wish)


@sample("network_adapter.update")
async def _update_adapter(house: Gannet) -> Maker:
    made = house.create(adapter(house.lpar("vm1").uuid))
    return lambda: request("update", made.evolve(pvid=8))


@sample("network_adapter.delete")
async def _delete_adapter(house: Gannet) -> Maker:
    return deleting(house.create(adapter(house.lpar("vm1").uuid)))


@sample("virtual_switch.create")
async def _create_switch(house: Gannet) -> Maker:
    return lambda: request("create", VirtualSwitch(name="ETHERNET7"))


@sample("virtual_switch.update")
async def _update_switch(house: Gannet) -> Maker:
    """Its networks are called after it."""
    switch = house.only(VirtualSwitch, name="ETHERNET0")
    return lambda: request("update", switch.evolve(name="LAN", vnet_uri_list=None))


@sample("virtual_switch.delete")
async def _delete_switch(house: Gannet) -> Maker:
    return deleting(house.create(VirtualSwitch(name="ETHERNET7")))


# storage of Virtual I/O Servers


def group(house: Gannet) -> VolumeGroup:
    found = house.below(VolumeGroup, "vios1", name="datavg")
    assert isinstance(found, VolumeGroup)
    return found


def with_disk(house: Gannet, name: str) -> VirtualDisk:
    """A new virtual disk of 1 GB."""
    now = group(house)
    house.update(now.evolve(virtual_disks=[*now.virtual_disks, VirtualDisk(name=name, capacity=Decimal(1))]))
    return next(disk for disk in group(house).virtual_disks if disk.name == name)


def with_medium(house: Gannet, name: str) -> VirtualOpticalMedia:
    """A new blank medium in the repository of vios1, which is in rootvg."""
    root = house.below(VolumeGroup, "vios1", name="rootvg")
    repository = root.vmedia_repos[0]
    media = [*repository.optical_media, VirtualOpticalMedia(name=name, size=Decimal("0.5"))]
    house.update(root.evolve(vmedia_repos=[repository.evolve(optical_media=media)]))
    found: list[VirtualOpticalMedia] = house.below(VolumeGroup, "vios1", name="rootvg").vmedia_repos[0].optical_media
    return next(medium for medium in found if medium.name == name)


def with_unit(house: Gannet, name: str, **fields: Any) -> LogicalUnit:
    made = house.create(LogicalUnit(parent=house.only(Tier).uuid, name=name, capacity=Decimal(2), **fields))
    assert isinstance(made, LogicalUnit)
    return made


@sample("volume_group.create")
async def _create_group(house: Gannet) -> Maker:
    wish = VolumeGroup(
        parent=house.partition("vios1").uuid,
        name="newvg",
        phys_vols=[PhysicalVolume(name="hdisk4")],
        virtual_disks=[VirtualDisk(name="first", capacity=Decimal(1)), VirtualDisk(name="second", capacity=Decimal(1))],
    )
    return lambda: request("create", wish)


@sample("volume_group.update")
async def _update_group(house: Gannet) -> Maker:
    """A disk grows, one goes, two come; another physical volume joins."""
    grows, _ = with_disk(house, "grows"), with_disk(house, "goes")
    new = [VirtualDisk(name=name, capacity=Decimal(1)) for name in ("new1", "new2")]
    now = group(house)
    wish = now.evolve(
        virtual_disks=[grows.evolve(capacity=Decimal(3)), *new],
        phys_vols=[*now.phys_vols, PhysicalVolume(name="hdisk4")],
    )
    return lambda: request("update", wish)


@sample("volume_group.delete")
async def _delete_group(house: Gannet) -> Maker:
    return deleting(group(house))


@sample("storage.import_media")
async def _import_media(house: Gannet) -> Maker:
    vios = house.partition("vios1").uuid
    return lambda: ImportMedia(vios, "linux.iso", 1 << 20, "upload")


@sample("storage.import_disk_image")
async def _import_image(house: Gannet) -> Maker:
    disk, vios = with_disk(house, "image"), house.partition("vios1").uuid
    return lambda: ImportDiskImage(vios, "image", 1 << 20, "upload", disk.udid)


@sample("vios.rescan_virtual_disk")
async def _rescan(house: Gannet) -> Maker:
    disk = with_disk(house, "image")
    return _job("VirtualIOServer", "RescanVirtualDisk", house.partition("vios1").uuid, VirtualDiskUDID=disk.udid)


@sample("vios.rbd_exists")
async def _rbd(house: Gannet) -> Maker:
    return _job("VirtualIOServer", "RBDExists", house.partition("vios1").uuid, name="pool/image")


@sample("vios.run_command")
async def _run_command(house: Gannet) -> Maker:
    vios = house.partition("vios1").uuid
    return lambda: RunCommand(vios, "mklv -lv again datavg 1G")


# shared storage


@sample("cluster.create")
async def _create_cluster(house: Gannet) -> Maker:
    """A second one needs a server that is in none."""
    cluster = house.only(Cluster)
    house.update(cluster.evolve(nodes=cluster.nodes[:1]))
    wish = Cluster(
        name="c2",
        repository_disk=RepositoryDisk(repos_pv=PhysicalVolume(name="hdisk4")),
        nodes=[Node(hostname="vios2")],
    )
    pool = SharedStoragePool(name="p2", physical_volumes=[PhysicalVolume(name="hdisk5")])
    return lambda: CreateCluster(wish, pool)


@sample("cluster.update")
async def _update_cluster(house: Gannet) -> Maker:
    cluster = house.only(Cluster)
    return lambda: request("update", cluster.evolve(nodes=cluster.nodes[:1]))


@sample("cluster.delete")
async def _delete_cluster(house: Gannet) -> Maker:
    return deleting(house.only(Cluster))


@sample("shared_storage_pool.update")
async def _update_pool(house: Gannet) -> Maker:
    """A unit grows, one goes, two come; the pool gets another disk and another name."""
    kept, _ = with_unit(house, "kept", is_thin=False), with_unit(house, "goes")
    pool = house.only(SharedStoragePool)
    new = [LogicalUnit(name=name, capacity=Decimal(1), is_thin=False) for name in ("new1", "new2")]
    wish = pool.evolve(
        name="renamed",
        logical_units=[kept.evolve(capacity=Decimal(5)), *new],
        physical_volumes=[*pool.physical_volumes, PhysicalVolume(name="hdisk4")],
    )
    return lambda: request("update", wish)


@sample("tier.update")
async def _update_tier(house: Gannet) -> Maker:
    return lambda: request("update", house.only(Tier).evolve(name="FAST"))


@sample("logical_unit.create")
async def _create_unit(house: Gannet) -> Maker:
    tier = house.only(Tier).uuid
    return lambda: request("create", LogicalUnit(parent=tier, name="lu", capacity=Decimal(1)))


@sample("logical_unit.update")
async def _update_unit(house: Gannet) -> Maker:
    unit = with_unit(house, "lu", is_thin=False)
    return lambda: request("update", unit.evolve(capacity=Decimal(5), name="other"))


@sample("logical_unit.delete")
async def _delete_unit(house: Gannet) -> Maker:
    return deleting(with_unit(house, "lu"))


# virtual SCSI and Fibre Channel


def scsi(client: Any, **storage: Element) -> VirtualSCSIMapping:
    """A mapping on adapters of its own."""
    return VirtualSCSIMapping(
        client_lpar_href=f"LogicalPartition/{client.uuid}",
        client_adapter=VirtualSCSIClientAdapter(side="Client", use_next_slot=True),
        server_adapter=VirtualSCSIServerAdapter(side="Server", use_next_slot=True),
        backing_storage=VirtualSCSIStorage(**storage),
    )


def vfc(client: Any, port: str) -> VirtualFibreChannelMapping:
    return VirtualFibreChannelMapping(
        client_lpar_href=f"LogicalPartition/{client.uuid}",
        client_adapter=VirtualFibreChannelClientAdapter(side="Client", use_next_slot=True),
        server_adapter=VirtualFibreChannelServerAdapter(side="Server", use_next_slot=True),
        backing_port=PhysicalFibreChannelPort(name=port),
    )


def mapped(house: Gannet, *wishes: Element, vios: str = "vios1") -> Maker:
    """What a client does who adds mappings: all that are there are sent back with the new ones."""
    seen = house.partition(vios)
    both = (("scsi_mappings", VirtualSCSIMapping), ("vfc_mappings", VirtualFibreChannelMapping))
    lists: dict[str, Any] = {
        name: [_bare(one) for one in (*seen.get(name), *(w for w in wishes if isinstance(w, kind)))]
        for name, kind in both
    }
    wish = seen.evolve(**lists)
    return lambda: request("update", wish, groups=frozenset({"ViosSCSIMapping", "ViosFCMapping"}))


def _bare(mapping: Element) -> Element:
    """Without the identity that mappings do not have on the wire."""
    return mapping.evolve(uuid="", parent=None)


async def with_everything(house: Gannet, name: str) -> Any:
    """A partition that is off and has a network adapter, a disk, a medium, a logical unit and a port."""
    client = house.lpar(name)
    house.create(adapter(client.uuid))
    wishes = (
        scsi(client, virtual_disk=with_disk(house, f"disk_{name}")),
        scsi(client, optical_media=with_medium(house, f"{name}.iso")),
        scsi(client, logical_unit=with_unit(house, f"lu_{name}")),
        vfc(client, "fcs0"),
    )
    house.do(mapped(house, *wishes)())
    return house.partition(name)


@sample("vios.update")
async def _update_vios(house: Gannet) -> Maker:
    """A mapping of each kind comes, one goes, a medium is exchanged, a port name pair moves."""
    client = await with_everything(house, "vm1")
    seen = house.partition("vios1")
    other = with_medium(house, "other.iso")
    kept = [_bare(one) for one in seen.scsi_mappings if not one.backing_storage.logical_unit]
    exchanged = [
        one.evolve(backing_storage=VirtualSCSIStorage(optical_media=other))
        if one.backing_storage.optical_media
        else one
        for one in kept
        if isinstance(one, VirtualSCSIMapping)
    ]
    new = scsi(client, physical_volume=PhysicalVolume(name="hdisk4"))
    moved = [_bare(one.evolve(backing_port=PhysicalFibreChannelPort(name="fcs1"))) for one in seen.vfc_mappings]
    wish = seen.evolve(scsi_mappings=[*exchanged, new], vfc_mappings=[*moved, vfc(client, "fcs0")])
    return lambda: request("update", wish, groups=frozenset({"ViosSCSIMapping", "ViosFCMapping"}))


@sample("lpar.remove_optical")
async def _remove_optical(house: Gannet) -> Maker:
    client = await with_everything(house, "vm1")
    return lambda: RemoveOptical(client.uuid, "vm1.iso")


@sample("vios.remove_device")
async def _remove_device(house: Gannet) -> Maker:
    await with_everything(house, "vm1")
    vhost = next(
        m.server_adapter.name for m in house.partition("vios1").scsi_mappings if m.backing_storage.virtual_disk
    )
    return _job("VirtualIOServer", "RemoveDevice", house.partition("vios1").uuid, devName=vhost)


@sample("scsi.create")
async def _create_bus(house: Gannet) -> Maker:
    client, disks = house.lpar("vm1"), [with_disk(house, name) for name in ("one", "two")]
    mapping = scsi(client)
    wish = VirtualSCSIBus(
        parent=house.partition("vios1").uuid,
        client_lpar_href=mapping.client_lpar_href,
        client_adapter=mapping.client_adapter,
        server_adapter=mapping.server_adapter,
        mappings=[
            VirtualSCSIStorageAndTargetDevice(backing_storage=VirtualSCSIStorage(virtual_disk=disk)) for disk in disks
        ],
    )
    return lambda: request("create", wish)


def _bus(house: Gannet, client: Any) -> VirtualSCSIBus:
    return next(
        bus for bus in shown_all(house.state, VirtualSCSIBus) if bus.client_lpar_href.endswith(str(client.uuid))
    )


@sample("scsi.update")
async def _update_bus(house: Gannet) -> Maker:
    client = await with_everything(house, "vm1")
    bus, disk = _bus(house, client), with_disk(house, "another")
    more = VirtualSCSIStorageAndTargetDevice(backing_storage=VirtualSCSIStorage(virtual_disk=disk))
    return lambda: request("update", bus.evolve(mappings=[*bus.mappings, more]))


@sample("scsi.delete")
async def _delete_bus(house: Gannet) -> Maker:
    return deleting(_bus(house, await with_everything(house, "vm1")))


# the system


@sample("system.update")
async def _update_system(house: Gannet) -> Maker:
    system = house.only(ManagedSystem)
    return lambda: request("update", system.evolve(system_name="heron"))


@sample("metrics.set_preferences")
async def _set_preferences(house: Gannet) -> Maker:
    system = house.only(ManagedSystem)
    wish = ManagedSystemPcmPreference(uuid=system.uuid, ltm_enabled=True, aggregation_enabled=True)
    return lambda: request("update", wish)


@sample("processor_pool.update")
async def _update_processor_pool(house: Gannet) -> Maker:
    closed = SharedProcessorPool(uuid="f1", parent=house.only(ManagedSystem).uuid, id=1, name="SharedPool01")
    with house.engine.alter() as change:
        change.put(closed)
    return lambda: request("update", closed.evolve(name="licensed", max_proc_units=Decimal(4)))


SAMPLES |= {
    "system.get_dpo_status": _system_job("GetDPOStatus"),
    "system.query_reserved_memory": _system_job(
        "QueryReservedMemoryRequiredForPartition", DesiredMemory="1024", MaximumMemory="4096"
    ),
    "system.rehearse": _system_job("Rehearse", seconds="5"),
    "vfc.reserve_wwpns": _system_job("GetNextWWPNs", numberPairsRequested="2"),
}
