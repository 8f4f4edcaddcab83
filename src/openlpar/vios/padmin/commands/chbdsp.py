"""chbdsp: size and name of a backing device."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes, file_pool_changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import file_name
from openlpar.vios.padmin.sizes import gigabytes


class Chbdsp(Command, name="chbdsp", group="Storage Pool"):
    """Changes a backing device within a storage pool."""

    sp = Value("-sp", "StoragePool", "the storage pool; without it the default one")
    bd = Value("-bd", "BackingDevice", "the backing device")
    size = Value("-size", "Size", "by how much it grows: 1024, 1024M or 1G")
    rename = Value("-mv", "NewName", "another name")

    @form(may(sp), bd, one(size, rename))
    def change(self) -> Iterator[str]:
        file_pool = self.server.file_pool(self.sp)
        if file_pool is not None:
            file = file_pool_changes.find_file(self.server, file_pool, self.bd)
            if self.rename:
                file_pool_changes.rename_file(self.server, file_pool, file_name(file), self.rename)
            else:
                file_pool_changes.grow_file(self.server, file_pool, file_name(file), gigabytes(self.size))
            return
        names = [group.name for group in self.server.groups()]
        pool = self.sp or self.server.default_pool
        if pool not in names:
            raise Refusal(Status.NOT_A_POOL, f'Storage pool "{pool}" does not exist. lssp lists the storage pools.')
        group = self.server.group(pool)
        disk = next((disk for disk in group.virtual_disks if disk.name == self.bd), None)
        if disk is None:
            raise Refusal(
                Status.NOT_IN_POOL, f'Backing device "{self.bd}" is not in {pool}. lssp -bd -sp {pool} lists them.'
            )
        if self.rename:
            changes.rename_disk(self.server, group, disk, self.rename)
        else:
            changes.grow_disk(self.server, group, disk, gigabytes(self.size))
        yield from ()
