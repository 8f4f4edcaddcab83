"""prepdev: what has to be done before a device can be lent."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form
from openlpar.vios.padmin.paths import in_use_as


class Prepdev(Command, name="prepdev", group="Device"):
    """Tells what has to be done before a disk can be lent to a client."""

    dev = Value("-dev", "DeviceName", "the disk")

    @form(dev)
    def tell(self) -> Iterator[str]:
        disk = self.server.disk(self.dev)
        use = in_use_as(self.server, disk.name)
        group = self.server.group_names().get(disk.name, "")
        if group:
            yield f'The device is already being used by volume group "{group}". Backup device data and'
            yield "then remove the volume group using the rmsp command."
        elif use:
            yield f"The device is already being used: {use}. Take it out of use first."
        else:
            yield f"{disk.name} can be lent: nothing uses it."
