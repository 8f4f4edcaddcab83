"""What commands change about file storage pools; see ``changes``."""

from __future__ import annotations

from decimal import Decimal

from openlpar.ports.records import FilePool
from openlpar.uom.volume_group import VirtualDisk, VolumeGroup
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server, file_name

LONGEST_NAME = 38


def create_pool(server: Server, group: VolumeGroup, name: str, size_gb: Decimal) -> FilePool:
    server.operator.perform("file_pool.create", group.uuid, name=name, size=str(size_gb))
    made = server.file_pool(name)
    assert made is not None
    return made


def grow_pool(server: Server, pool: FilePool, more_gb: Decimal) -> None:
    server.operator.perform("file_pool.grow", pool.uuid, more=str(more_gb))


def delete_pool(server: Server, pool: FilePool, *, with_files: bool) -> None:
    server.operator.perform("file_pool.delete", pool.uuid, with_files=str(with_files).lower())


def create_file(server: Server, pool: FilePool, name: str, size_gb: Decimal) -> VirtualDisk:
    _check_length(name)
    server.operator.perform("file_pool.create_file", pool.uuid, name=name, size=str(size_gb))
    return find_file(server, pool, name)


def grow_file(server: Server, pool: FilePool, name: str, more_gb: Decimal) -> None:
    server.operator.perform("file_pool.grow_file", pool.uuid, name=name, more=str(more_gb))


def rename_file(server: Server, pool: FilePool, name: str, new_name: str) -> None:
    _check_length(new_name)
    server.operator.perform("file_pool.rename_file", pool.uuid, name=name, new_name=new_name)


def delete_file(server: Server, pool: FilePool, name: str) -> None:
    server.operator.perform("file_pool.delete_file", pool.uuid, name=name)


def find_file(server: Server, pool: FilePool, name: str) -> VirtualDisk:
    """By its name in the pool, or its path. Raises Refusal."""
    for file in server.files(pool):
        if name in (file_name(file), file.name):
            return file
    raise Refusal(
        Status.NOT_IN_POOL,
        f'Backing device "{name}" is not in {pool.name}. lssp -bd -sp {pool.name} lists the backing devices of the pool.',
    )


def _check_length(name: str) -> None:
    """An exit status of its own, as IBM documents it for chbdsp."""
    if len(name) > LONGEST_NAME:
        raise Refusal(
            Status.FILE_NAME_TOO_LONG,
            f'"{name}" has {len(name)} characters; the name of a file backing device has at most {LONGEST_NAME}.',
        )
