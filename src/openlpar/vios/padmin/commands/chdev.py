"""chdev: changes attributes of a device."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.attributes import ALGORITHMS, RESERVES, Attribute
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import Device, find_device
from openlpar.vios.padmin.interfaces import configure, find_interface
from openlpar.vios.padmin.options import Flag, Value, Values, form, may
from openlpar.vios.padmin.paths import in_use_as
from openlpar.vios.padmin.refusal import Refusal, Status

# Attributes of a disk that the UOM knows: name there, and its word for each value here.
_DISK = {
    "algorithm": ("reserve_policy_algorithm", {word: value for value, word in ALGORITHMS.items()}),
    "reserve_policy": ("reserve_policy", {word: value for value, word in RESERVES.items()}),
}
_IDENTIFIER = Attribute("pv", "", "Gives the disk a physical volume identifier", allowed=("yes", "clear"))


class Chdev(Command, name="chdev", group="Device"):
    """Changes the attributes of a device."""

    dev = Value("-dev", "DeviceName", "the device")
    attr = Values("-attr", "Attribute=Value", "the attributes with their new values")
    perm = Flag("-perm", "also of a disk that is in use")

    @form(dev, attr, may(perm))
    def change(self) -> Iterator[str]:
        device = find_device(self.server, self.dev)
        wanted = assignments(self.attr)
        for name, value in wanted.items():
            attribute = _IDENTIFIER if name == "pv" and _is_disk(device) else device.attribute(name)
            attribute.check(device.name, value)
        if _is_disk(device):
            self._change_disk(device, wanted)
        elif "if" in device.kinds:
            self._change_interface(device, wanted)
        elif "sea" in device.kinds:
            wanted = changes.change_shared_ethernet(self.server, device.name, wanted)
        elif "map_port" in wanted:
            changes.map_port(self.server, device.name, wanted.pop("map_port"))
        self._keep(device.name, {name: value for name, value in wanted.items() if name not in _DISK})
        yield f"{device.name} changed"

    def _change_disk(self, device: Device, wanted: dict[str, str]) -> None:
        use = in_use_as(self.server, device.name)
        if "pv" in wanted and wanted["pv"] == "clear" and self.server.group_names().get(device.name):
            raise Refusal(Status.INCOMPLETE, f"The identifier of {device.name} cannot be cleared: {use} needs it.")
        if use and not self.perm and set(wanted) - {"pv"}:
            raise Refusal(
                Status.INCOMPLETE,
                f"{device.name} is busy: {use}. Take it out of use first, or use -perm.",
            )
        known = {field: words[wanted[name]] for name, (field, words) in _DISK.items() if name in wanted}
        if known:
            self.server.operator.perform("vios.change_disk", self.server.uuid, disk=device.name, **known)

    def _change_interface(self, device: Device, wanted: dict[str, str]) -> None:
        """An address and its state are the interface's own; ``state=down`` keeps the address."""
        own = {name: wanted.pop(name) for name in ("netaddr", "netmask", "state") if name in wanted}
        if not own:
            return
        interface = find_interface(self.server, device.name)
        up = own.get("state", "up" if interface.is_up or own.get("netaddr") else "down") == "up"
        address, mask = own.get("netaddr", interface.address), own.get("netmask", interface.mask)
        if up and not address:
            raise Refusal(
                Status.SYNTAX, f"{device.name} has no address and cannot be up. Give it one: netaddr=Address."
            )
        configure(self.server, interface, address, mask, up=up)

    def _keep(self, device: str, wanted: dict[str, str]) -> None:
        if not wanted:
            return
        kept = self.server.settings.attributes
        own = {**kept.get(device, {}), **wanted}
        if own.get("pv") == "clear":
            del own["pv"]
        self.server.keep(attributes={**kept, device: own})


def _is_disk(device: Device) -> bool:
    return device.kinds == ("disk",) and not device.virtual


def assignments(words: tuple[str, ...]) -> dict[str, str]:
    """``a=b`` of each word. Raises Refusal."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise Refusal(Status.SYNTAX, f'"{word}" is not an assignment. Use Attribute=Value.')
        if name in found:
            raise Refusal(Status.SYNTAX, f'Attribute "{name}" is repeated.')
        found[name] = value
    return found
