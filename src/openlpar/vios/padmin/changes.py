"""What commands change: the UOM objects that a client of the REST API would send for the same, sent to the operator."""

from __future__ import annotations

import itertools
from decimal import Decimal

from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool, Tier
from openlpar.uom.virtual_scsi import (
    LogicalVolumeVirtualTargetDevice,
    PhysicalVolumeVirtualTargetDevice,
    SharedStoragePoolLogicalUnitVirtualTargetDevice,
    VirtualOpticalTargetDevice,
    VirtualSCSIMapping,
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
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Library, Server, Target, Vhost

_MAPPINGS = "ViosSCSIMapping"
_DEVICES = {
    "virtual_disk": LogicalVolumeVirtualTargetDevice,
    "optical_media": VirtualOpticalTargetDevice,
    "physical_volume": PhysicalVolumeVirtualTargetDevice,
    "logical_unit": SharedStoragePoolLogicalUnitVirtualTargetDevice,
}

Backing = VirtualDisk | PhysicalVolume | LogicalUnit


# volume groups


def create_disk(server: Server, group: VolumeGroup, name: str, size_gb: Decimal) -> VirtualDisk:
    """A logical volume."""
    wanted = VirtualDisk(name=name, label="None", capacity=size_gb)
    after = server.operator.update(group.evolve(virtual_disks=(*group.virtual_disks, wanted)))
    return next(disk for disk in after.virtual_disks if disk.name == name)


def delete_disk(server: Server, group: VolumeGroup, disk: VirtualDisk) -> None:
    left = tuple(each for each in group.virtual_disks if each.name != disk.name)
    server.operator.update(group.evolve(virtual_disks=left))


def set_library(server: Server, group: VolumeGroup, repository: VirtualMediaRepository | None) -> None:
    """Creates, changes or (None) deletes the media repository of a volume group."""
    server.operator.update(group.evolve(vmedia_repos=() if repository is None else (repository,)))


def set_media(server: Server, library: Library, media: tuple[VirtualOpticalMedia, ...]) -> None:
    set_library(server, library.group, library.repository.evolve(optical_media=media))


# shared storage pool


def create_unit(server: Server, tier: Tier, name: str, size_gb: Decimal, *, thick: bool) -> LogicalUnit:
    unit = LogicalUnit(name=name, capacity=size_gb, is_thin=not thick, lu_type=LogicalUnitType.DISK.value)
    return server.operator.create(unit, tier.uuid)


def resize_unit(server: Server, unit: LogicalUnit, size_gb: Decimal) -> LogicalUnit:
    return server.operator.update(unit.evolve(capacity=size_gb))


def delete_units(server: Server, pool: SharedStoragePool, units: list[LogicalUnit]) -> None:
    """One change of the pool for all of them: an image goes together with its clones."""
    gone = {unit.udid for unit in units}
    left = tuple(unit for unit in pool.logical_units if unit.udid not in gone)
    server.operator.update(pool.evolve(logical_units=left))


# virtual SCSI


def connect(server: Server, vhost: Vhost, backing: Backing, device: str = "") -> Target:
    """Lends a backing device through a server adapter. device: name of the target device, "" for the next free one."""
    kind = {VirtualDisk: "virtual_disk", PhysicalVolume: "physical_volume", LogicalUnit: "logical_unit"}[type(backing)]
    storage = VirtualSCSIStorage(**{kind: backing.evolve(uuid="", parent=None)})
    return _add(server, vhost, kind, storage, device)


def connect_drive(server: Server, vhost: Vhost, device: str = "") -> Target:
    """A file-backed optical drive without a medium. It is named here: a mapping with neither storage nor name would mean the
    adapter alone."""
    taken = {target.name for target in server.targets()}
    free = (name for number in itertools.count() if (name := f"vtopt{number}") not in taken)
    return _add(server, vhost, "optical_media", None, device or next(free))


def _add(server: Server, vhost: Vhost, kind: str, storage: VirtualSCSIStorage | None, device: str) -> Target:
    if device and server.knows(device):
        raise Refusal(Status.SYNTAX, f'Device "{device}" exists already. Choose another name.')
    known = {target.name for target in server.targets()}
    vios = server.vios
    shared = next(m for m in vios.scsi_mappings if m.server_adapter.vios_slot_num == vhost.slot)
    named = VirtualSCSITargetDevice(**{kind: _DEVICES[kind](name=device)})
    added = _bare(shared).evolve(backing_storage=storage, target_dev=named if device else None)
    # An adapter that lends nothing is shown as a mapping without storage: that one becomes the new one.
    others = tuple(m for m in vios.scsi_mappings if m is not shared or _lends(m))
    server.operator.update(vios.evolve(scsi_mappings=(*others, added)), _MAPPINGS)
    return next(target for target in server.vhost(vhost.name).targets if target.name not in known)


def disconnect(server: Server, target: Target) -> None:
    """Takes a target device away; its server adapter stays, be it the last."""
    vios = server.vios
    slot = target.mapping.server_adapter.vios_slot_num
    left = tuple(m for m in vios.scsi_mappings if not _same(m, target.mapping))
    if not any(m.server_adapter.vios_slot_num == slot for m in left):
        left = (*left, _bare(target.mapping.evolve(uuid="", parent=None)))
    server.operator.update(vios.evolve(scsi_mappings=left), _MAPPINGS)


def set_medium(server: Server, drive: Target, medium: VirtualOpticalMedia | None) -> None:
    """Loads a medium into an optical drive, or (None) unloads it."""
    vios = server.vios
    storage = None if medium is None else VirtualSCSIStorage(optical_media=medium)
    mappings = tuple(m.evolve(backing_storage=storage) if _same(m, drive.mapping) else m for m in vios.scsi_mappings)
    server.operator.update(vios.evolve(scsi_mappings=mappings), _MAPPINGS)


def _bare(mapping: VirtualSCSIMapping) -> VirtualSCSIMapping:
    """The adapter pair of a mapping, without what is lent over it."""
    adapter = mapping.server_adapter.evolve(backing_dev_name=None)
    return mapping.evolve(server_adapter=adapter, backing_storage=None, target_dev=None)


def _lends(mapping: VirtualSCSIMapping) -> bool:
    return bool(mapping.backing_storage) or bool(mapping.target_dev)


def _same(one: VirtualSCSIMapping, other: VirtualSCSIMapping) -> bool:
    """Whether two versions are of the same mapping: there is no identity but the adapter and what is lent."""
    return (
        one.server_adapter.vios_slot_num == other.server_adapter.vios_slot_num
        and one.target_dev == other.target_dev
        and one.backing_storage == other.backing_storage
    )
