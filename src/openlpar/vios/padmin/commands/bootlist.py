"""bootlist: from which devices the Virtual I/O Server starts."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import find_device
from openlpar.vios.padmin.options import Flag, Operands, Value, form
from openlpar.vios.padmin.refusal import Refusal, Status

_MODES = ("normal", "service", "both")


class Bootlist(Command, name="bootlist", group="Maintenance"):
    """Displays or sets the list of boot devices."""

    mode = Value("-mode", "Mode", f"which list: {', '.join(_MODES)}")
    show_ = Flag("-ls", "displays it")
    devices = Operands("Device", "the devices, in this order")

    @form(mode, show_)
    def show(self) -> Iterator[str]:
        for mode in self._chosen():
            for name in self.server.settings.bootlists.get(mode, self._usual()):
                yield f"{name} blv=hd5" if name.startswith("hdisk") else name

    @form(mode, devices)
    def change(self) -> Iterator[str]:
        for name in self.devices:
            device = find_device(self.server, name)
            if device.kinds != ("disk",) and not device.name.startswith("ent"):
                raise Refusal(Status.SYNTAX, f'"{name}" is not a boot device. Use disks or network adapters.')
        kept = {**self.server.settings.bootlists, **dict.fromkeys(self._chosen(), self.devices)}
        self.server.keep(bootlists=kept)
        yield from ()

    def _chosen(self) -> tuple[str, ...]:
        if self.mode not in _MODES:
            raise Refusal(Status.SYNTAX, f'Mode "{self.mode}" is not valid. The modes are: {", ".join(_MODES)}.')
        return ("normal", "service") if self.mode == "both" else (self.mode,)

    def _usual(self) -> tuple[str, ...]:
        """The disks of rootvg: the server was installed on them."""
        return tuple(disk.name for group in self.server.groups() if group.name == "rootvg" for disk in group.phys_vols)
