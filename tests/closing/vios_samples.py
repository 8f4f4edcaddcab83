"""Samples of what only the Virtual I/O Server's own commands ask for; see ``samples``."""

from __future__ import annotations

from decimal import Decimal

from openlpar.ops.file_pool.create import CreateFilePool
from openlpar.ops.file_pool.delete import DeleteFilePool
from openlpar.ops.file_pool.file_create import CreateFile
from openlpar.ops.file_pool.file_delete import DeleteFile
from openlpar.ops.file_pool.file_grow import GrowFile
from openlpar.ops.file_pool.file_rename import RenameFile
from openlpar.ops.file_pool.grow import GrowFilePool
from openlpar.ops.shared_storage.unit_move import MoveUnit
from openlpar.ops.shared_storage.unit_snapshot import SnapshotTask, SnapshotUnit
from openlpar.ops.simulation import san
from openlpar.ops.storage.disk_rename import RenameDisk
from openlpar.ops.storage.group_arrange import ArrangeVolumes, Task
from openlpar.ops.storage.group_export import ExportGroup, ImportGroup
from openlpar.ops.storage.group_grow import GrowGroup, SetGroupPolicy
from openlpar.ops.storage.group_redefine import RedefineGroup
from openlpar.ops.storage.group_suspend import SuspendGroup
from openlpar.ops.storage.group_vary import VaryGroup
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.ops.storage.media_rename import RenameMedia
from openlpar.ops.storage.san_disks import udid_of
from openlpar.ops.vios.change_disk import ChangeDisk
from openlpar.ops.vios.configure_devices import ConfigureDevices
from openlpar.ops.vios.configure_interface import ConfigureInterface
from openlpar.ops.vios.file_sets import ChangeFileSets, FileSetTask
from openlpar.ops.vios.remove_device import RemoveDevice
from openlpar.ops.vios.root_images import CopySystem
from openlpar.ops.vios.software import ChangeSoftware, SoftwareTask
from openlpar.ports.file_pools import lent_files
from openlpar.ports.records import FilePool, SanVolume
from openlpar.uom.cluster import Cluster
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter
from openlpar.uom.shared_storage_pool import FailureGroup, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup
from tests.closing.gannet import Gannet, request
from tests.closing.samples import Maker, group, mapped, sample, scsi, with_unit
from tests.closing.san_samples import with_network


@sample("vios.configure_devices")
async def _configure_devices(house: Gannet) -> Maker:
    vios = house.partition("vios1")
    await house.engine.run(RemoveDevice(vios.uuid, "hdisk4"))
    with house.engine.alter() as change:  # its Ethernet card is new to it
        stored = change.get(VirtualIOServer, vios.uuid)
        change.put(stored.evolve(free_eth_devs_for_sea=()))
    return lambda: ConfigureDevices(vios.uuid)


@sample("vios.change_disk")
async def _change_disk(house: Gannet) -> Maker:
    vios = house.partition("vios1")
    return lambda: ChangeDisk(vios.uuid, "hdisk4", {"reserve_policy": "SinglePath"}, clean=True)


@sample("vios.configure_interface")
async def _configure_interface(house: Gannet) -> Maker:
    vios = house.partition("vios1")
    sea = SharedEthernetAdapter(dev_name="ent9", vio_uri=f"VirtualIOServer/{vios.uuid}")
    bridge = NetworkBridge(uuid="b9", parent=house.only(ManagedSystem).uuid, seas=[sea], udid="9")
    with house.engine.alter() as change:
        change.put(change.get(VirtualIOServer, vios.uuid).evolve(seas=[sea]))
        change.put(bridge)
    return lambda: ConfigureInterface(vios.uuid, "en9", "192.0.2.77", "255.255.255.0", active=True)


@sample("vios.change_software")
async def _change_software(house: Gannet) -> Maker:
    vios, cluster = house.partition("vios2"), house.only(Cluster)
    house.update(cluster.evolve(nodes=cluster.nodes[:1]))
    return lambda: ChangeSoftware(vios.uuid, SoftwareTask.APPLY, "3.1.9.99")


