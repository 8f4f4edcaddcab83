"""migratepv: moves what lies on a disk to other disks of its volume group."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Operands, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such, not_yet
from openlpar.vios.padmin.volumes import disk_ledgers


class Migratepv(Command, name="migratepv", group="Physical Volume"):
    """Moves physical partitions from one physical volume to others."""

    lv = Value("-lv", "LogicalVolume", "only those of this logical volume")
    source = Operand("SourcePhysicalVolume", "the disk to empty")
    targets = Operands("DestinationPhysicalVolume", "the disks that take them; without them any of the group")

    @form(may(lv), source)
    @form(may(lv), source, targets)
    def move(self) -> Iterator[str]:
        """Disks of a group are filled in order: the emptied one goes last, those that take the partitions first."""
        if self.lv:
            raise not_yet("migratepv -lv", "Leave it out: all partitions are moved.")
        group = next(
            (group for group in self.server.groups() if self.source in [disk.name for disk in group.phys_vols]), None
        )
        if group is None:
            raise no_such("Physical volume of a volume group", self.source, "lspv lists the physical volumes.")
        counts = {disk.name: count for disk, count in disk_ledgers(group)}
        targets = self.targets or tuple(name for name in counts if name != self.source)
        for name in targets:
            if name not in counts or name == self.source:
                raise Refusal(
                    Status.SYNTAX,
                    f'"{name}" is not another physical volume of volume group {group.name}. extendvg adds disks.',
                )
        needed, free = counts[self.source].used, sum(counts[name].free for name in targets)
        if needed > free:
            raise Refusal(
                Status.INCOMPLETE, f"{needed} physical partitions have to move, but there is room for {free}."
            )
        moved = {disk.name: disk for disk in group.phys_vols}
        last = [moved.pop(self.source)]
        first = [disk for name, disk in moved.items() if counts[name].used]
        empty = [disk for name, disk in moved.items() if not counts[name].used]
        first += sorted(empty, key=lambda disk: disk.name not in targets)
        self.server.operator.update(group.evolve(phys_vols=(*first, *last)))
        yield from ()
