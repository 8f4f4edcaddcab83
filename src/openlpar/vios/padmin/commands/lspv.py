"""lspv: physical volumes."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, described, listing
from openlpar.vios.padmin.options import Flag, Operand, Value, Values, all_of, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server, pvid
from openlpar.vios.padmin.sizes import distribution
from openlpar.vios.padmin.volumes import disk_ledgers, logical_volumes

_ALL = (Column("NAME", "NAME", 17), Column("PVID", "PVID", 37), Column("VG", "VG", 17), Column("STATUS", "STATUS", 8))
_SIZES = (Column("NAME", "NAME", 16), Column("PVID", "PVID", 36), Column("SIZE", "SIZE(megabytes)", 15))
_OF_POOL = (Column("PV NAME", "PV NAME", 17), Column("SIZE", "SIZE(MB)", 12), Column("PVUDID", "PVUDID", 32))
REPOSITORY_GROUP = "caavg_private"


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
        disks = self.server.disks()
        if self.avail or self.free:
            disks = [disk for disk in disks if is_available(self.server, disk)]
        if self.free:
            disks = [disk for disk in disks if not self.server.users(disk.name)]
        columns = _SIZES if self.avail or self.free or self.size else _ALL
        return listing(columns, map(self._row, disks), fields=self.field, delimiter=self.fmt)

    def _row(self, disk: PhysicalVolume) -> Row:
        group = _group_name(self.server, disk)
        return {
            "NAME": disk.name,
            "PVID": pvid(disk) if group else "none",
            "VG": group or "None",
            "STATUS": "active" if group else "",
            "SIZE": str(disk.capacity),
        }

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
        group = self.server.group_of(disk)
        if group is None:
            raise Refusal(
                Status.INCOMPLETE,
                f"0516-320 lspv: Physical volume {disk.name} is not assigned to\n        a volume group.",
            )
        count = next(ledger for each, ledger in disk_ledgers(group) if each.name == disk.name)
        free, used = distribution(count.total, count.used)
        volumes = len(logical_volumes(self.server, group))
        rows = [
            ("PHYSICAL VOLUME", disk.name, "VOLUME GROUP", group.name),
            ("PV IDENTIFIER", pvid(disk), "VG IDENTIFIER", group.serial_id),
            ("PV STATE", disk.state or "active", "", ""),
            ("STALE PARTITIONS", "0", "ALLOCATABLE", "yes"),
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


def is_available(server: Server, disk: PhysicalVolume) -> bool:
    """Whether a physical volume could be lent: it is in no volume group, pool or repository."""
    if _group_name(server, disk):
        return False
    pools = server.cluster()
    if pools is not None and disk.udid in [each.udid for each in server.the_pool().physical_volumes]:
        return False
    shown = next((each for each in server.vios.phys_vols if each.name == disk.name), disk)
    return bool(shown.avail_for_use or not shown.has("avail_for_use") or server.users(disk.name))


def _group_name(server: Server, disk: PhysicalVolume) -> str:
    """The volume group of a disk, the cluster's own one for its repository disk; "" when it is in none."""
    group = server.group_of(disk)
    if group is not None:
        return group.name
    cluster = server.cluster()
    repository = cluster.repository_disk.repos_pv if cluster else None
    return REPOSITORY_GROUP if repository and repository.udid and repository.udid == disk.udid else ""
