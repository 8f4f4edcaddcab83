"""rmpath: unconfigures paths, or removes them."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.paths import DEFINED, REMOVED, chosen_paths, set_status


class Rmpath(Command, name="rmpath", group="Device"):
    """Removes paths to a device."""

    dev = Value("-dev", "DeviceName", "the disk")
    pdev = Value("-pdev", "Parent", "only paths from this device")
    conn = Value("-conn", "Connection", "only the path with this port and logical unit")
    rm = Flag("-rm", "removes their definition too; without it they stay Defined")

    @form(dev, may(pdev), may(conn), may(rm))
    @form(pdev, may(conn), may(rm))
    def remove(self) -> Iterator[str]:
        chosen = chosen_paths(self.server, self.dev, self.pdev, self.conn)
        set_status(self.server, chosen, REMOVED if self.rm else DEFINED)
        what = "path" if len(chosen) == 1 else "paths"
        yield f"{what} {'Deleted' if self.rm else 'Defined'}"
