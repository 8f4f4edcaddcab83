"""chsp: the disks of a storage pool, and which pool is the default one."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes, file_pool_changes, pool_changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, Value, all_of, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.sizes import gigabytes


class Chsp(Command, name="chsp", group="Storage Pool"):
    """Changes a storage pool."""

    add = Flag("-add", "adds disks")
    rm = Flag("-rm", "removes disks; with -f also the logical volumes on them")
    replace = Flag("-replace", "replaces disks of a shared storage pool")
    force = Flag("-f", "without asking")
    default = Value("-default", "StoragePool", "makes this pool the default one")
    size = Value("-size", "Size", "by how much a file storage pool grows: 1024, 1024M or 20G")
    clustername = Value("-clustername", "ClusterName", "the cluster, for disks of its pool")
    sp = Value("-sp", "StoragePool", "the storage pool; without it the default one")
    oldpv = Value("-oldpv", "PhysicalVolume", "the disk that goes")
    newpv = Value("-newpv", "PhysicalVolume", "the disk that takes its place")
    disks = Operands("PhysicalVolume", "the disks")

    @form(all_of(add, may(force), may(sp), disks))
    def extend(self) -> Iterator[str]:
        group = self.server.group(self.sp or self.server.default_pool)
        disks = [self.server.disk(name) for name in self.disks]
        changes.extend_group(self.server, group, disks, force=self.force)
        yield from ()

    @form(all_of(add, may(sp), size))
    def extend_file_pool(self) -> Iterator[str]:
        pool = self.server.file_pool(self.sp)
        if pool is None:
            name = self.server.group(self.sp or self.server.default_pool).name
            raise Refusal(
                Status.NOT_A_POOL,
                f'"{name}" is a logical volume storage pool: it grows by the physical volumes that it is given.',
            )
        file_pool_changes.grow_pool(self.server, pool, gigabytes(self.size))
        yield from ()

    @form(all_of(rm, may(force), may(sp), disks))
    def reduce(self) -> Iterator[str]:
        group = self.server.group(self.sp or self.server.default_pool)
        held = changes.held_volumes(self.server, group, self.disks)
        if held and not self.force:
            self.server.sitting.agree_to_destroy("chsp", f"all data of backing devices on {', '.join(self.disks)}")
        changes.reduce_group(self.server, group, self.disks, remove_volumes=bool(held) or self.force)
        yield from ()

    @form(default)
    def make_default(self) -> Iterator[str]:
        self.server.keep_text("default_pool", self.server.group(self.default).name)
        yield from ()

    @form(all_of(add, may(force), clustername, sp, disks))
    def extend_shared(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        pool_changes.add_disks(self.server, self.server.tier(pool), {"": self.disks})
        yield "Current request action progress: % 100"

    @form(replace, clustername, sp, oldpv, newpv)
    def replace_shared(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        pool_changes.replace_disk(self.server, pool, self.oldpv, self.server.disk(self.newpv))
        yield "Current request action progress: % 100"
