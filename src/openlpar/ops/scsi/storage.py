"""What a virtual SCSI mapping lends: found by the names a client gives, and refused when it cannot be lent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import cast

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.messages import storage as say_storage
from openlpar.ops.storage.usage import check_active, clients_of, mappings_of, volume_of
from openlpar.ports.file_pools import lent_files
from openlpar.ports.records import RbdImage
from openlpar.ports.san import mapped_image
from openlpar.ports.state import World
from openlpar.uom.cluster import Cluster
from openlpar.uom.core import Element
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIMapping,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
    VirtualTargetDevice,
)
from openlpar.uom.volume_group import (
    MountType,
    PhysicalVolume,
    VirtualDisk,
    VirtualDiskType,
    VirtualOpticalMedia,
    VolumeGroup,
)

_OWN = ("read_iops_limit", "write_iops_limit", "device_tag", "emulate_model")
"""Fields that belong to the lending and not to what is lent."""


def kind_of(holder: VirtualSCSIStorage | VirtualSCSITargetDevice) -> str:
    """Name of the one field that is there: virtual_disk, optical_media, physical_volume or logical_unit; "" for none."""
    for field, _ in holder.present():
        return field.name
    return ""


def is_image(storage: VirtualSCSIStorage) -> bool:
    """Whether it is an image of a Ceph cluster, which every Virtual I/O Server reaches."""
    return storage.virtual_disk.vdtype == VirtualDiskType.RBD


def lent(storage: VirtualSCSIStorage) -> Element | None:
    for _, element in storage.present():
        return cast(Element, element)
    return None


def name_of(storage: VirtualSCSIStorage) -> str:
    element = lent(storage)
    return element.get("name") or "" if element is not None else ""


def udid_of(storage: VirtualSCSIStorage) -> str:
    element = lent(storage)
    return element.get("udid") or "" if element is not None else ""


def target_of(device: VirtualSCSITargetDevice) -> VirtualTargetDevice:
    """The one target device that is there, or an empty one."""
    for _, found in device.present():
        return cast(VirtualTargetDevice, found)
    return VirtualTargetDevice.empty()


def same_storage(one: VirtualSCSIStorage, other: VirtualSCSIStorage) -> bool:
    """By UDID where both have one, else by name."""
    if kind_of(one) != kind_of(other):
        return False
    udids = udid_of(one), udid_of(other)
    return udids[0] == udids[1] if all(udids) else name_of(one) == name_of(other)


def described(storage: VirtualSCSIStorage) -> str:
    """How messages call it: ``Virtual disk vdisk1``."""
    if is_image(storage):
        return f"RBD image {name_of(storage)}"
    if is_file(storage):
        return f"File {name_of(storage) or udid_of(storage)}"
    words = {
        "physical_volume": "Physical volume",
        "virtual_disk": "Virtual disk",
        "logical_unit": "Logical unit",
        "optical_media": "Optical medium",
    }
    return f"{words.get(kind_of(storage), 'Storage')} {name_of(storage) or udid_of(storage)}"


def with_own_fields(storage: VirtualSCSIStorage, wanted: VirtualSCSIStorage) -> VirtualSCSIStorage:
    """The fields that belong to the lending, as the client wants them."""
    kind = kind_of(storage)
    if not kind or not wanted.has(kind):
        return storage
    now, wish = storage.get(kind), wanted.get(kind)
    changes = {name: wish.get(name) for name in _OWN if wish.has(name) and wish.get(name) != now.get(name)}
    return storage.evolve(**{kind: now.evolve(**changes)}) if changes else storage


def found_storage(world: World, vios: VirtualIOServer, wanted: VirtualSCSIStorage) -> VirtualSCSIStorage:
    """What the client means, as the Virtual I/O Server has it; empty for an empty Storage. Raises Failure."""
    kind = kind_of(wanted)
    if not kind:
        return VirtualSCSIStorage.empty()
    element: Element = wanted.get(kind)
    if element.get("encryption_agent"):
        raise general.UNSUPPORTED.error(operation=f"Encryption of {described(wanted)}")
    copy: Element | None
    if isinstance(element, VirtualDisk) and element.vdtype == VirtualDiskType.RBD:
        image = world.find(RbdImage, element.name or element.label)
        copy = mapped_image(image, element.rbd_user) if image is not None else None
    elif isinstance(element, VirtualDisk) and element.vdtype == VirtualDiskType.FILE:
        copy = _file(world, vios, element)
    elif isinstance(element, VirtualDisk):
        disks = (disk for group in _groups(world, vios, element) for disk in group.virtual_disks)
        disk = _named(disks, element)
        copy = disk.evolve(vg_uri=None) if disk is not None else None
    elif isinstance(element, VirtualOpticalMedia):
        copy = _named(_media(world, vios), element)
    elif isinstance(element, PhysicalVolume):
        volume = volume_of(world, vios.uuid, element)
        if volume is not None:
            _check_available(world, vios, volume)
        copy = volume.evolve(uuid="", parent=None, avail_for_use=False) if volume is not None else None
    else:
        assert isinstance(element, LogicalUnit)
        unit = _logical_unit(world, vios, element)
        copy = unit.evolve(uuid="", parent=None, in_use=None) if unit is not None else None
    if copy is None:
        word = described(wanted).rpartition(" ")[0].lower()
        called = name_of(wanted) or udid_of(wanted) or "without a name"
        raise say.NO_STORAGE.error(vios=vios.name, kind=word, name=called)
    return with_own_fields(VirtualSCSIStorage(**{kind: copy}), wanted)


def is_file(storage: VirtualSCSIStorage) -> bool:
    """Whether it is a file of a file storage pool."""
    return storage.virtual_disk.vdtype == VirtualDiskType.FILE


def _file(world: World, vios: VirtualIOServer, wanted: VirtualDisk) -> VirtualDisk | None:
    """By its path, which a client may give as name or label. How it is served is the client's choice; it has no effect."""
    by_path = wanted.evolve(name=wanted.name or wanted.label)
    found = _named(lent_files(world, vios.uuid), by_path)
    if not isinstance(found, VirtualDisk):
        return None
    return found.evolve(backstore_type=wanted.get("backstore_type"), file_format=wanted.get("file_format"))


