"""mksp: a new storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Operands, Value, form, may
from openlpar.vios.padmin.refusal import not_yet


class Mksp(Command, name="mksp", group="Storage Pool"):
    """Creates a storage pool of physical volumes."""

    force = Flag("-f", "also of a disk that holds a volume group which was exported")
    pool = Operand("StoragePool", "its name")
    disks = Operands("PhysicalVolume", "its disks")
    fb = Value("-fb", "FBPool", "a file storage pool of this name")
    sp = Value("-sp", "StoragePool", "the pool that it is in")
    size = Value("-size", "Size", "its size")

    @form(may(force), pool, disks)
    def create(self) -> Iterator[str]:
        disks = [self.server.disk(name) for name in self.disks]
        yield changes.create_group(self.server, self.pool, disks, force=self.force).name

    @form(fb, sp, size)
    def create_file_pool(self) -> Iterator[str]:
        raise not_yet("mksp -fb", "Backing devices that are files are not modelled: use logical volumes (mkbdsp).")
