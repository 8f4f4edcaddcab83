"""Whether the Ethernet devices of Virtual I/O Servers have a link: the cables are plugged in, until a fault rule pulls one."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from openlpar.ports.records import LINK_LOST, Fault, LinkAggregation
from openlpar.ports.state import World
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter, vios_uuid
from openlpar.uom.virtual_io_server import VirtualIOServer


@dataclass(frozen=True, slots=True)
class Port:
    """An Ethernet port under a device. location: its location code."""

    name: str
    location: str


class Links:
    """At one moment. rules: the fault rules, None for those in force."""

    def __init__(self, world: World, rules: Iterable[Fault] | None = None) -> None:
        self._world = world
        every = world.all(Fault) if rules is None else rules
        self._rules = [rule for rule in every if rule.effect == LINK_LOST]

    def cause(self, location: str) -> str:
        """Why a port has no link; "" when it has one."""
        for rule in self._rules:
            if fnmatch.fnmatchcase(location, rule.subject):
                return f"fault rule {rule.uuid} keeps its cable unplugged"
        return ""

    def lost(self, sea: SharedEthernetAdapter) -> str:
        """Why a shared Ethernet adapter reaches nothing outside; "" when it does. A link aggregation has a link as long as one of
        its ports has."""
        ports = list(ports_below(self._world, sea))
        causes = [self.cause(port.location) for port in ports]
        if not ports or not all(causes):
            return ""
        names = " and ".join(port.location or port.name for port in ports)
        return f"{names} has no link: {causes[0]}" if len(ports) == 1 else f"{names} have no link: {causes[0]}"

    def has(self, sea: SharedEthernetAdapter) -> bool:
        return not self.lost(sea)


def ports_below(world: World, sea: SharedEthernetAdapter) -> Iterator[Port]:
    """The port that a shared Ethernet adapter is on, or those of its link aggregation."""
    device = sea.backing_device.ethernet_device
    for group in world.where(LinkAggregation, vios=vios_uuid(sea)):
        if group.name == device.dev_name:
            tags = EthernetBackingDevice.by_name
            name, location = tags["dev_name"].tag, tags["phys_loc_code"].tag
            yield from (Port(str(port.get(name, "")), str(port.get(location, ""))) for port in group.ports)
            return
    if device.phys_loc_code:
        yield Port(device.dev_name, device.phys_loc_code)


def locations(world: World) -> set[str]:
    """Of all ports whose cable could be pulled."""
    found = {
        port.location for bridge in world.all(NetworkBridge) for sea in bridge.seas for port in ports_below(world, sea)
    }
    for vios in world.all(VirtualIOServer):
        found |= {choice.ethernet_device.phys_loc_code for choice in vios.free_eth_devs_for_sea}
    return found - {""}