def _groups(world: World, vios: VirtualIOServer, disk: Element) -> Iterator[VolumeGroup]:
    """The volume groups; one that has the disk must be active."""
    for group in world.all(VolumeGroup, vios.uuid):
        if _named(group.virtual_disks, disk) is not None:
            check_active(vios, group, "lent from")
        yield group


def _media(world: World, vios: VirtualIOServer) -> Iterator[VirtualOpticalMedia]:
    """A group with a media repository is always active."""
    for group in world.all(VolumeGroup, vios.uuid):
        for repository in group.vmedia_repos:
            yield from repository.optical_media


def _named(candidates: Iterable[Element], wanted: Element) -> Element | None:
    """By name; by UDID when the client gave no name."""
    field = "name" if wanted.get("name") else "udid"
    return next((found for found in candidates if found.get(field) and found.get(field) == wanted.get(field)), None)


def _logical_unit(world: World, vios: VirtualIOServer, wanted: LogicalUnit) -> LogicalUnit | None:
    """A logical unit of the pool of the cluster that the Virtual I/O Server is a node of."""
    tiers = {
        tier.uuid
        for cluster in world.all(Cluster)
        if any(node.vios_uri.rpartition("/")[2] == vios.uuid for node in cluster.nodes)
        for tier in world.all(Tier, cluster.ssp_uri.rpartition("/")[2] or "-")
    }
    field = "udid" if wanted.udid else "name"
    found = [unit for unit in world.where(LogicalUnit, **{field: wanted.get(field)}) if unit.parent in tiers]
    if len(found) > 1:
        raise general.BAD_VALUE.error(
            field="UnitName",
            object=f"a mapping of Virtual I/O Server {vios.name}",
            value=repr(wanted.name),
            cause=f"{len(found)} logical units are called that",
            wanted="the UniqueDeviceID of one of them",
        )
    return found[0] if found else None


def _check_available(world: World, vios: VirtualIOServer, volume: PhysicalVolume) -> None:
    """A disk can be lent several times, but not when a volume group, a pool or a cluster keeps its data on it."""
    use = _keeper(world, vios, volume)
    if not use and not volume.avail_for_use and volume.has("avail_for_use"):
        lent_here = any(mapping.parent == vios.uuid for mapping in mappings_of(world, volume.udid))
        use = "" if lent_here else "the Virtual I/O Server reports it as unavailable"
    if use:
        raise say_storage.VOLUME_TAKEN.error(volume=volume.name, vios=vios.name, use=use)


def _keeper(world: World, vios: VirtualIOServer, volume: PhysicalVolume) -> str:
    """What keeps its data on a disk: it may be one of the SAN that another Virtual I/O Server sees too."""

    def holds(volumes: Collection[PhysicalVolume], here: bool) -> bool:
        return any(
            other.udid == volume.udid if other.udid and volume.udid else here and other.name == volume.name
            for other in volumes
        )

    for group in world.all(VolumeGroup):
        if holds(group.phys_vols, group.parent == vios.uuid):
            return f"it is in volume group {group.name}"
    for pool in world.all(SharedStoragePool):
        if holds(pool.physical_volumes, False):
            return f"it is in shared storage pool {pool.name}"
    for cluster in world.all(Cluster):
        if holds((cluster.repository_disk.repos_pv,), False):
            return f"it is the repository disk of cluster {cluster.name}"
    return ""


def check_shareable(
    world: World,
    vios: VirtualIOServer,
    storage: VirtualSCSIStorage,
    client: str,
    gone: Collection[str],
    planned: Iterable[VirtualSCSIMapping],
) -> None:
    """Refuses what is lent already and cannot be lent twice. Disks, logical units and read-only media can, but not twice to one
    partition.

    client: reference to the partition. gone: uuids of mappings that the same request removes; planned: those it adds.
    """
    udid = udid_of(storage)
    others = [m for m in mappings_of(world, udid) if m.parent == vios.uuid and m.uuid not in gone]
    others += [m for m in planned if same_storage(m.backing_storage, storage)]
    if not others:
        return
    cause = ""
    if storage.has("virtual_disk") and not is_image(storage):
        cause = "a virtual disk serves one partition only"
    elif storage.has("optical_media") and storage.optical_media.mount_type != MountType.READ_ONLY:
        cause = "a medium that can be written fits one drive only"
    else:
        others = [m for m in others if m.client_lpar_href.rpartition("/")[2] == client.rpartition("/")[2]]
        cause = "that partition has it already" if others else ""
    if cause:
        clients = clients_of(world, others)
        raise say.STORAGE_TAKEN.error(storage=described(storage), vios=vios.name, clients=clients, cause=cause)
