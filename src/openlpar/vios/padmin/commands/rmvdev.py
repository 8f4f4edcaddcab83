"""rmvdev: removes virtual target devices."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.mkvdev import backing_device
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.virtual_logs import logs, take_device


class Rmvdev(Command, name="rmvdev", group="Virtual Device"):
    """Removes a virtual device."""

    vdev = Value("-vdev", "TargetDevice", "the backing device that is lent")
    vtd = Value("-vtd", "VirtualTargetDevice", "the virtual target device")
    rmlv = Flag("-rmlv", "with the logical volume behind it")
    force = Flag("-f", "even when the client uses it")
    sea = Value("-sea", "SharedEthernetAdapter", "a shared Ethernet adapter")
    lnagg = Value("-lnagg", "LinkAggregation", "a link aggregation")

    @form(may(force), one(vdev, vtd), may(rmlv))
    def remove(self) -> Iterator[str]:
        log = next((log for log in logs(self.server) if self.vtd and log.device == self.vtd), None)
        if log is not None:
            yield take_device(self.server, log, defined=False)
            return
        if self.vtd:
            targets = [self.server.target(self.vtd)]
        else:
            backing_device(self.server, self.vdev)
            targets = self.server.users(self.vdev)
        if not targets:
            raise Refusal(Status.NOT_FOUND, f'"{self.vdev}" is not lent to anybody. lsmap -all lists what is.')
        for target in targets:
            changes.disconnect(self.server, target)
            yield f"{target.name} deleted"
        if self.rmlv:
            yield from self._remove_volume(targets[0].backing)

    def _remove_volume(self, name: str) -> Iterator[str]:
        for group in self.server.groups():
            for disk in group.virtual_disks:
                if disk.name == name:
                    changes.delete_disk(self.server, group, disk)
                    yield f"rmlv: Logical volume {name} is removed."

    @form(sea)
    def remove_bridge(self) -> Iterator[str]:
        changes.delete_shared_ethernet(self.server, self.sea)
        yield f"{self.sea} deleted"

    @form(lnagg)
    def separate(self) -> Iterator[str]:
        changes.separate(self.server, self.lnagg)
        yield f"{self.lnagg} deleted"
