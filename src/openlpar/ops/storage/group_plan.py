"""What a volume group is to become: a client's version of it, checked against what there is.

The plan is the group itself as it will be: a disk or medium without UDID in it is still to be made, one of the present group
that is not in it is to be deleted. Containers that the client did not send stay as they are.
"""

from __future__ import annotations

from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.storage.factor import check_count
from openlpar.ops.storage.group_layout import counts, planned_layout
from openlpar.ops.storage.media_plan import planned_repositories
from openlpar.ops.storage.names import LOGICAL_VOLUME, check_name, volume_names
from openlpar.ops.storage.sizes import accounted, gigabytes, tidy, whole_partitions_mb
from openlpar.ops.storage.usage import TakenVolumes, check_active, free_volume, refuse_mapped
from openlpar.ports.file_pools import pools_in, pools_of
from openlpar.ports.records import FilePool
from openlpar.ports.state import World
from openlpar.uom.physical_partitions import partition_size_mb
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import (
    DiskFileFormat,
    EncryptionState,
    PhysicalVolume,
    VirtualDisk,
    VirtualDiskType,
    VolumeGroup,
)

ROOT_GROUP = "rootvg"
NO_LABEL = "None"
# 512 TB: more than any pool or volume here gets.
_LARGEST_GB = 512 * 1024
_CHANGEABLE = ("label", "read_iops_limit", "write_iops_limit")


def planned_group(world: World, vios: VirtualIOServer, before: VolumeGroup, requested: VolumeGroup) -> VolumeGroup:
    """Raises Failure for whatever cannot be done."""
    after = before.evolve(
        name=_planned_name(world, vios, before, requested),
        phys_vols=_planned_volumes(world, vios, before, requested),
    )
    after = after.evolve(
        virtual_disks=_planned_disks(world, vios, after, requested),
        vmedia_repos=planned_repositories(world, vios, after, requested),
    )
    _check_disk_names(world, vios, after)
    after = accounted(before, after, counts(world, before, after))
    if after.free_space < 0:
        grown = after.capacity - before.capacity
        free = tidy(before.free_space + grown)
        place = f"Volume group {after.name} of Virtual I/O Server {vios.name}"
        new = ", ".join(disk.name for disk in after.virtual_disks if not disk.udid)
        what = f"virtual disk {new}" if new else "the change"
        raise say.NO_SPACE.error(place=place, free=free, object=what, needed=tidy(free - after.free_space))
    planned_layout(world, vios, before, after)
    return after


def check_group_name(world: World, vios: VirtualIOServer, name: str) -> None:
    """File storage pools are storage pools too: one name means one of them."""
    check_name("volume group", name, LOGICAL_VOLUME)
    taken: list[VolumeGroup | FilePool] = [*world.all(VolumeGroup, vios.uuid), *pools_of(world, vios.uuid)]
    if any(other.name == name for other in taken):
        raise general.NAME_TAKEN.error(kind=f"Volume group of Virtual I/O Server {vios.name}", name=name)


def _planned_name(world: World, vios: VirtualIOServer, before: VolumeGroup, requested: VolumeGroup) -> str:
    name = requested.name or before.name
    if name == before.name:
        return name
    if before.name == ROOT_GROUP:
        raise say.HOLDS_SYSTEM.error(group=before.name, vios=vios.name, task="renamed")
    contents = contents_of(world, before)
    if contents:
        raise say.GROUP_IN_USE.error(group=before.name, vios=vios.name, contents=contents, task="renamed")
    check_group_name(world, vios, name)
    return name


def contents_of(world: World, group: VolumeGroup) -> str:
    """What a group holds, for messages; "" when it is empty."""
    held = [f"virtual disk {disk.name}" for disk in group.virtual_disks]
    held += mounted_from(world, group)
    return ", ".join(held[:5]) + (f" and {len(held) - 5} more" if len(held) > 5 else "")


def mounted_from(world: World, group: VolumeGroup) -> list[str]:
    """The file systems in a group, for messages: they are mounted as long as they are there."""
    found = [f"file storage pool {pool.name}" for pool in pools_in(world, group.uuid)]
    return found + [f"media repository {repository.name}" for repository in group.vmedia_repos]


def _planned_volumes(
    world: World, vios: VirtualIOServer, before: VolumeGroup, requested: VolumeGroup
) -> tuple[PhysicalVolume, ...]:
    """A volume that leaves the group is emptied by the Virtual I/O Server first; the space check says whether that works."""
    if not requested.has("phys_vols"):
        return before.phys_vols
    taken = TakenVolumes(world, vios.uuid, mapped_anywhere=True)
    planned: list[PhysicalVolume] = []
    for wish in requested.phys_vols:
        present = next((volume for volume in before.phys_vols if _same_volume(volume, wish)), None)
        volume = present or free_volume(world, vios, wish, taken).evolve(avail_for_use=False)
        if any(_same_volume(other, volume) for other in planned):
            use = "it is named twice in the request"
            raise say.VOLUME_TAKEN.error(volume=volume.name, vios=vios.name, use=use)
        planned.append(volume)
    if not planned:
        raise say.LAST_VOLUME.error(place=f"Volume group {before.name} of Virtual I/O Server {vios.name}")
    check_count(world, vios, before, len(planned))
    return tuple(planned)


def _same_volume(one: PhysicalVolume, other: PhysicalVolume) -> bool:
    return one.udid == other.udid if one.udid and other.udid else one.name == other.name


