"""cfgdev: looks for new devices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from openlpar.ports.records import LinkAggregation, SanVolume, VirtualLog
from openlpar.uom.ethernet_ports import unknown_ports
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import find_device
from openlpar.vios.padmin.options import Value, form, may
from openlpar.vios.padmin.paths import REMOVED


class Cfgdev(Command, name="cfgdev", group="Device"):
    """Configures devices."""

    dev = Value("-dev", "DeviceName", "only this device and what is below it")

    @form(may(dev))
    def look(self) -> Iterator[str]:
        """Silent, as on a VIOS. What rmdev and rmpath took away is found, volumes that were masked to the server meanwhile, and the
        ports of new Ethernet cards; all other devices follow the state at once."""
        disks = self.server.removed_disks()
        below = ""
        if self.dev:
            device = find_device(self.server, self.dev)
            below = device.name if "disk" in device.kinds else ""
        groups = self.server.change.where(LinkAggregation, vios=self.server.uuid)
        aggregated = {str(port.get("PhysicalLocation", "")) for group in groups for port in group.ports}
        ports = unknown_ports(self.server.vios, aggregated)
        if disks or self.server.change.count(SanVolume) or any(ports):
            self.server.operator.perform("vios.configure_devices", self.server.uuid, below=below)
        kept = self.server.settings.paths
        found = {key: status for key, status in kept.items() if status != REMOVED}
        if found != kept:
            self.server.keep(paths=found)
        for log in tuple(self.server.change.where(VirtualLog, vios=self.server.uuid)):
            if log.defined and self.dev in ("", log.device):
                self.server.operator.keep(replace(log, defined=False))
        yield from ()
