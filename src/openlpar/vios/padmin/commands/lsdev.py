"""lsdev: devices and their attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import Device, devices, find_device
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, ValueOrAll, Values, all_of, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status

_DEVICES = (
    Column("name", "name", 17),
    Column("status", "status", 12),
    Column("description", "description", 40),
)
_MORE = (Column("physloc", "physloc", 40), Column("parent", "parent", 12))
_SLOTS = (
    Column("slot", "# Slot", 26),
    Column("description", "Description", 18),
    Column("device", "Device(s)", 12),
)


class Lsdev(Command, name="lsdev", group="Device"):
    """Displays devices and their attributes."""

    kind = Values(
        "-type", "DeviceType", "only these types: adapter, disk, optical, ent4sea, ent4ip, vent4sea, sea, fc ..."
    )
    virtual = Flag("-virtual", "only virtual devices")
    state = Value("-state", "State", "only devices in this state: available or defined")
    dev = Value("-dev", "DeviceName", "one device")
    plc = Value("-plc", "PhysicalLocationCode", "one device, by location")
    attr = ValueOrAll("-attr", "Attribute", "its attributes, or one of them")
    range = Value("-range", "Attribute", "the values that an attribute may have")
    child = Flag("-child", "its child devices")
    parent = Flag("-parent", "its parent device")
    slot = Flag("-slot", "the slot it is in")
    slots = Flag("-slots", "the virtual slots")
    vpd = Flag("-vpd", "locations and descriptions")
    field = Values("-field", "FieldName", "fields to print: name, status, physloc, parent, description")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(kind), may(virtual), may(state), may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        found = devices(self.server)
        known = {kind for device in found for kind in device.kinds} | {"tape", "usb_disk", "lv", "ent4sea", "vent4sea"}
        for kind in self.kind:
            if kind not in known:
                raise Refusal(Status.SYNTAX, f'Device type "{kind}" is not valid. Types: {", ".join(sorted(known))}.')
        wanted = [
            device
            for device in found
            if (not self.kind or set(device.kinds) & set(self.kind))
            and (device.virtual or not self.virtual)
            and self.state.lower() in ("", device.status.lower())
        ]
        return self._listed(wanted)

    _which = one(dev, plc)

    @form(_which, may(field), may(fmt))
    def show(self) -> Iterator[str]:
        return self._listed([self._device()])

    @form(all_of(_which, child), may(field), may(fmt))
    def children(self) -> Iterator[str]:
        own = self._device()
        return self._listed([device for device in devices(self.server) if device.parent == own.name])

    def _listed(self, found: list[Device]) -> Iterator[str]:
        columns = (*_DEVICES, *_MORE) if self.field else _DEVICES
        rows = (
            {
                "name": device.name,
                "status": device.status,
                "description": device.description,
                "physloc": device.location,
                "parent": device.parent,
            }
            for device in found
        )
        return listing(columns, rows, fields=self.field, delimiter=self.fmt)

    @form(all_of(_which, parent))
    def show_parent(self) -> Iterator[str]:
        yield from ["parent", "", self._device().parent or "none"]

    @form(all_of(_which, slot))
    def show_slot(self) -> Iterator[str]:
        device = self._device()
        if not device.virtual or "-C" not in device.location:
            raise Refusal(Status.SYNTAX, f'"{device.name}" is not in a virtual slot. lsdev -slots lists them.')
        return self._slots([device])

    @form(slots)
    def list_slots(self) -> Iterator[str]:
        return self._slots([d for d in devices(self.server) if d.virtual and d.location and "adapter" in d.kinds])

    def _slots(self, found: list[Device]) -> Iterator[str]:
        rows = (
            {"slot": re.sub(r"-T\d+$", "", each.location), "description": "Virtual I/O Slot", "device": each.name}
            for each in found
        )
        return listing(_SLOTS, rows)

    @form(vpd)
    @form(all_of(_which, vpd))
    def product_data(self) -> Iterator[str]:
        for device in [self._device()] if self.dev or self.plc else devices(self.server):
            yield f"  {device.name:<16} {device.location:<44}  {device.description}".rstrip()

    @form(all_of(_which, attr), may(field), may(fmt))
    def attributes(self) -> Iterator[str]:
        device = self._device()
        if self.attr != "*":
            yield from ["value", "", device.attribute(self.attr).value]
            return
        rows = [
            {
                "attribute": each.name,
                "value": each.value,
                "description": each.text,
                "user_settable": str(each.settable),
            }
            for each in device.attributes
        ]
        width = max([len("attribute"), *(len(row["attribute"]) for row in rows)]) + 1
        values = max([len("value"), *(len(row["value"]) for row in rows)]) + 1
        texts = max([len("description"), *(len(row["description"]) for row in rows)]) + 1
        columns = (
            Column("attribute", "attribute", width),
            Column("value", "value", values),
            Column("description", "description", texts),
            Column("user_settable", "user_settable", 13),
        )
        lines = listing(columns, rows, fields=self.field, delimiter=self.fmt)
        if not self.fmt:
            yield next(lines)
            yield ""
        yield from lines

    @form(all_of(_which, range))
    def allowed(self) -> Iterator[str]:
        yield from self._device().attribute(self.range).range()

    def _device(self) -> Device:
        if not self.plc:
            return find_device(self.server, self.dev)
        found = [device for device in devices(self.server) if device.location == self.plc]
        if not found:
            raise Refusal(Status.NO_LOCATION, f'There is no device at "{self.plc}". lsdev -vpd shows the locations.')
        if len(found) > 1:
            names = ", ".join(device.name for device in found)
            raise Refusal(Status.TOO_MANY, f'There are several devices at "{self.plc}": {names}. Name one with -dev.')
        return found[0]
