"""cfgdev: looks for new devices."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import devices
from openlpar.vios.padmin.options import Value, form, may
from openlpar.vios.padmin.refusal import no_such


class Cfgdev(Command, name="cfgdev", group="Device"):
    """Configures devices."""

    dev = Value("-dev", "DeviceName", "only below this device")

    @form(may(dev))
    def look(self) -> Iterator[str]:
        """Silent, as on a VIOS; and there is nothing to find: devices follow the state at once."""
        if self.dev and self.dev not in [device.name for device in devices(self.server)]:
            raise no_such("Device", self.dev, "lsdev lists the devices.")
        yield from ()
