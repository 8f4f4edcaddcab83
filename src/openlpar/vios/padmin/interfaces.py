"""IP interfaces: those on shared and free Ethernet adapters are in the UOM, those on virtual ones are kept with the server."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from openlpar.uom.io_adapter import InterfaceState, IPInterface
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server, in_order

DEFAULT_ROUTE = "default"


@dataclass(frozen=True, slots=True)
class Interface:
    """device: the Ethernet adapter it is on. in_uom: whether the UOM has it, so that clients of the REST API see it."""

    name: str
    device: str
    address: str
    mask: str
    is_up: bool
    in_uom: bool = True

    @property
    def prefix_length(self) -> int:
        return ipaddress.ip_network(f"0.0.0.0/{self.mask}").prefixlen if self.mask else 32

    @property
    def network(self) -> str:
        return str(ipaddress.ip_network(f"{self.address}/{self.prefix_length}", strict=False).network_address)


def interfaces(server: Server) -> list[Interface]:
    """In order of their names."""
    vios = server.vios
    found: dict[str, Interface] = {}
    own: list[tuple[IPInterface, str]] = [(sea.ip_interface, sea.dev_name) for sea in vios.seas]
    own += [
        (choice.ethernet_device.ip_interface, choice.ethernet_device.dev_name) for choice in vios.free_eth_devs_for_sea
    ]
    for seen, device in own:
        name = seen.name or device.replace("ent", "en", 1)
        if name:
            active = seen.state == InterfaceState.ACTIVE
            found.setdefault(name, Interface(name, device, seen.ip_address, seen.subnet_mask, active))
    for name, kept in server.settings.interfaces.items():
        device = name.replace("en", "ent", 1)
        found.setdefault(
            name, Interface(name, device, kept["address"], kept["mask"], kept["state"] == "up", in_uom=False)
        )
    return sorted(found.values(), key=lambda interface: in_order(interface.name))


def find_interface(server: Server, name: str) -> Interface:
    """Also one that is not configured yet, when there is an adapter for it."""
    from openlpar.vios.padmin.devices import devices

    for interface in interfaces(server):
        if interface.name == name:
            return interface
    device = name.replace("en", "ent", 1)
    if name.startswith("en") and any(each.name == device and "ent4ip" in each.kinds for each in devices(server)):
        return Interface(name, device, "", "", is_up=False, in_uom=False)
    raise no_such("Network interface", name, "lsdev -type ent4ip lists the adapters that can have one (ent0 has en0).")


def configure(server: Server, interface: Interface, address: str, mask: str, *, up: bool) -> None:
    """address: "" for none. Raises Refusal for what is no address."""
    if address:
        check_address(address)
        check_mask(mask)
        other = next(
            (each for each in interfaces(server) if each.address == address and each.name != interface.name), None
        )
        if other is not None:
            raise Refusal(Status.INCOMPLETE, f"{address} is the address of {other.name}. Choose another one.")
    if interface.in_uom:
        active = "true" if up else "false"
        server.operator.perform(
            "vios.configure_interface", server.uuid, interface=interface.name, address=address, mask=mask, active=active
        )
        return
    kept = dict(server.settings.interfaces)
    kept.pop(interface.name, None)
    if address:
        kept[interface.name] = {"address": address, "mask": mask, "state": "up" if up else "down"}
    server.keep(interfaces=kept)


def check_address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise Refusal(Status.SYNTAX, f'"{text}" is not an IP address. Use one such as 192.0.2.10.') from None


def check_mask(text: str) -> None:
    try:
        ipaddress.ip_network(f"0.0.0.0/{text or 'none'}")
    except ValueError:
        raise Refusal(Status.SYNTAX, f'"{text}" is not a subnet mask. Use one such as 255.255.255.0.') from None