@sample("vios.change_file_sets")
async def _change_file_sets(house: Gannet) -> Maker:
    vios = house.partition("vios1")
    return lambda: ChangeFileSets(vios.uuid, FileSetTask.REMOVE, ("ios.cli.man.fr_FR",))


@sample("vios.copy_system")
async def _copy_system(house: Gannet) -> Maker:
    group = await _new_group(house)
    return lambda: CopySystem(group.parent or "", group.uuid)


@sample("volume_group.arrange")
async def _mirror(house: Gannet) -> Maker:
    group = await _new_group(house)
    disks = [*group.phys_vols, PhysicalVolume(name="hdisk5")]
    wish = group.evolve(phys_vols=disks, virtual_disks=[VirtualDisk(name="lv1", capacity=Decimal(1))])
    await house.engine.run(request("update", wish))
    return lambda: ArrangeVolumes(group.uuid, Task.MIRROR, ("lv1",))


async def _new_group(house: Gannet) -> VolumeGroup:
    wish = VolumeGroup(parent=house.partition("vios1").uuid, name="newvg", phys_vols=[PhysicalVolume(name="hdisk4")])
    await house.engine.run(request("create", wish))
    made: VolumeGroup = house.below(VolumeGroup, "vios1", name="newvg")
    return made


async def _new_tier(house: Gannet) -> Tier:
    copies = [
        FailureGroup(name=n, physical_volumes=[PhysicalVolume(name=d)]) for n, d in (("a", "hdisk4"), ("b", "hdisk5"))
    ]
    await house.engine.run(
        request("create", Tier(parent=house.only(SharedStoragePool).uuid, name="NEW", failure_groups=copies))
    )
    return next(tier for tier in house.engine.state.all(Tier) if tier.name == "NEW")


@sample("tier.create")
async def _create_tier(house: Gannet) -> Maker:
    group = FailureGroup(name="a", physical_volumes=[PhysicalVolume(name="hdisk4")])
    wish = Tier(parent=house.only(SharedStoragePool).uuid, name="NEW", failure_groups=[group])
    return lambda: request("create", wish)


@sample("tier.delete")
async def _delete_tier(house: Gannet) -> Maker:
    tier = await _new_tier(house)
    return lambda: request("delete", tier)


@sample("logical_unit.move")
async def _move_unit(house: Gannet) -> Maker:
    unit = with_unit(house, "lu", is_thin=False)
    tier = await _new_tier(house)
    return lambda: MoveUnit(unit.uuid, tier.uuid)


@sample("logical_unit.snapshot")
async def _snapshot_unit(house: Gannet) -> Maker:
    unit = with_unit(house, "lu", is_thin=True)
    return lambda: SnapshotUnit(unit.uuid, SnapshotTask.CREATE, "before")


@sample("volume_group.export")
async def _export_group(house: Gannet) -> Maker:
    group = await _new_group(house)
    return lambda: ExportGroup(group.uuid)


@sample("volume_group.rename_disk")
async def _rename_disk(house: Gannet) -> Maker:
    group = await _new_group(house)
    disk = VirtualDisk(name="old_name", capacity=Decimal(1))
    await house.engine.run(request("update", group.evolve(virtual_disks=[disk])))
    made = house.below(VolumeGroup, "vios1", name="newvg").virtual_disks[0]
    return lambda: RenameDisk(group.uuid, made.udid, "new_name")


@sample("volume_group.rename_media")
async def _rename_media(house: Gannet) -> Maker:
    """One that is in a drive."""
    vios = house.partition("vios1").uuid
    await house.engine.run(ImportMedia(vios, "old.iso", 1 << 20, "upload"))
    group = next(group for group in house.state.all(VolumeGroup, vios) if group.vmedia_repos)
    medium = group.vmedia_repos[0].optical_media[-1]
    await house.engine.run(mapped(house, scsi(house.lpar("vm1"), optical_media=medium))())
    return lambda: RenameMedia(group.uuid, "old.iso", "new.iso")


@sample("volume_group.import")
async def _import_group(house: Gannet) -> Maker:
    group = await _new_group(house)
    await house.engine.run(ExportGroup(group.uuid))
    return lambda: ImportGroup(group.parent or "", group.phys_vols[0].name, "again")


