"""File storage pools of the Virtual I/O Servers: which there are, what is in them, and how their files are lent.

A pool is a file system in a logical volume (IBM documentation of ``mksp -fb``). What the file system needs for itself is not
counted: a pool holds files of its whole size.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from openlpar.ports.records import BackingFile, FilePool
from openlpar.ports.state import World
from openlpar.uom.volume_group import VirtualDisk, VirtualDiskType

MOUNT_POINTS = "/var/vio/storagepools"
"""Where a Virtual I/O Server mounts them."""


def pools_of(world: World, vios: str) -> Iterator[FilePool]:
    """Those of a server (uuid), in order of creation."""
    return world.where(FilePool, vios=vios)


def pools_in(world: World, group: str) -> Iterator[FilePool]:
    """Those in a volume group (uuid)."""
    return world.where(FilePool, group=group)


def files_of(world: World, pool: FilePool) -> Iterator[BackingFile]:
    return world.where(BackingFile, pool=pool.uuid)


def free_mb(world: World, pool: FilePool) -> int:
    return pool.size_mb - sum(file.size_mb for file in files_of(world, pool))


def mount_point(pool: FilePool) -> str:
    return f"{MOUNT_POINTS}/{pool.name}"


def path_of(pool: FilePool, file: BackingFile) -> str:
    return f"{mount_point(pool)}/{file.name}"


def lent_file(pool: FilePool, file: BackingFile) -> VirtualDisk:
    """A file as a Virtual I/O Server lends it: name and label are its path, as clients of the REST API send them."""
    path = path_of(pool, file)
    return VirtualDisk(
        capacity=Decimal(file.size_mb) / 1024,
        label=path,
        name=path,
        udid=file.uuid,
        vdtype=VirtualDiskType.FILE.value,
    )


def lent_files(world: World, vios: str) -> Iterator[VirtualDisk]:
    """All files that a server (uuid) could lend."""
    return (lent_file(pool, file) for pool in pools_of(world, vios) for file in files_of(world, pool))
