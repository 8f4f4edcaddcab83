"""rmbdsp: takes a backing device from its client and removes it."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import FilePool
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.volume_group import VirtualDisk
from openlpar.vios.padmin import changes, file_pool_changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.server import file_name, short_udid


class Rmbdsp(Command, name="rmbdsp", group="Storage Pool"):
    """Removes a backing device from its client and its pool."""

    clustername = Value("-clustername", "ClusterName", "the cluster, for logical units of its pool")
    sp = Value("-sp", "StoragePool", "the storage pool; without it the default one")
    bd = Value("-bd", "BackingDevice", "the backing device")
    vtd = Value("-vtd", "VirtualTargetDevice", "the device it is lent through")
    luudid = Value("-luudid", "LUUDID", "a logical unit by its UDID")
    every = Flag("-all", "all logical units of the pool")
    save = Flag("-saveBD", "only take it from its client")
    force = Flag("-f", "without asking")

    @form(clustername, sp, one(bd, luudid, every), may(save), may(force))
    def remove_units(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        units = [unit for _, unit in self.server.units(pool)]
        if not self.every:
            units = [self.server.unit(pool, self.bd, self.luudid)]
        for unit in units:
            yield from self._taken(f"{unit.name}.{short_udid(unit)}")
        if not self.save:
            yield from self._removed(units)

    def _removed(self, units: list[LogicalUnit]) -> Iterator[str]:
        changes.delete_units(self.server, self.server.the_pool(self.clustername, self.sp), units)
        for unit in units:
            yield f'Logical unit {unit.name} with udid "{short_udid(unit)}" is removed.'

    @form(may(sp), one(bd, vtd), may(save), may(force))
    def remove_device(self) -> Iterator[str]:
        file = self._file()
        if file is not None:
            yield from self._remove_file(*file)
            return
        name = self.bd or self.server.target(self.vtd).backing
        group = self.server.group(self.sp or self.server.default_pool)
        if name not in [disk.name for disk in group.virtual_disks]:
            raise no_such("Backing device", name, f"lssp -bd -sp {group.name} lists the backing devices of the pool.")
        yield from self._taken(name, self.vtd)
        if not self.save:
            group = self.server.group(group.name)
            changes.delete_disk(self.server, group, next(disk for disk in group.virtual_disks if disk.name == name))
            yield f"rmlv: Logical volume {name} is removed."

    def _file(self) -> tuple[FilePool, VirtualDisk] | None:
        """The file that is meant, with its pool; None for a logical volume. A target device tells the pool."""
        lent = self.server.target(self.vtd).backing if self.vtd else ""
        for pool in self.server.file_pools():
            if pool.name == self.sp:
                return pool, file_pool_changes.find_file(self.server, pool, self.bd or lent)
            for file in self.server.files(pool):
                if file.name == lent and not self.sp:
                    return pool, file
        return None

    def _remove_file(self, pool: FilePool, file: VirtualDisk) -> Iterator[str]:
        yield from self._taken(file.name, self.vtd)
        if not self.save:
            file_pool_changes.delete_file(self.server, pool, file_name(file))
            yield f'File "{file_name(file)}" is removed.'

    def _taken(self, backing: str, only: str = "") -> Iterator[str]:
        for target in self.server.users(backing):
            if only in ("", target.name):
                changes.disconnect(self.server, target)
                yield f"{target.name} deleted"
