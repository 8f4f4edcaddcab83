"""rmdev: takes devices out of the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import Device, devices, find_device
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.virtual_logs import logs, take_device

_REMOVABLE = "disks, virtual target devices, and virtual SCSI and Fibre Channel server adapters"


class Rmdev(Command, name="rmdev", group="Device"):
    """Removes devices."""

    dev = Value("-dev", "DeviceName", "the device")
    pdev = Value("-pdev", "DeviceName", "the devices below this one; it stays itself")
    recursive = Flag("-recursive", "with the devices below it")
    ucfg = Flag("-ucfg", "only unconfigures it: it stays Defined until cfgdev")
    force = Flag("-f", "without asking")

    @form(may(force), one(dev, pdev), may(recursive), may(ucfg))
    def remove(self) -> Iterator[str]:
        found = devices(self.server)
        top = find_device(self.server, self.dev or self.pdev)
        below = [device for device in found if device.parent == top.name]
        if self.pdev and not below:
            raise Refusal(
                Status.NOT_FOUND, f'There is no device below "{top.name}". lsdev -dev {top.name} -child lists them.'
            )
        if self.dev and below and not self.recursive:
            names = ", ".join(device.name for device in below)
            raise Refusal(
                Status.INCOMPLETE, f"{top.name} has devices below it: {names}. Remove them first, or use -recursive."
            )
        for device in [*below, *([top] if self.dev else [])]:
            yield self._taken_away(device)

    def _taken_away(self, device: Device) -> str:
        log = next((log for log in logs(self.server) if log.device == device.name), None)
        if log is not None:
            return take_device(self.server, log, defined=self.ucfg)
        is_disk = device.kinds == ("disk",) and not device.virtual
        is_virtual = (
            device.virtual and device.parent.startswith(("vhost", "vio0")) and device.name[:3] in ("vho", "vfc")
        )
        is_target = device.virtual and device.parent.startswith("vhost")
        if not (is_disk or is_virtual or is_target):
            raise Refusal(
                Status.INCOMPLETE,
                f"{device.name} follows from the partition's adapters and cannot be removed here. rmdev removes {_REMOVABLE}.",
            )
        if self.ucfg and not is_disk:
            raise Refusal(
                Status.INCOMPLETE,
                f"{device.name} cannot be left Defined: what a virtual device lends follows its mapping. "
                "Leave -ucfg out to remove it.",
            )
        if device.status == "Available":
            self.server.operator.perform("vios.remove_device", self.server.uuid, devName=device.name)
        if is_disk:
            self._forget_settings(device.name)
            for removed in self.server.removed_disks():
                if removed.disk.get("VolumeName") == device.name:
                    self.server.operator.keep(replace(removed, defined=self.ucfg))
        return f"{device.name} {'Defined' if self.ucfg else 'deleted'}"

    def _forget_settings(self, name: str) -> None:
        """Attributes go with the definition: a disk that is found again has the usual ones."""
        settings = self.server.settings
        if not self.ucfg and name in settings.attributes:
            self.server.keep(attributes={key: value for key, value in settings.attributes.items() if key != name})
