"""Ethernet cards of a Virtual I/O Server: their ports become devices when the server looks for them, and go with the card."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from openlpar.ops.consequences import Alteration, follows_from
from openlpar.ops.network.ethernet_devices import DeviceNames, aggregations, ports_of, with_device, without_device
from openlpar.ops.network.trunks import stored_seas
from openlpar.ports.state import Change, World
from openlpar.uom.ethernet_ports import named, unknown_ports
from openlpar.uom.io_adapter import InterfaceState
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer


def with_found_ports(world: World, vios: VirtualIOServer) -> VirtualIOServer:
    """The server when each port of its Ethernet cards is a device; new ones get the next free names. vios: as stored."""
    places = {port.phys_loc_code for group in aggregations(world, vios.uuid) for port in ports_of(group)}
    complete = vios.evolve(seas=tuple(sea for sea, _ in stored_seas(world, vios)))
    names = DeviceNames(world)
    for port in unknown_ports(complete, places):
        vios = with_device(vios, named(port, names.next(vios)))
    return vios


def without_cards(vios: VirtualIOServer, slots: Collection[str]) -> VirtualIOServer:
    """The server when cards are gone. slots: DRC names of theirs."""
    for choice in vios.free_eth_devs_for_sea:
        if choice.ethernet_device.phys_loc_code.rpartition("-")[0] in slots:
            vios = without_device(vios, choice.ethernet_device.dev_name)
    return vios


def user_of_card(world: World, vios: VirtualIOServer, card: str) -> str:
    """What uses a port of a card; "" when nothing. card: how location codes of what is on it begin."""
    for sea, _ in stored_seas(world, vios):
        device = sea.backing_device.ethernet_device
        if device.phys_loc_code.startswith(card):
            return f"the shared Ethernet adapter {sea.dev_name} with {device.dev_name}"
    for group in aggregations(world, vios.uuid):
        for port in ports_of(group):
            if port.phys_loc_code.startswith(card):
                return f"the link aggregation {group.name} with {port.dev_name}"
    for choice in vios.free_eth_devs_for_sea:
        interface = choice.ethernet_device.ip_interface
        if choice.ethernet_device.phys_loc_code.startswith(card) and interface.state == InterfaceState.ACTIVE:
            return f"interface {interface.name} with the address {interface.ip_address}"
    return ""


@follows_from(VirtualIOServer)
def look_for_ports(change: Change, altered: Sequence[Alteration]) -> None:
    """A server that starts finds all that it has."""
    for one in altered:
        if one.old is None or one.new is None or one.old.state == one.new.state:
            continue
        if one.new.state == PartitionState.RUNNING:
            found = with_found_ports(change, change.get(VirtualIOServer, one.uuid))
            if found.free_eth_devs_for_sea != one.new.free_eth_devs_for_sea:
                change.put(found)
