"""migratepv: moves what lies on a disk to other disks of its volume group."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Operands, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


class Migratepv(Command, name="migratepv", group="Physical Volume"):
    """Moves physical partitions from one physical volume to others."""

    lv = Value("-lv", "LogicalVolume", "only those of this logical volume")
    source = Operand("SourcePhysicalVolume", "the disk to empty")
    targets = Operands("DestinationPhysicalVolume", "the disks that take them; without them any of the group")

    @form(may(lv), source)
    @form(may(lv), source, targets)
    def move(self) -> Iterator[str]:
        group = next(
            (group for group in self.server.groups() if self.source in [disk.name for disk in group.phys_vols]), None
        )
        if group is None:
            raise no_such("Physical volume of a volume group", self.source, "lspv lists the physical volumes.")
        own = [disk.name for disk in group.phys_vols if disk.name != self.source]
        for name in self.targets:
            if name not in own:
                raise Refusal(
                    Status.SYNTAX,
                    f'"{name}" is not another physical volume of volume group {group.name}. extendvg adds disks.',
                )
        volumes = [self.lv] if self.lv else []
        changes.arrange(self.server, group, "move", volumes, self.targets or own, [self.source])
        yield from ()
