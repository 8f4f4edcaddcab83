"""mksp: a new storage pool.

What it prints of a file system is recalled, not documented.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import FilePool
from openlpar.vios.padmin import changes, file_pool_changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Operands, Value, form, may
from openlpar.vios.padmin.sizes import gigabytes


def _made(pool: FilePool) -> Iterator[str]:
    """What is said of a new file system."""
    yield "File system created successfully."
    yield f"{pool.size_mb * 1024} kilobytes total disk space."
    yield f"New File System size is {pool.size_mb * 2048}"


class Mksp(Command, name="mksp", group="Storage Pool"):
    """Creates a storage pool of physical volumes, or a file storage pool in another pool."""

    force = Flag("-f", "also of a disk that holds a volume group which was exported")
    pool = Operand("StoragePool", "its name")
    disks = Operands("PhysicalVolume", "its disks")
    fb = Value("-fb", "FBPool", "a file storage pool of this name")
    sp = Value("-sp", "StoragePool", "the pool that it is in")
    size = Value("-size", "Size", "its size: 1024, 1024M or 20G; rounded up to whole physical partitions")

    @form(may(force), pool, disks)
    def create(self) -> Iterator[str]:
        disks = [self.server.disk(name) for name in self.disks]
        yield changes.create_group(self.server, self.pool, disks, force=self.force).name

    @form(fb, sp, size)
    def create_file_pool(self) -> Iterator[str]:
        pool = file_pool_changes.create_pool(self.server, self.server.group(self.sp), self.fb, gigabytes(self.size))
        yield pool.name
        yield from _made(pool)