def _planned_disks(
    world: World, vios: VirtualIOServer, group: VolumeGroup, requested: VolumeGroup
) -> tuple[VirtualDisk, ...]:
    if not requested.has("virtual_disks"):
        return group.virtual_disks
    known = {disk.udid: disk for disk in group.virtual_disks}
    planned = []
    for wish in requested.virtual_disks:
        if not wish.udid:
            planned.append(_new_disk(world, vios, group, wish))
            continue
        disk = known.pop(wish.udid, None)
        if disk is None:
            place = f"volume group {group.name} of Virtual I/O Server {vios.name}"
            raise say.CHOSEN_BY_VIOS.error(object=f"Virtual disk {wish.name}", udid=wish.udid, place=place)
        planned.append(_changed_disk(group, disk, wish))
    for disk in known.values():
        refuse_mapped(world, disk.udid, f"Virtual disk {disk.name} of volume group {group.name}", "deleted")
    if group.max_logical_volumes and len(planned) > max(group.max_logical_volumes, len(group.virtual_disks)):
        raise say.TOO_MANY_DISKS.error(group=group.name, maximum=group.max_logical_volumes)
    return tuple(planned)


def _new_disk(world: World, vios: VirtualIOServer, group: VolumeGroup, wish: VirtualDisk) -> VirtualDisk:
    about = f"virtual disk {wish.name}"
    check_name("virtual disk", wish.name, LOGICAL_VOLUME)
    _refuse_encryption(wish, VirtualDisk.empty())
    if wish.vdtype not in ("", VirtualDiskType.LOGICAL_VOLUME):
        raise general.BAD_VALUE.error(
            field="VirtualDiskType",
            object=about,
            value=repr(wish.vdtype),
            cause="a volume group holds logical volumes only; files are made in a file storage pool, RBD images elsewhere",
            wanted=str(VirtualDiskType.LOGICAL_VOLUME),
        )
    if wish.file_format and not VirtualDisk.file_format.allows(wish.file_format):
        raise general.BAD_VALUE.error(
            field="FileFormat",
            object=about,
            value=repr(wish.file_format),
            cause="there is no such format",
            wanted=" or ".join(DiskFileFormat),
        )
    size = wish.capacity
    if wish.base_image:
        image = disk_of(world, vios.uuid, wish.base_image)
        if image is None:
            raise say.NO_SUCH_DEVICE.error(vios=vios.name, udid=wish.base_image)
        for source in world.all(VolumeGroup, vios.uuid):
            if image in source.virtual_disks:
                check_active(vios, source, "copied from")
        size = max(size, image.capacity)
    check_size(about, "DiskCapacity", size)
    return wish.evolve(
        capacity=gigabytes(whole_partitions_mb(partition_size_mb(group), size)),
        label=wish.label or NO_LABEL,
        vdtype=VirtualDiskType.LOGICAL_VOLUME.value,
        encryption_state=None,
        device_tag=None,
        emulate_model=None,
    )


def _changed_disk(group: VolumeGroup, disk: VirtualDisk, wish: VirtualDisk) -> VirtualDisk:
    """A disk may grow and be given another label and other limits, also while it is mapped."""
    about = f"virtual disk {disk.name}"
    for name in ("name", "vdtype", "file_format"):
        if wish.get(name) and disk.get(name) and wish.get(name) != disk.get(name):
            tag = VirtualDisk.by_name[name].tag
            raise say.FIXED.error(field=tag, object=about, old=disk.get(name), new=wish.get(name))
    _refuse_encryption(wish, disk)
    changes = {name: wish.get(name) for name in _CHANGEABLE if wish.has(name)}
    if wish.has("capacity") and wish.capacity != disk.capacity:
        if wish.capacity < disk.capacity:
            raise say.CANNOT_SHRINK.error(object=f"Virtual disk {disk.name}", size=disk.capacity, wanted=wish.capacity)
        changes["capacity"] = gigabytes(whole_partitions_mb(partition_size_mb(group), wish.capacity))
    return disk.evolve(**changes)


def _refuse_encryption(wish: VirtualDisk, disk: VirtualDisk) -> None:
    asked = wish.encryption_state not in ("", EncryptionState.UNENCRYPTED, disk.encryption_state)
    if asked or wish.encryption_key or (wish.encryption_agent and wish.encryption_agent != disk.encryption_agent):
        raise general.UNSUPPORTED.error(operation=f"Encryption of virtual disk {wish.name}")


def check_size(about: str, field: str, gb: Decimal) -> None:
    """Raises Failure for what cannot be the size of a disk. A thin one takes no space: without a bound it could be any."""
    if not 0 < gb <= _LARGEST_GB:
        cause = "it needs a size" if gb <= 0 else "no disk can be so large"
        wanted = f"a size in GB above 0 and up to {_LARGEST_GB}"
        raise general.BAD_VALUE.error(field=field, object=about, value=f"{gb:f}", cause=cause, wanted=wanted)


def disk_of(world: World, vios_uuid: str, udid: str) -> VirtualDisk | None:
    """The virtual disk with a UDID."""
    for group in world.all(VolumeGroup, vios_uuid):
        for disk in group.virtual_disks:
            if disk.udid == udid:
                return disk
    return None


def _check_disk_names(world: World, vios: VirtualIOServer, after: VolumeGroup) -> None:
    names = volume_names(world, vios.uuid, but=after.uuid)
    names |= {disk.name for disk in after.virtual_disks if disk.udid}
    names |= {repository.name for repository in after.vmedia_repos}
    for disk in after.virtual_disks:
        if not disk.udid:
            if disk.name in names:
                raise general.NAME_TAKEN.error(kind=f"Virtual disk of Virtual I/O Server {vios.name}", name=disk.name)
            names.add(disk.name)
