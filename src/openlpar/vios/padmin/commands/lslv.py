"""lslv: a logical volume, or the ones that back nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.uom.physical_partitions import partition_size_mb
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, described, listing
from openlpar.vios.padmin.options import Flag, Operand, Value, Values, form, may
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.sizes import megabytes
from openlpar.vios.padmin.volumes import Extent, extents, logical_volumes

PARTITIONS = (
    Column("LP", "LP", 6),
    Column("PP1", "PP1", 5),
    Column("PV1", "PV1", 18),
    Column("PP2", "PP2", 5),
    Column("PV2", "PV2", 18),
    Column("PP3", "PP3", 5),
    Column("PV3", "PV3", 18),
)
_MOST_COPIES = 3
_DISKS = (
    Column("PV", "PV", 18),
    Column("COPIES", "COPIES", 14),
    Column("IN BAND", "IN BAND", 14),
    Column("DISTRIBUTION", "DISTRIBUTION", 30),
)
_FREE = (Column("LV NAME", "LV NAME", 16), Column("SIZE", "SIZE(megabytes)", 20), Column("VG", "VOLUME GROUP", 15))


class Lslv(Command, name="lslv", group="Logical Volume"):
    """Displays a logical volume."""

    free = Flag("-free", "the logical volumes that are not lent")
    map = Flag("-map", "the physical partitions of its logical partitions")
    pv = Flag("-pv", "the physical volumes it is on")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    volume = Operand("LogicalVolume", "the logical volume")

    @form(free, may(field), may(fmt))
    def list_free(self) -> Iterator[str]:
        lent = self.server.lent()
        rows = (
            {"LV NAME": disk.name, "SIZE": str(megabytes(disk.capacity)), "VG": group.name}
            for group in self.server.groups()
            for disk in group.virtual_disks
            if disk.name not in lent
        )
        return listing(_FREE, rows, fields=self.field, delimiter=self.fmt)

    @form(volume, may(field), may(fmt))
    def describe(self) -> Iterator[str]:
        for group in self.server.groups():
            for volume in logical_volumes(self.server, group):
                if volume.name != self.volume:
                    continue
                rows = [
                    ("LOGICAL VOLUME", volume.name, "VOLUME GROUP", group.name),
                    ("LV IDENTIFIER", volume.identifier, "PERMISSION", "read/write"),
                    ("VG STATE", "active/complete", "LV STATE", volume.state.replace("open", "opened")),
                    ("TYPE", volume.kind, "WRITE VERIFY", "off"),
                    ("MAX LPs", "32512", "PP SIZE", f"{partition_size_mb(group)} megabyte(s)"),
                    ("COPIES", str(len(volume.copies)), "SCHED POLICY", "parallel"),
                    ("LPs", str(volume.partitions), "PPs", str(volume.physical)),
                    ("STALE PPs", str(volume.stale), "BB POLICY", "non-relocatable"),
                    ("INTER-POLICY", "minimum", "RELOCATABLE", "yes"),
                    ("INTRA-POLICY", "middle", "UPPER BOUND", "1024"),
                    ("MOUNT POINT", volume.mount, "LABEL", "None"),
                    ("DEVICE UID", "0", "DEVICE GID", "0"),
                    ("DEVICE PERMISSIONS", "432", "", ""),
                    ("MIRROR WRITE CONSISTENCY", "on/ACTIVE", "", ""),
                    ("EACH LP COPY ON A SEPARATE PV ?", "yes", "", ""),
                    ("Serialize IO ?", "NO", "", ""),
                    ("DEVICESUBTYPE", "DS_LVZ", "", ""),
                ]
                yield from self._printed(rows)
                return
        raise no_such("Logical volume", self.volume, "lsvg -lv GROUP lists the logical volumes of a group.")

    @form(map, volume, may(field), may(fmt))
    def show_map(self) -> Iterator[str]:
        yield from self._titled(PARTITIONS, partition_rows(self._extents()))

    @form(pv, volume, may(field), may(fmt))
    def show_disks(self) -> Iterator[str]:
        by_disk: dict[str, list[Extent]] = {}
        for extent in self._extents():
            by_disk.setdefault(extent.disk.name, []).append(extent)
        rows = []
        for disk, found in by_disk.items():
            count = sum(extent.count for extent in found)
            regions = [sum(each) for each in zip(*(extent.regions for extent in found), strict=True)]
            rows.append(
                {
                    "PV": disk,
                    "COPIES": f"{count:03}:000:000",  # copies lie on separate disks
                    "IN BAND": f"{100 * regions[2] // count}%",
                    "DISTRIBUTION": ":".join(f"{number:03}" for number in regions),
                }
            )
        yield from self._titled(_DISKS, rows)

    def _titled(self, columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[str]:
        if not self.fmt:
            mount = next(extent.volume.mount for extent in self._extents())
            yield f"{self.volume}:{mount}"
        yield from listing(columns, rows, fields=self.field, delimiter=self.fmt)

    def _extents(self) -> list[Extent]:
        found = [
            extent
            for group in self.server.groups()
            for extent in extents(self.server, group)
            if extent.volume.name == self.volume
        ]
        if not found:
            raise no_such("Logical volume", self.volume, "lsvg -lv GROUP lists the logical volumes of a group.")
        return found

    def _printed(self, rows: list[tuple[str, str, str, str]]) -> Iterator[str]:
        if self.field or self.fmt:
            pairs = [pair for a, b, c, d in rows for pair in ((a, b), (c, d)) if pair[0]]
            yield from described(pairs, fields=self.field, delimiter=self.fmt)
            return
        for left, value, right, other in rows:
            start = f"{left + ':':<20}" if len(left) < 19 else f"{left}: "
            yield (f"{start}{value:<22} " + (f"{right + ':':<15} {other}" if right else "")).rstrip()


def partition_rows(extents: Sequence[Extent]) -> list[Row]:
    """One for each logical partition of a logical volume, with its physical partition in each copy."""
    rows: list[Row] = []
    for copy in range(_MOST_COPIES):
        places = [
            (extent.disk.name, partition)
            for extent in extents
            if extent.copy == copy
            for partition in range(extent.first, extent.first + extent.count)
        ]
        for number, (disk, partition) in enumerate(places):
            if number == len(rows):
                rows.append({**dict.fromkeys((column.name for column in PARTITIONS), ""), "LP": f"{number + 1:04}"})
            rows[number] = {**rows[number], f"PP{copy + 1}": f"{partition:04}", f"PV{copy + 1}": disk}
    return rows
