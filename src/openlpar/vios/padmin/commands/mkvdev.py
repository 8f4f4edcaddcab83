"""mkvdev: virtual target devices, and what else is made of devices."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.changes import Backing
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chdev import assignments
from openlpar.vios.padmin.devices import shared_ethernet_attribute
from openlpar.vios.padmin.options import Flag, Value, Values, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such, not_yet
from openlpar.vios.padmin.server import Server

_MODES = ("standard", "round_robin", "8023ad")


class Mkvdev(Command, name="mkvdev", group="Virtual Device"):
    """Adds a virtual device."""

    vdev = Value(
        "-vdev", "TargetDevice", "the physical or logical volume to lend, or the path of a file of a storage pool"
    )
    dplc = Value("-dplc", "PhysicalLocationCode", "the same, by location")
    fbo = Flag("-fbo", "a file-backed optical device")
    vadapter = Values("-vadapter", "VirtualAdapter", "the virtual SCSI server adapter, or the trunk adapters")
    aplc = Value("-aplc", "PhysicalLocationCode", "the same, by location")
    dev = Value("-dev", "DeviceName", "name of the new device")
    force = Flag("-f", "even when the device is in use")
    sea = Value("-sea", "TargetDevice", "a shared Ethernet adapter on this device")
    default = Value("-default", "VirtualEthernetAdapter", "trunk adapter for untagged packets")
    defaultid = Value("-defaultid", "PVID", "VLAN of untagged packets")
    lnagg = Values("-lnagg", "TargetAdapter", "a link aggregation")
    vlan = Value("-vlan", "TargetAdapter", "a VLAN device")
    tagid = Value("-tagid", "TagID", "its VLAN")
    attr = Values("-attr", "Attribute=Value", "attributes of the new device")

    @form(may(force), one(vdev, dplc), one(vadapter, aplc), may(dev))
    def lend(self) -> Iterator[str]:
        backing = backing_device(self.server, self.vdev or self._disk_at())
        users = ", ".join(target.name for target in self.server.users(backing.name))
        if users and not self.force:
            raise Refusal(
                Status.INCOMPLETE, f'"{backing.name}" is in use as {users}. Use -f to lend it to another client too.'
            )
        target = changes.connect(self.server, self.server.vhost(self._adapter()), backing, self.dev)
        yield f"{target.name} Available"

    @form(fbo, one(vadapter, aplc), may(dev))
    def make_drive(self) -> Iterator[str]:
        target = changes.connect_drive(self.server, self.server.vhost(self._adapter()), self.dev)
        yield f"{target.name} Available"

    @form(sea, vadapter, default, defaultid, may(attr))
    def bridge(self) -> Iterator[str]:
        if self.default not in self.vadapter:
            raise Refusal(Status.SYNTAX, f'The default adapter "{self.default}" must be one of -vadapter.')
        if not self.defaultid.isdecimal() or not 1 <= int(self.defaultid) <= 4094:
            raise Refusal(
                Status.SYNTAX, f'"{self.defaultid}" is not a VLAN. Use -defaultid with a number from 1 to 4094.'
            )
        wanted = assignments(self.attr)
        for name, value in wanted.items():
            shared_ethernet_attribute(name).check("a shared Ethernet adapter", value)
        trunks = [self.default, *(name for name in self.vadapter if name != self.default)]
        made = changes.create_shared_ethernet(self.server, self.sea, trunks, int(self.defaultid), wanted)
        number = made.dev_name.removeprefix("ent")
        yield from [f"{made.dev_name} Available", f"en{number}", f"et{number}"]

    @form(lnagg, may(attr))
    def aggregate(self) -> Iterator[str]:
        wanted = assignments(self.attr)
        mode = wanted.pop("mode", "standard")
        if wanted:
            raise not_yet(f"mkvdev -lnagg with -attr {' '.join(wanted)}", "Only mode can be given.")
        if mode not in _MODES:
            raise Refusal(Status.SYNTAX, f'"{mode}" is no mode. Use -attr mode= with one of {", ".join(_MODES)}.')
        name = changes.aggregate(self.server, self.lnagg, mode)
        number = name.removeprefix("ent")
        yield from [f"{name} Available", f"en{number}", f"et{number}"]

    @form(vlan, tagid)
    def tag(self) -> Iterator[str]:
        raise not_yet("mkvdev -vlan", "Give the server a virtual Ethernet adapter of that VLAN: pvmctl vea create.")

    def _disk_at(self) -> str:
        found = next((disk.name for disk in self.server.disks() if disk.loc_code == self.dplc), "")
        if not found:
            raise Refusal(
                Status.NO_LOCATION, f'There is no physical volume at "{self.dplc}". lsdev -vpd shows the locations.'
            )
        return found

    def _adapter(self) -> str:
        if len(self.vadapter) > 1:
            raise Refusal(Status.SYNTAX, f'"{self.vadapter[1]}" is not expected: a device is lent through one adapter.')
        if self.vadapter:
            return self.vadapter[0]
        found = next((vhost.name for vhost in self.server.vhosts() if vhost.location == self.aplc), "")
        if not found:
            raise Refusal(
                Status.NO_LOCATION, f'There is no virtual SCSI server adapter at "{self.aplc}". lsmap -all lists them.'
            )
        return found


def backing_device(server: Server, name: str) -> Backing:
    """What can be lent under this name: a physical or a logical volume, or a file of a storage pool by its path. Raises Refusal."""
    for disk in server.disks():
        if disk.name == name:
            return disk
    for group in server.groups():
        for volume in group.virtual_disks:
            if volume.name == name:
                return volume
    for pool in server.file_pools():
        for file in server.files(pool):
            if file.name == name:
                return file
    if server.knows(name):
        raise Refusal(Status.SYNTAX, f'"{name}" is not a physical or logical volume and cannot be lent.')
    raise no_such("Device", name, "lspv lists physical volumes, lsvg -lv GROUP logical volumes.")
