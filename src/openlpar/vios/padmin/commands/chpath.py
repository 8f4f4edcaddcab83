"""chpath: whether paths are used."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form, may
from openlpar.vios.padmin.paths import DEFINED, DISABLED, ENABLED, chosen_paths, set_status
from openlpar.vios.padmin.refusal import Refusal, Status

_STATES = {"enable": ENABLED, "disable": DISABLED}


class Chpath(Command, name="chpath", group="Device"):
    """Enables and disables paths to a device."""

    dev = Value("-dev", "DeviceName", "the disk")
    op = Value("-op", "OpStatus", "enable or disable")
    pdev = Value("-pdev", "Parent", "only paths from this device")
    conn = Value(
        "-conn", "Connection", "only the path with this port and logical unit, as lspath -field connection shows it"
    )

    @form(dev, op, may(pdev), may(conn))
    def change(self) -> Iterator[str]:
        status = _STATES.get(self.op)
        if status is None:
            raise Refusal(Status.SYNTAX, f'"{self.op}" is not valid. Use enable or disable.')
        chosen = [path for path in chosen_paths(self.server, self.dev, self.pdev, self.conn) if path.status != DEFINED]
        if not chosen:
            raise Refusal(Status.INCOMPLETE, f"The paths to {self.dev} are Defined only. mkpath makes them available.")
        set_status(self.server, chosen, status)
        yield "paths Changed"
