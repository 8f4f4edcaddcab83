"""mirrorios: a second copy of everything in rootvg."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.messages import Failure, Kind
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, form, may
from openlpar.vios.padmin.refusal import Refusal, Status


class Mirrorios(Command, name="mirrorios", group="Volume Group"):
    """Mirrors all logical volumes of rootvg. The server is restarted afterwards, unless that is deferred."""

    force = Flag("-f", "without asking whether to restart")
    defer = Flag("-defer", "does not restart the server; no level since 1.5 needs it")
    disks = Operands("PhysicalVolume", "disks of rootvg that take the copies; without them any")

    @form(may(force), may(defer), may(disks))
    def mirror(self) -> Iterator[str]:
        if not (self.force or self.defer):
            self.server.sitting.agree(
                "This command causes a reboot. Continue", "repeat the command with -defer, or with -f to restart."
            )
        group = self.server.group("rootvg")
        self._check_disks([disk.name for disk in group.phys_vols])
        try:
            changes.arrange(self.server, group, "mirror", disks=self.disks)
        except Failure as failure:
            if failure.kind is Kind.EXISTS:
                raise Refusal(Status.IS_MIRRORED, failure.text) from failure
            raise
        if not self.defer:
            yield from self.server.restart()

    def _check_disks(self, own: list[str]) -> None:
        for name in self.disks:
            self.server.disk(name)
            if name not in own:
                raise Refusal(
                    Status.IN_OTHER_GROUP,
                    f"Physical volume {name} is not in rootvg. Add it with 'extendvg rootvg {name}'.",
                )
