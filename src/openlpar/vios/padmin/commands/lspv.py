"""lspv: physical volumes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, described, listing
from openlpar.vios.padmin.options import Flag, Operand, Value, Values, all_of, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import REPOSITORY_GROUP, pvid
from openlpar.vios.padmin.sizes import distribution
from openlpar.vios.padmin.volumes import disk_ledgers, disk_state, extents, stale_on

_ALL = (Column("NAME", "NAME", 17), Column("PVID", "PVID", 37), Column("VG", "VG", 17), Column("STATUS", "STATUS", 8))
_SIZES = (Column("NAME", "NAME", 16), Column("PVID", "PVID", 36), Column("SIZE", "SIZE(megabytes)", 15))
_OF_POOL = (Column("PV NAME", "PV NAME", 17), Column("SIZE", "SIZE(MB)", 12), Column("PVUDID", "PVUDID", 32))


class Lspv(Command, name="lspv", group="Physical Volume"):
    """Displays physical volumes."""

    avail = Flag("-avail", "only those that could be backing devices")
    free = Flag("-free", "only those that could be backing devices and are not yet")
    size = Flag("-size", "with their sizes in MB")
    clustername = Value("-clustername", "ClusterName", "the cluster whose pool is meant")
    sp = Value("-sp", "StoragePool", "the shared storage pool")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    disk = Operand("PhysicalVolume", "the physical volume to describe")

    @form(may(one(avail, free, size)), may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        groups = self.server.group_names()
        disks = self._available(groups) if self.avail or self.free else self.server.disks()
        columns = _SIZES if self.avail or self.free or self.size else _ALL
        identified = self.server.identified_disks()
        active = {group.name for group in self.server.groups() if group.group_state != "inactive"} | {REPOSITORY_GROUP}
        rows = (_row(disk, groups, identified, active) for disk in disks)
        return listing(columns, rows, fields=self.field, delimiter=self.fmt)

    def _available(self, groups: Mapping[str, str]) -> Iterator[PhysicalVolume]:
        """What could be lent (-free: and is not yet): it is in no volume group, pool or repository."""
        shared = {disk.udid for disk in self.server.the_pool().physical_volumes} if self.server.cluster() else set()
        refused = {
            disk.name for disk in self.server.vios.phys_vols if disk.has("avail_for_use") and not disk.avail_for_use
        }
        lent = self.server.lent()
        for disk in self.server.disks():
            if disk.name in groups or disk.udid in shared:
                continue
            if disk.name in lent:
                if self.avail:
                    yield disk
            elif disk.name not in refused:
                yield disk

    @form(all_of(clustername, sp), may(field), may(fmt))
    def list_of_pool(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        rows = ({"PV NAME": d.name, "SIZE": str(d.capacity), "PVUDID": d.udid} for d in pool.physical_volumes)
        return listing(_OF_POOL, rows, fields=self.field, delimiter=self.fmt)

    @form(size, disk)
    def show_size(self) -> Iterator[str]:
        yield str(self.server.disk(self.disk).capacity)

    @form(disk, may(field), may(fmt))
    def describe(self) -> Iterator[str]:
        disk = self.server.disk(self.disk)
        name = self.server.group_names().get(disk.name, REPOSITORY_GROUP)
        if name == REPOSITORY_GROUP:
            raise Refusal(
                Status.INCOMPLETE,
                f"0516-320 lspv: Physical volume {disk.name} is not assigned to\n        a volume group.",
            )
        group = self.server.group(name)
        count = next(ledger for each, ledger in disk_ledgers(self.server, group) if each.name == disk.name)
        free, used = distribution(count.total, count.used)
        volumes = len({extent.volume.name for extent in extents(self.server, group) if extent.disk.name == disk.name})
        rows = [
            ("PHYSICAL VOLUME", disk.name, "VOLUME GROUP", group.name),
            ("PV IDENTIFIER", pvid(disk), "VG IDENTIFIER", group.serial_id),
            ("PV STATE", disk_state(self.server, disk), "", ""),
            ("STALE PARTITIONS", str(stale_on(self.server, group, disk)), "ALLOCATABLE", "yes"),
            ("PP SIZE", f"{count.partition_mb} megabyte(s)", "LOGICAL VOLUMES", str(volumes)),
            ("TOTAL PPs", count.text(count.total), "VG DESCRIPTORS", "2"),
            ("FREE PPs", count.text(count.free), "HOT SPARE", "no"),
            ("USED PPs", count.text(count.used), "MAX REQUEST", "256 kilobytes"),
            ("FREE DISTRIBUTION", free, "", ""),
            ("USED DISTRIBUTION", used, "", ""),
            ("MIRROR POOL", "None", "", ""),
        ]
        if self.field or self.fmt:
            pairs = [pair for a, b, c, d in rows for pair in ((a, b), (c, d)) if pair[0]]
            yield from described(pairs, fields=self.field, delimiter=self.fmt)
            return
        for left, value, right, other in rows:
            yield (f"{left + ':':<20}{value:<25}" + (f"{right + ':':<18}{other}" if right else "")).rstrip()


def _row(disk: PhysicalVolume, groups: Mapping[str, str], identified: Collection[str], active: Collection[str]) -> Row:
    group = groups.get(disk.name, "")
    return {
        "NAME": disk.name,
        "PVID": pvid(disk) if disk.name in identified else "none",
        "VG": group or "None",
        "STATUS": "active" if group in active else "",
        "SIZE": str(disk.capacity),
    }
