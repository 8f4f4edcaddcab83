"""lssp: storage pools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openlpar.ports.file_pools import free_mb
from openlpar.ports.pool_space import taken_gb
from openlpar.ports.records import FilePool
from openlpar.uom.physical_partitions import partition_size_mb
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, delimited, listing, picked
from openlpar.vios.padmin.options import Flag, Value, Values, all_of, form, may
from openlpar.vios.padmin.server import bare_id, file_name, pvid, short_udid
from openlpar.vios.padmin.sizes import megabytes, percent
from openlpar.vios.padmin.volumes import extents

_POOLS = (
    Column("pool", "Pool", 15),
    Column("size", "Size(mb)", 11, right=True),
    Column("free", "Free(mb)", 11, right=True),
    Column("alloc", "Alloc Size(mb)", 16, right=True),
    Column("bds", "BDs", 7, right=True),
    Column("type", "Type", 10, gap=1),
)
_BACKING = (
    Column("bd", "Name", 15),
    Column("size", "Size(mb)", 11, right=True),
    Column("vtd", "VTD", 16, gap=1),
    Column("svsa", "SVSA", 10),
)
_DISKS = (
    Column("pvname", "PVName", 17),
    Column("pvid", "PVID", 22),
    Column("size", "Size(mb)", 8, right=True),
)
_UNITS = (
    Column("lu", "Lu Name", 17),
    Column("size", "Size(mb)", 12),
    Column("provision", "ProvisionType", 14),
    Column("used", "%Used", 10, right=True),
    Column("unused", "Unused(mb)", 12, gap=1),
    Column("udid", "Lu Udid", 32),
)
_LABELS = (
    "POOL_NAME",
    "POOL_SIZE",
    "FREE_SPACE",
    "TOTAL_LU_SIZE",
    "OVERCOMMIT_SIZE",
    "TOTAL_LUS",
    "POOL_TYPE",
    "POOL_ID",
)


class Lssp(Command, name="lssp", group="Storage Pool"):
    """Displays storage pools."""

    detail = Flag("-detail", "the physical volumes of the pool")
    backing = Flag("-bd", "the backing devices of the pool")
    default = Flag("-default", "the default storage pool")
    clustername = Value("-clustername", "ClusterName", "the cluster whose pool is meant")
    sp = Value("-sp", "StoragePool", "the storage pool; without it the default one")
    kind = Value("-type", "PoolType", "LVPOOL, FBPOOL or CLPOOL")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(kind), may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        rows = [*map(_pool, self.server.groups()), *(self._file_pool(pool) for pool in self.server.file_pools())]
        wanted = [row for row in rows if self.kind.upper() in ("", row["type"])]
        return listing(_POOLS, wanted, fields=self.field, delimiter=self.fmt)

    def _file_pool(self, pool: FilePool) -> Row:
        """Its allocation size is that of the pool it lies in."""
        group = self.server.change.get(VolumeGroup, pool.group)
        return {
            "pool": pool.name,
            "size": str(pool.size_mb),
            "free": str(free_mb(self.server.change, pool)),
            "alloc": str(partition_size_mb(group)),
            "bds": str(len(self.server.files(pool))),
            "type": "FBPOOL",
        }

    @form(default)
    def show_default(self) -> Iterator[str]:
        yield self._group().name

    @form(backing, may(sp), may(field), may(fmt))
    def list_backing(self) -> Iterator[str]:
        pool = self.server.file_pool(self.sp)
        devices = self.server.files(pool) if pool is not None else list(self._group().virtual_disks)
        lent: dict[str, list[tuple[str, str]]] = {}
        for vhost in self.server.vhosts():
            for target in vhost.targets:
                lent.setdefault(target.backing, []).append((target.name, vhost.name))
        rows = [
            {"bd": file_name(disk), "size": str(megabytes(disk.capacity)), "vtd": vtd, "svsa": svsa}
            for disk in devices
            for vtd, svsa in lent.get(disk.name, [("None", "None")])
        ]
        return listing(_BACKING, rows, fields=self.field, delimiter=self.fmt)

    @form(detail, may(sp), may(field), may(fmt))
    def list_disks(self) -> Iterator[str]:
        rows = ({"pvname": d.name, "pvid": pvid(d), "size": str(d.capacity)} for d in self._disks())
        return listing(_DISKS, rows, fields=self.field, delimiter=self.fmt)

    def _disks(self) -> Iterable[PhysicalVolume]:
        """Of a file storage pool those that its logical volume lies on."""
        pool = self.server.file_pool(self.sp)
        if pool is None:
            return self._group().phys_vols
        group = self.server.change.get(VolumeGroup, pool.group)
        return [extent.disk for extent in extents(self.server, group) if extent.volume.name == pool.name]

    @form(clustername, may(sp), may(field), may(fmt))
    def describe_shared(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        values = (
            pool.name,
            str(megabytes(pool.capacity)),
            str(megabytes(pool.free_space)),
            str(megabytes(pool.total_lu_size)),
            str(megabytes(pool.over_commit_space)),
            str(sum(1 for _ in self.server.units(pool))),
            "CLPOOL",
            bare_id(pool.udid)[32:] or bare_id(pool.udid),
        )
        columns = [Column(label, label, 0) for label in _LABELS]
        row = dict(zip(_LABELS, values, strict=True))
        labels = [column.name for column in picked(columns, self.field)]
        if self.fmt:
            yield delimited([row[label] for label in labels], self.fmt)
            return
        for label in labels:
            yield f"{label + ':':<19}{row[label]}"

    @form(all_of(clustername, sp, backing), may(field), may(fmt))
    def list_units(self) -> Iterator[str]:
        pool = self.server.the_pool(self.clustername, self.sp)
        rows = []
        for _, unit in self.server.units(pool):
            size, used = megabytes(unit.capacity), megabytes(taken_gb(self.server.change, unit))
            rows.append(
                {
                    "lu": unit.name,
                    "size": str(size),
                    "provision": "THIN" if unit.is_thin else "THICK",
                    "used": f"{percent(used, size)}%",
                    "unused": str(size - used),
                    "udid": short_udid(unit),
                }
            )
        return listing(_UNITS, rows, fields=self.field, delimiter=self.fmt)

    def _group(self) -> VolumeGroup:
        return self.server.group(self.sp or self.server.default_pool)


def _pool(group: VolumeGroup) -> Row:
    return {
        "pool": group.name,
        "size": str(megabytes(group.capacity)),
        "free": str(megabytes(group.free_space)),
        "alloc": str(partition_size_mb(group)),
        "bds": str(len(group.virtual_disks)),
        "type": "LVPOOL",
    }
