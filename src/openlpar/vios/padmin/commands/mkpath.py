"""mkpath: brings paths back that rmpath took away."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.paths import DEFINED, ENABLED, REMOVED, chosen_paths, set_status
from openlpar.vios.padmin.refusal import Refusal, Status


class Mkpath(Command, name="mkpath", group="Device"):
    """Adds paths to a device."""

    dev = Value("-dev", "DeviceName", "the disk")
    pdev = Value("-pdev", "Parent", "only paths from this device")
    conn = Value("-conn", "Connection", "only the path with this port and logical unit")
    define = Flag("-def", "defines them without configuring them")

    @form(dev, may(pdev), may(conn), may(define))
    def make(self) -> Iterator[str]:
        chosen = chosen_paths(self.server, self.dev, self.pdev, self.conn, removed=True)
        missing = [path for path in chosen if path.status == REMOVED or (path.status == DEFINED and not self.define)]
        if not missing:
            raise Refusal(Status.INCOMPLETE, f"All paths to {self.dev} are there. lspath -dev {self.dev} lists them.")
        set_status(self.server, missing, DEFINED if self.define else ENABLED)
        what = "path" if len(missing) == 1 else "paths"
        yield f"{what} {'Defined' if self.define else 'Available'}"
