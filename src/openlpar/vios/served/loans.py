"""What the Virtual I/O Servers lend, read from the state: which content lies where, how large it is, and for whom it is.

Pure: nothing here looks at a file.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from openlpar.ports.file_pools import files_of, lent_file, pools_of
from openlpar.ports.records import ExportedGroup, FilePool
from openlpar.ports.state import World
from openlpar.uom.plain import from_plain
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSIStorage, VirtualTargetDevice
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VirtualDiskType, VirtualOpticalMedia, VolumeGroup

MIB = 1024 * 1024
# What six decimals of a GB may have lost, in MB.
_LOST_MB = Decimal("0.001")
DISKS = "vg"
"""Folder of the virtual disks of volume groups."""
_PLAIN = re.compile(r"[0-9a-f.]{1,120}")
_TARGET_BITS = 0x3F


class Form(enum.StrEnum):
    """Format of a file, and the end of its name: raw, but for what shares data with others, and for what was uploaded so.
    It is never guessed from what is in the file: a guest may write anything."""

    RAW = "raw"
    QCOW2 = "qcow2"


@dataclass(frozen=True, slots=True)
class Key:
    """Names a content on the disk of the host: folder below that of all disks, and stem of its name."""

    folder: str
    stem: str

    @classmethod
    def of(cls, folder: str, udid: str) -> Key:
        """UDIDs may hold what a client typed (media) or base 64 (physical volumes): such a one is digested."""
        plain = _PLAIN.fullmatch(udid) and not udid.startswith(".")
        return cls(folder, udid if plain else hashlib.sha256(udid.encode()).hexdigest()[:40])


@dataclass(frozen=True, slots=True)
class Backing:
    """Something with content. size: bytes; thick: its whole size is reserved; shared: several Virtual I/O Servers serve it at
    the same time; about: how messages call it."""

    key: Key
    size: int
    about: str
    thick: bool = False
    shared: bool = False
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Loan:
    """A backing as one partition gets it, the client with this number: under the name of its export."""

    backing: Backing
    export: str
    client: int


def of_disk(vios: str, disk: VirtualDisk) -> Backing:
    """vios: uuid. All volume groups of a server share a folder: the UDID of a disk begins with its group's identifier."""
    return Backing(Key.of(f"{DISKS}/{vios}", disk.udid), gigabytes(disk.capacity), f"Virtual disk {disk.name}")


def of_unit(unit: LogicalUnit) -> Backing:
    about = f"Logical unit {unit.name}"
    return Backing(Key.of("ssp", unit.udid), gigabytes(unit.capacity), about, thick=not unit.is_thin, shared=True)


def of_media(vios: str, media: VirtualOpticalMedia) -> Backing:
    key = Key.of(f"media/{vios}", media.udid)
    return Backing(key, gigabytes(media.size), f"Medium {media.name}", read_only=True)


def of_volume(vios: str, volume: PhysicalVolume) -> Backing:
    """A disk on the SAN has the same UDID on all servers that see it, and is one disk."""
    udid = volume.udid or f"{vios} {volume.name}"
    return Backing(Key.of("pv", udid), volume.capacity * MIB, f"Physical volume {volume.name}", shared=True)


def of_image(image: VirtualDisk) -> Backing:
    """An image of the Ceph cluster, which all servers reach."""
    return Backing(Key.of("rbd", image.udid), gigabytes(image.capacity), f"RBD image {image.name}", shared=True)


def of_storage(vios: str, storage: VirtualSCSIStorage) -> Backing | None:
    """None for an empty drive."""
    for _, element in storage.present():
        if isinstance(element, VirtualDisk) and element.vdtype == VirtualDiskType.RBD:
            return of_image(element)
        if isinstance(element, VirtualDisk):
            return of_disk(vios, element)
        if isinstance(element, VirtualOpticalMedia):
            return of_media(vios, element)
        if isinstance(element, PhysicalVolume):
            return of_volume(vios, element)
        if isinstance(element, LogicalUnit):
            return of_unit(element)
    return None


def gigabytes(size: Decimal) -> int:
    """Bytes of the whole MB that hold so many GB."""
    return int((size * 1024 - _LOST_MB).to_integral_value(ROUND_CEILING)) * MIB


def target_of(mapping: VirtualSCSIMapping) -> VirtualTargetDevice:
    for _, device in mapping.target_dev.present():
        if isinstance(device, VirtualTargetDevice):
            return device
    return VirtualTargetDevice.empty()


def client_of(mapping: VirtualSCSIMapping) -> int:
    """Number of the partition it is for."""
    return mapping.client_adapter.lpar_id or mapping.server_adapter.lpar_id


def target_number(device: VirtualTargetDevice) -> int:
    """The low six bits of the first byte of a logical unit address: 1 for ``0x8100000000000000``."""
    return int(device.lua[2:4] or "0", 16) & _TARGET_BITS


def export_of(mapping: VirtualSCSIMapping) -> str:
    """Name of the export: the same as long as the target device lives."""
    return hashlib.sha256(f"{mapping.parent} {target_of(mapping).udid}".encode()).hexdigest()[:32]


def serial_of(backing: Backing) -> str:
    """What a guest sees the disk as, the same on every path to it."""
    return hashlib.sha256(f"{backing.key.folder} {backing.key.stem}".encode()).hexdigest()[:20].upper()


def loans(world: World, vios: str) -> Iterator[Loan]:
    """What the server with a uuid lends now."""
    for mapping in world.all(VirtualSCSIMapping, vios):
        backing = of_storage(vios, mapping.backing_storage)
        if backing is not None and target_of(mapping).udid:
            yield Loan(backing, export_of(mapping), client_of(mapping))


def own(world: World, vios: str) -> Iterator[Backing]:
    """What is on the server with a uuid and nowhere else: virtual disks, media, files of file storage pools."""
    for group in world.all(VolumeGroup, vios):
        yield from _in_group(group)
    for pool in pools_of(world, vios):
        yield from _in_pool(world, pool)


def known(world: World) -> set[Key]:
    """The contents of everything that the state knows but physical volumes and RBD images, which nobody makes or deletes here."""
    keys = {of_unit(unit).key for unit in world.all(LogicalUnit)}
    keys |= {backing.key for group in world.all(VolumeGroup) for backing in _in_group(group)}
    for exported in world.all(ExportedGroup):
        group = from_plain(VolumeGroup, exported.group, exported.uuid, exported.vios, trusted=True)
        keys |= {backing.key for backing in _in_group(group)}
    return keys | {backing.key for pool in world.all(FilePool) for backing in _in_pool(world, pool)}


def _in_group(group: VolumeGroup) -> Iterator[Backing]:
    vios = group.parent or ""
    yield from (of_disk(vios, disk) for disk in group.virtual_disks)
    yield from (of_media(vios, media) for library in group.vmedia_repos for media in library.optical_media)


def _in_pool(world: World, pool: FilePool) -> Iterator[Backing]:
    return (of_disk(pool.vios, lent_file(pool, file)) for file in files_of(world, pool))
