"""mkbdsp: a backing device in a storage pool, lent at once where wanted."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import VirtualDisk
from openlpar.vios.padmin import changes, file_pool_changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Value, all_of, form, may
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.server import short_udid
from openlpar.vios.padmin.sizes import gigabytes


class Mkbdsp(Command, name="mkbdsp", group="Storage Pool"):
    """Creates or assigns a backing device."""

    clustername = Value("-clustername", "ClusterName", "the cluster, for a logical unit of its pool")
    sp = Value("-sp", "StoragePool", "the storage pool; without it the default one")
    bd = Value("-bd", "BackingDevice", "its name")
    luudid = Value("-luudid", "LUUDID", "a logical unit by its UDID")
    vadapter = Value("-vadapter", "ServerVirtualSCSIAdapter", "the adapter to lend it through")
    tn = Value("-tn", "TargetDeviceName", "name of the virtual target device")
    thick = Flag("-thick", "a logical unit with all its space from the start")
    size = Operand("Size", "20480, 20480M or 20G")

    _lent = may(all_of(vadapter, may(tn)))

    @form(clustername, sp, size, bd, _lent, may(thick))
    def create_unit(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        tier, size_gb = self.server.tier(pool), gigabytes(self.size)
        unit = changes.create_unit(self.server, tier, self.bd, size_gb, thick=self.thick)
        yield f"Lu Name:{unit.name}"
        yield f"Lu Udid:{short_udid(unit)}"
        if self.vadapter:
            target = changes.connect(self.server, self.server.vhost(self.vadapter), unit, self.tn)
            yield from ["", f'Assigning file "{unit.name}" as a backing device.', "", f"VTD:{target.name}"]

    @form(clustername, sp, bd, vadapter, may(tn))
    @form(clustername, sp, luudid, vadapter, may(tn))
    def assign_unit(self) -> Iterator[str]:
        unit = self.server.unit(self.server.the_pool(self.clustername, self.sp), self.bd, self.luudid)
        target = changes.connect(self.server, self.server.vhost(self.vadapter), unit, self.tn)
        yield from [f'Assigning file "{unit.name}" as a backing device.', "", f"VTD:{target.name}"]

    @form(may(sp), size, bd, _lent)
    def create_device(self) -> Iterator[str]:
        pool = self.server.file_pool(self.sp)
        if pool is not None:
            file = file_pool_changes.create_file(self.server, pool, self.bd, gigabytes(self.size))
            yield f'Creating file "{self.bd}" in storage pool "{pool.name}".'
            if self.vadapter:
                yield from self._assigned("file", file)
            return
        group = self.server.group(self.sp or self.server.default_pool)
        disk = changes.create_disk(self.server, group, self.bd, gigabytes(self.size))
        yield f'Creating logical volume "{disk.name}" in storage pool "{group.name}".'
        if self.vadapter:
            yield from self._assigned("logical volume", disk)

    @form(may(sp), bd, vadapter, may(tn))
    def assign_device(self) -> Iterator[str]:
        pool = self.server.file_pool(self.sp)
        if pool is not None:
            yield from self._assigned("file", file_pool_changes.find_file(self.server, pool, self.bd))
            return
        group = self.server.group(self.sp or self.server.default_pool)
        disk = next((disk for disk in group.virtual_disks if disk.name == self.bd), None)
        if disk is None:
            raise no_such(
                "Backing device", self.bd, f"lssp -bd -sp {group.name} lists the backing devices of the pool."
            )
        yield from self._assigned("logical volume", disk)

    def _assigned(self, kind: str, backing: VirtualDisk) -> Iterator[str]:
        target = changes.connect(self.server, self.server.vhost(self.vadapter), backing, self.tn)
        yield f'Assigning {kind} "{self.bd}" as a backing device.'
        yield f"{target.name} Available"
