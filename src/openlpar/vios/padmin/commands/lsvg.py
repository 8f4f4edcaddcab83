"""lsvg: volume groups."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.group_layouts import policy_of
from openlpar.uom.physical_partitions import PARTITIONS_PER_VOLUME, VOLUMES_PER_GROUP
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.lslv import PARTITIONS, partition_rows
from openlpar.vios.padmin.layout import Column, described, listing
from openlpar.vios.padmin.options import Flag, Operand, Value, Values, form, may
from openlpar.vios.padmin.sizes import distribution
from openlpar.vios.padmin.volumes import disk_ledgers, disk_state, extents, ledger, logical_volumes, stale_on

_VOLUMES = (
    Column("LV NAME", "LV NAME", 20),
    Column("TYPE", "TYPE", 11),
    Column("LPs", "LPs", 8),
    Column("PPs", "PPs", 8),
    Column("PVs", "PVs", 5),
    Column("LV STATE", "LV STATE", 14),
    Column("MOUNT POINT", "MOUNT POINT", 12),
)
_DISKS = (
    Column("PV_NAME", "PV_NAME", 18),
    Column("PV STATE", "PV STATE", 18),
    Column("TOTAL PPs", "TOTAL PPs", 12),
    Column("FREE PPs", "FREE PPs", 12),
    Column("FREE DISTRIBUTION", "FREE DISTRIBUTION", 18),
)


class Lsvg(Command, name="lsvg", group="Volume Group"):
    """Displays volume groups."""

    lv = Flag("-lv", "the logical volumes of the group")
    map = Flag("-map", "the physical partitions of its logical volumes")
    pv = Flag("-pv", "the physical volumes of the group")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    group_name = Operand("VolumeGroup", "the volume group")

    @form()
    def list_all(self) -> Iterator[str]:
        return (group.name for group in self.server.groups())

    @form(lv, group_name, may(field), may(fmt))
    def list_volumes(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        rows = [
            {
                "LV NAME": volume.name,
                "TYPE": volume.kind,
                "LPs": str(volume.partitions),
                "PPs": str(volume.physical),
                "PVs": str(volume.disks),
                "LV STATE": volume.state,
                "MOUNT POINT": volume.mount,
            }
            for volume in logical_volumes(self.server, group)
        ]
        if not self.fmt:
            yield f"{group.name}:"
        yield from listing(_VOLUMES, rows, fields=self.field, delimiter=self.fmt)

    @form(map, group_name)
    def show_map(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        found = extents(self.server, group)
        for volume in logical_volumes(self.server, group):
            yield f"{volume.name}:{volume.mount}"
            yield from listing(PARTITIONS, partition_rows([each for each in found if each.volume == volume]))

    @form(pv, group_name, may(field), may(fmt))
    def list_disks(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        rows = [
            {
                "PV_NAME": disk.name,
                "PV STATE": disk_state(self.server, disk),
                "TOTAL PPs": str(count.total),
                "FREE PPs": str(count.free),
                "FREE DISTRIBUTION": distribution(count.total, count.used)[0],
            }
            for disk, count in disk_ledgers(self.server, group)
        ]
        if not self.fmt:
            yield f"{group.name}:"
        yield from listing(_DISKS, rows, fields=self.field, delimiter=self.fmt)

    @form(group_name, may(field), may(fmt))
    def describe(self) -> Iterator[str]:
        group = self.server.group(self.group_name)
        count, volumes = ledger(group), logical_volumes(self.server, group)
        policy = policy_of(self.server.change, group)
        maximum, disks = group.max_logical_volumes or 256, len(group.phys_vols)
        stale = [stale_on(self.server, group, disk) for disk in group.phys_vols]
        missing = sum(disk_state(self.server, disk) == "missing" for disk in group.phys_vols)
        mirrored = any(len(volume.copies) > 1 for volume in volumes)
        quorum = "1 (Disabled)" if mirrored else f"{disks // 2 + 1} (Enabled)"
        rows = [
            ("VOLUME GROUP", group.name, "VG IDENTIFIER", group.serial_id),
            ("VG STATE", group.group_state or "active", "PP SIZE", f"{count.partition_mb} megabyte(s)"),
            ("VG PERMISSION", "read/write", "TOTAL PPs", count.text(count.total)),
            ("MAX LVs", str(maximum), "FREE PPs", count.text(count.free)),
            ("LVs", str(len(volumes)), "USED PPs", count.text(count.used)),
            ("OPEN LVs", str(sum(volume.is_open for volume in volumes)), "QUORUM", quorum),
            ("TOTAL PVs", str(disks), "VG DESCRIPTORS", {1: "2", 2: "3"}.get(disks, str(disks))),
            ("STALE PVs", str(sum(map(bool, stale))), "STALE PPs", str(sum(stale))),
            ("ACTIVE PVs", str(disks - missing), "AUTO ON", "yes"),
            ("MAX PPs per VG", "32512", "", ""),
            (
                "MAX PPs per PV",
                str(PARTITIONS_PER_VOLUME * policy.factor),
                "MAX PVs",
                str(VOLUMES_PER_GROUP // policy.factor),
            ),
            ("LTG size (Dynamic)", "256 kilobyte(s)", "AUTO SYNC", "no"),
            ("HOT SPARE", "no", "BB POLICY", "relocatable" if policy.relocates else "non-relocatable"),
            ("PV RESTRICTION", "none", "INFINITE RETRY", "no"),
        ]
        if self.field or self.fmt:
            pairs = [pair for a, b, c, d in rows for pair in ((a, b), (c, d)) if pair[0]]
            yield from described(pairs, fields=self.field, delimiter=self.fmt)
            return
        for left, value, right, other in rows:
            yield (f"{left + ':':<20}{value:<25}" + (f"{right + ':':<16}{other}" if right else "")).rstrip()