@sample("volume_group.vary")
async def _vary_group(house: Gannet) -> Maker:
    group = await _new_group(house)
    return lambda: VaryGroup(group.uuid, active=False)


@sample("volume_group.suspend")
async def _suspend_group(house: Gannet) -> Maker:
    group = await _new_group(house)
    return lambda: SuspendGroup(group.uuid, suspended=True)


@sample("volume_group.set_policy")
async def _set_group_policy(house: Gannet) -> Maker:
    group = await _new_group(house)
    return lambda: SetGroupPolicy(group.uuid, factor=4, relocates=False)


@sample("volume_group.grow")
async def _grow_group(house: Gannet) -> Maker:
    group = await group_on_network(house)
    with house.engine.alter() as change:
        san.put(change, "volumes", {"name": "ds8k/vol1", "size_gb": 50})
    return lambda: GrowGroup(group.uuid)


@sample("volume_group.redefine")
async def _redefine_group(house: Gannet) -> Maker:
    group = await _new_group(house)
    with house.engine.alter() as change:
        change.put(group.evolve(phys_vols=[disk.evolve(loc_code="U1-P1") for disk in group.phys_vols]))
    return lambda: RedefineGroup(group.uuid)


async def group_on_network(house: Gannet) -> VolumeGroup:
    """Volume group sanvg of vios1, of the volumes ds8k/vol1 and ds8k/vol2 with 20 GB each."""
    with_network(house)
    vios = house.partition("vios1")
    await house.engine.run(ConfigureDevices(vios.uuid))
    disks = [
        PhysicalVolume(name=found.name)
        for name in ("ds8k/vol1", "ds8k/vol2")
        for found in house.state.all(PhysicalVolume, vios.uuid)
        if found.udid == udid_of(house.state.get(SanVolume, name))
    ]
    await house.engine.run(request("create", VolumeGroup(parent=vios.uuid, name="sanvg", phys_vols=disks)))
    made: VolumeGroup = house.below(VolumeGroup, "vios1", name="sanvg")
    return made


async def _new_pool(house: Gannet, *files: str) -> FilePool:
    """Of 2 GB, with files of 0.5 GB."""
    await house.engine.run(CreateFilePool(group(house).uuid, "files", Decimal(2)))
    pool: FilePool = next(house.engine.state.where(FilePool, name="files"))
    for name in files:
        await house.engine.run(CreateFile(pool.uuid, name, Decimal("0.5")))
    return pool


@sample("file_pool.create")
async def _create_file_pool(house: Gannet) -> Maker:
    return lambda: CreateFilePool(group(house).uuid, "files", Decimal(1))


@sample("file_pool.grow")
async def _grow_file_pool(house: Gannet) -> Maker:
    pool = await _new_pool(house)
    return lambda: GrowFilePool(pool.uuid, Decimal(1))


@sample("file_pool.delete")
async def _delete_file_pool(house: Gannet) -> Maker:
    pool = await _new_pool(house, "one", "two")
    return lambda: DeleteFilePool(pool.uuid, with_files=True)


@sample("file_pool.create_file")
async def _create_file(house: Gannet) -> Maker:
    pool = await _new_pool(house)
    return lambda: CreateFile(pool.uuid, "one", Decimal(1))


@sample("file_pool.grow_file")
async def _grow_file(house: Gannet) -> Maker:
    """One that is lent."""
    pool = await _new_pool(house, "one")
    disk = next(lent_files(house.engine.state, house.partition("vios1").uuid))
    await house.engine.run(mapped(house, scsi(house.lpar("vm1"), virtual_disk=disk))())
    return lambda: GrowFile(pool.uuid, "one", Decimal("0.1"))


@sample("file_pool.rename_file")
async def _rename_file(house: Gannet) -> Maker:
    pool = await _new_pool(house, "one")
    return lambda: RenameFile(pool.uuid, "one", "other")


@sample("file_pool.delete_file")
async def _delete_file(house: Gannet) -> Maker:
    pool = await _new_pool(house, "one")
    return lambda: DeleteFile(pool.uuid, "one")
