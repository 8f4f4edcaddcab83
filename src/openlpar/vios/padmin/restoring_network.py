"""The networks of a backup, for ``viosbr -restore``: virtual Ethernet adapters, link aggregations, shared Ethernet adapters, IP
interfaces. Adapters are found again by their slots: device names may have been given to others in the meantime.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from openlpar.ports.records import LinkAggregation
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice, InterfaceState, IPInterface
from openlpar.uom.network_bridge import BackingDeviceChoice, SharedEthernetAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.backup import Saved, element
from openlpar.vios.padmin.interfaces import configure, find_interface, interfaces
from openlpar.vios.padmin.missing import Missing
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.server import Server, in_order


def _adapters(saved: Saved) -> list[ClientNetworkAdapter]:
    found = [element(ClientNetworkAdapter, one) for one in saved.get("ClientNetworkAdapter", ())]
    return sorted(found, key=lambda adapter: in_order(adapter.dev_name))


def _by_slot(server: Server) -> dict[int, ClientNetworkAdapter]:
    return {adapter.slot: adapter for adapter in server.change.all(ClientNetworkAdapter, server.uuid)}


def virtual_ethernet(server: Server, saved: Saved) -> Iterator[Missing]:
    there = _by_slot(server)
    for adapter in _adapters(saved):
        if adapter.slot not in there:
            yield Missing(adapter.dev_name or f"slot {adapter.slot}", partial(_make_adapter, server, adapter))


def _make_adapter(server: Server, adapter: ClientNetworkAdapter) -> str:
    """The switch is found by its number, the names are the server's own affair."""
    wish = adapter.evolve(
        vswitch_uri=None,
        vnet_uri_list=None,
        drc_name=None,
        loc_code=None,
        dev_name=None,
        lpar_id=None,
    )
    return server.operator.create(wish, server.uuid).dev_name


def link_aggregations(server: Server, saved: Saved) -> Iterator[Missing]:
    there = {group.name for group in server.change.where(LinkAggregation, vios=server.uuid)}
    for one in saved.get("LinkAggregation", ()):
        if one["name"] not in there:
            yield Missing(one["name"], partial(_make_aggregation, server, saved, one))


def _make_aggregation(server: Server, saved: Saved, one: Saved) -> str:
    name = changes.aggregate(server, one["ports"], one["mode"], one["name"])
    return _with_attributes(server, saved, one["name"], name)


def _with_attributes(server: Server, saved: Saved, before: str, name: str) -> str:
    """A device has the attributes that it had under its name before, whatever it is called now."""
    own = saved.get("settings", {}).get("attributes", {}).get(before)
    if own:
        server.keep(attributes={**server.settings.attributes, name: own})
    return name


def shared_ethernet(server: Server, saved: Saved) -> Iterator[Missing]:
    there = {adapter.dev_name for adapter in server.vios.seas}
    for adapter in element(VirtualIOServer, saved["VirtualIOServer"]).seas:
        if adapter.dev_name not in there:
            cause = _hindrance(server, saved, adapter)
            make = None if cause else partial(_make_shared_ethernet, server, saved, adapter)
            yield Missing(adapter.dev_name, make, cause)


def _hindrance(server: Server, saved: Saved, adapter: SharedEthernetAdapter) -> str:
    """Why it could not be made, also when all that is before it in the backup has been made; "" when nothing is in the way."""
    slots = _by_slot(server).keys() | {one.slot for one in _adapters(saved)}
    for trunk in adapter.trunk_adapters:
        if trunk.virtual_slot_number not in slots:
            return f"Trunk adapter {trunk.dev_name} in slot {trunk.virtual_slot_number} does not exist."
    device = adapter.backing_device.ethernet_device.dev_name
    free = {choice.ethernet_device.dev_name for choice in server.vios.free_eth_devs_for_sea}
    if device not in free | {one["name"] for one in saved.get("LinkAggregation", ())}:
        return f"Ethernet device {device} does not exist, or it is in use."
    return ""


def _make_shared_ethernet(server: Server, saved: Saved, adapter: SharedEthernetAdapter) -> str:
    now = _by_slot(server)
    slots = {one.dev_name: one.slot for one in _adapters(saved)}
    channel = adapter.control_channel
    if channel:
        found = now.get(slots.get(channel, -1))
        if found is None:
            raise no_such("Control channel adapter", channel, "lsdev -type vent4sea lists the adapters.")
        channel = found.dev_name
    device = EthernetBackingDevice(dev_name=adapter.backing_device.ethernet_device.dev_name)
    wish = adapter.evolve(
        backing_device=BackingDeviceChoice(ethernet_device=device),
        trunk_adapters=changes.trunks_named([now[one.virtual_slot_number].dev_name for one in adapter.trunk_adapters]),
        control_channel=channel or None,
        is_primary=None,  # it follows from the priorities of the trunks
    )
    made = server.operator.create(wish, server.uuid)
    return _with_attributes(server, saved, adapter.dev_name, made.dev_name)


def addresses(server: Server, saved: Saved) -> Iterator[Missing]:
    """Interfaces on Ethernet devices that are there, with other addresses than those of the backup."""
    vios = element(VirtualIOServer, saved["VirtualIOServer"])
    wanted = [(sea.ip_interface, sea.dev_name) for sea in vios.seas]
    wanted += [
        (choice.ethernet_device.ip_interface, choice.ethernet_device.dev_name) for choice in vios.free_eth_devs_for_sea
    ]
    now = {one.name: one for one in interfaces(server) if one.in_uom}
    for interface, device in wanted:
        name = interface.name or device.replace("ent", "en", 1)
        there = now.get(name)
        up = interface.state == InterfaceState.ACTIVE
        if there is None or not interface.ip_address:
            continue
        if (there.address, there.mask, there.is_up) != (interface.ip_address, interface.subnet_mask, up):
            yield Missing(name, partial(_set_address, server, name, interface))


def _set_address(server: Server, name: str, wanted: IPInterface) -> str:
    up = wanted.state == InterfaceState.ACTIVE
    configure(server, find_interface(server, name), wanted.ip_address, wanted.subnet_mask, up=up)
    return name
