"""Trunk adapters: client network adapters of a Virtual I/O Server that have a trunk priority, as servers and bridges list them.

A trunk is stored once, as a client network adapter. A shared Ethernet adapter is stored with references to its trunks (slot,
address, device); what a client is shown of them is taken from the adapters.
"""

from __future__ import annotations

from typing import Any

from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.control_channel import AdaptersOf
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter, TrunkAdapter, vios_uuid
from openlpar.uom.virtual_io_server import VirtualIOServer

SHARED = {
    field.name: ClientNetworkAdapter.by_tag[field.tag].name
    for field in TrunkAdapter.fields
    if field.tag in ClientNetworkAdapter.by_tag
}
"""Fields of a trunk adapter, with what they are called where it is a network adapter."""


def adapters_of(world: World) -> AdaptersOf:
    """For ``uom.control_channel``."""
    return lambda vios: world.all(ClientNetworkAdapter, vios)


def bridge_of_channel(
    world: World, adapter: ClientNetworkAdapter
) -> tuple[NetworkBridge, SharedEthernetAdapter] | None:
    """The bridge and shared Ethernet adapter that an adapter is the control channel of."""
    for bridge in world.all(NetworkBridge) if adapter.dev_name else ():
        for sea in bridge.seas:
            if sea.control_channel == adapter.dev_name and vios_uuid(sea) == adapter.parent:
                return bridge, sea
    return None


_TAKEN = [
    (field.position, ClientNetworkAdapter.by_name[SHARED[field.name]].position)
    for field in TrunkAdapter.fields
    if field.name in SHARED
]
_LISTED = 4096
_listed: dict[int, tuple[ClientNetworkAdapter, TrunkAdapter]] = {}


def as_trunk(adapter: ClientNetworkAdapter) -> TrunkAdapter:
    """The adapter in the form in which servers and bridges list it: the same object as long as it is the same adapter, so that what
    was written of it is known again. An adapter that is remembered keeps its identity."""
    known = _listed.pop(id(adapter), None)
    if known is None:
        values: list[Any] = [None] * len(TrunkAdapter.fields)
        for place, source in _TAKEN:
            values[place] = adapter._values[source]
        known = adapter, TrunkAdapter.from_values(values)
        if len(_listed) >= _LISTED:
            del _listed[next(iter(_listed))]
    _listed[id(adapter)] = known
    return known[1]


def reference(adapter: ClientNetworkAdapter) -> TrunkAdapter:
    """What a stored shared Ethernet adapter says of its trunk: what never changes while it is bridged."""
    return TrunkAdapter(virtual_slot_number=adapter.slot, mac=adapter.mac, dev_name=adapter.get("dev_name"))


def trunks_of_server(world: World, vios: str) -> tuple[TrunkAdapter, ...]:
    return tuple(as_trunk(adapter) for adapter in world.all(ClientNetworkAdapter, vios) if adapter.has("trunk_pri"))


class Adapters:
    """The adapters of Virtual I/O Servers, as their shared Ethernet adapters refer to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_server: dict[str, dict[int, ClientNetworkAdapter]] = {}

    def _in_slot(self, vios: str, slot: int) -> ClientNetworkAdapter | None:
        found = self._by_server.get(vios)
        if found is None:
            found = self._by_server[vios] = {
                adapter.slot: adapter for adapter in self._world.all(ClientNetworkAdapter, vios)
            }
        return found.get(slot)

    def of(self, sea: SharedEthernetAdapter) -> list[ClientNetworkAdapter]:
        """The trunks of a shared Ethernet adapter, its primary one first; those that are not described are left out."""
        vios = vios_uuid(sea)
        found = [self._meant(vios, trunk) for trunk in sea.trunk_adapters]
        return [adapter for adapter in found if adapter is not None]

    def _meant(self, vios: str, trunk: TrunkAdapter) -> ClientNetworkAdapter | None:
        """By its address, of which there is an index; a recorded reference may lack it."""
        for adapter in self._world.where(ClientNetworkAdapter, mac=trunk.mac):
            if adapter.parent == vios and adapter.slot == trunk.virtual_slot_number:
                return adapter
        return self._in_slot(vios, trunk.virtual_slot_number)


def stored_seas(world: World, vios: VirtualIOServer) -> list[tuple[SharedEthernetAdapter, NetworkBridge | None]]:
    """The shared Ethernet adapters of a server, as stored: those of bridges, and those that only the server itself names."""
    bridged = [
        (sea, bridge) for bridge in world.all(NetworkBridge) for sea in bridge.seas if vios_uuid(sea) == vios.uuid
    ]
    names = {sea.dev_name for sea, _ in bridged}
    return [*((sea, None) for sea in vios.seas if sea.dev_name not in names), *bridged]


def bridge_of(world: World, vios: str, slot: int) -> tuple[NetworkBridge, SharedEthernetAdapter] | None:
    """The bridge and shared Ethernet adapter that a trunk belongs to. vios: uuid of its server."""
    for bridge in world.all(NetworkBridge):
        for sea in bridge.seas:
            if vios_uuid(sea) == vios and any(trunk.virtual_slot_number == slot for trunk in sea.trunk_adapters):
                return bridge, sea
    return None
