"""Network bridges of an inventory, and the Ethernet devices that Virtual I/O Servers have for them."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, Item, laid_over
from openlpar.ops.network.sea_rules import with_defaults
from openlpar.ops.network.trunks import reference
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.ethernet_ports import named, ports_of
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.network_bridge import (
    BackingDeviceChoice,
    HighAvailabilityMode,
    NetworkBridge,
    SharedEthernetAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer

_MOST_SERVERS = 2


def complete_ethernet_devices(draft: Draft) -> None:
    """The ports of the servers' Ethernet cards, and a name for each virtual adapter, as a VIOS numbers them: ports first."""
    for item in draft.items(VirtualIOServer):
        if not item.given("free_eth_devs_for_sea"):
            ports = [port for entry in item.now.io_config.io_slots for port in ports_of(entry.slot)]
            choices = [
                IOAdapterChoice(ethernet_device=named(port, f"ent{number}")) for number, port in enumerate(ports)
            ]
            if choices:
                item.set(free_eth_devs_for_sea=tuple(choices))
        adapters = [one for one in draft.items(ClientNetworkAdapter) if one.now.parent == item.now.uuid]
        taken = {choice.ethernet_device.dev_name for choice in item.now.free_eth_devs_for_sea}
        taken |= {one.now.dev_name for one in adapters}
        for adapter in sorted(adapters, key=lambda one: one.now.slot):
            adapter.defaults(dev_name=_free(taken))


def _free(taken: set[str]) -> str:
    name = next(name for number in range(len(taken) + 1) if (name := f"ent{number}") not in taken)
    taken.add(name)
    return name


def complete_bridges(draft: Draft) -> None:
    """Each shared Ethernet adapter names its server, its Ethernet device and its trunks by slot."""
    for item in draft.items(NetworkBridge):
        if not 1 <= len(item.now.seas) <= _MOST_SERVERS:
            wanted = "one or two shared Ethernet adapters"
            raise draft.error(say.WRONG_VALUE, item, "seas", value=len(item.now.seas), wanted=wanted)
        seas = [_completed(draft, item, place, sea) for place, sea in enumerate(item.now.seas)]
        item.set(
            uuid=item.now.uuid or _named(draft, "NetworkBridge", *(sea.vio_uri + sea.dev_name for sea, _ in seas)),
            parent=draft.system.uuid,
            pvid=item.now.get("pvid") or seas[0][1],
            seas=tuple(sea for sea, _ in seas),
        )
        item.defaults(udid="0")


def _completed(
    draft: Draft, item: Item[NetworkBridge], place: int, sea: SharedEthernetAdapter
) -> tuple[SharedEthernetAdapter, int]:
    """The adapter as it is stored, and the port VLAN of its first trunk."""
    vios: Item[Any] = draft.refer(item, (VirtualIOServer,), sea.vio_uri, "seas", place, "vio_uri")
    trunks = [_trunk(draft, item, place, n, vios.now) for n in range(len(sea.trunk_adapters))]
    if not trunks:
        raise draft.error(say.MISSING, item, "seas", place, field="trunk_adapters", wanted="the slots of its trunks")
    wanted = sea.backing_device.ethernet_device
    device = _taken(vios, wanted.dev_name)
    if device is None and not wanted.phys_loc_code:
        free = ", ".join(choice.ethernet_device.dev_name for choice in vios.now.free_eth_devs_for_sea) or "none"
        path = ("seas", place, "backing_device", "ethernet_device", "dev_name")
        hint = f"Free devices of {vios.now.name}: {free}."
        raise draft.error(say.DANGLING, item, *path, value=wanted.dev_name, what="Ethernet device", hint=hint)
    names = {choice.ethernet_device.dev_name for choice in vios.now.free_eth_devs_for_sea} | {wanted.dev_name}
    names |= {one.dev_name for one in draft.all(ClientNetworkAdapter, vios.now.uuid)}
    others = [other for bridge in draft.all(NetworkBridge) for other in bridge.seas]
    names |= {other.dev_name for other in others if other.vio_uri.endswith(vios.now.uuid)}
    made = sea.evolve(
        vio_uri=f"ManagedSystem/{draft.system.uuid}/VirtualIOServer/{vios.now.uuid}",
        backing_device=BackingDeviceChoice(ethernet_device=laid_over(device, wanted) if device else wanted),
        dev_name=sea.get("dev_name") or _free(names),
        ha_mode=sea.get("ha_mode")
        or (HighAvailabilityMode.FAILOVER.value if len(item.now.seas) == _MOST_SERVERS else None),
        trunk_adapters=tuple(map(reference, trunks)),
        udid=sea.get("udid") or "10" + _named(draft, vios.now.uuid, trunks[0].loc_code).replace("-", "")[:16],
    )
    return with_defaults(made), trunks[0].pvid


def _named(draft: Draft, *what: str) -> str:
    """An identity that follows from what it is of: a described system keeps all the others, that are drawn."""
    return str(uuids.uuid5(uuids.NAMESPACE_URL, "/".join((draft.system.uuid, *what))))


def _taken(vios: Item[Any], name: str) -> EthernetBackingDevice | None:
    """Takes a free device of a server."""
    choices = vios.now.free_eth_devs_for_sea
    found = next((choice for choice in choices if choice.ethernet_device.dev_name == name), None)
    if found is None:
        return None
    vios.set(free_eth_devs_for_sea=tuple(choice for choice in choices if choice is not found))
    device: EthernetBackingDevice = found.ethernet_device
    return device


def _trunk(draft: Draft, item: Item[NetworkBridge], place: int, number: int, vios: Any) -> ClientNetworkAdapter:
    written = item.now.seas[place].trunk_adapters[number]
    for adapter in draft.all(ClientNetworkAdapter, vios.uuid):
        if adapter.slot == written.virtual_slot_number and adapter.trunk_pri:
            return adapter
    path = ("seas", place, "trunk_adapters", number, "virtual_slot_number")
    hint = "Describe a ClientNetworkAdapter with a trunk_pri in that slot."
    raise draft.error(
        say.DANGLING, item, *path, value=written.virtual_slot_number, what=f"trunk adapter of {vios.name}", hint=hint
    )
