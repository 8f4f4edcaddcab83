"""Names of the Ethernet devices of a Virtual I/O Server (``ent0``), and which of them are free for a shared Ethernet adapter.

A device is in one place: in the server's list of free ones, or below a shared Ethernet adapter.
"""

from __future__ import annotations

import re

from openlpar.messages import network_bridge as say
from openlpar.ops.network.trunks import stored_seas
from openlpar.ports.records import LinkAggregation
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice, IOAdapter
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.plain import from_plain
from openlpar.uom.virtual_io_server import VirtualIOServer

AGGREGATION = "EtherChannel / IEEE 802.3ad Link Aggregation"
"""Description of a device that is several ports together."""
_NAME = re.compile(r"ent\d{1,4}", re.ASCII)


class DeviceNames:
    """Gives out names, within one operation: what it gave is taken, though nothing is stored yet."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken: dict[str, set[str]] = {}

    def next(self, vios: VirtualIOServer, wish: str = "") -> str:
        """The wish where no device of the server has that name, else the lowest number that none has, as AIX numbers them."""
        taken = self._taken.get(vios.uuid)
        if taken is None:
            taken = self._taken[vios.uuid] = set(_names(self._world, vios))
        name = wish if _NAME.fullmatch(wish) and wish not in taken else ""
        number = 0
        while not name or name in taken:
            name, number = f"ent{number}", number + 1
        taken.add(name)
        return name


def _names(world: World, vios: VirtualIOServer) -> list[str]:
    names = [adapter.dev_name for adapter in world.all(ClientNetworkAdapter, vios.uuid)]
    for sea, _ in stored_seas(world, vios):
        names += [sea.dev_name, sea.backing_device.ethernet_device.dev_name, sea.control_channel]
        names += [trunk.dev_name for trunk in sea.trunk_adapters]
    names += [trunk.dev_name for trunk in vios.trunk_adapters]
    names += [choice.ethernet_device.dev_name for choice in vios.free_eth_devs_for_sea]
    names += [choice.io_adapter.dev_name for choice in vios.io_adpts_for_link_agg]
    names += [port.dev_name for group in aggregations(world, vios.uuid) for port in ports_of(group)]
    return names


def aggregations(world: World, vios: str) -> list[LinkAggregation]:
    """The link aggregations of a server. vios: its uuid."""
    return list(world.where(LinkAggregation, vios=vios))


def ports_of(group: LinkAggregation) -> list[EthernetBackingDevice]:
    return [from_plain(EthernetBackingDevice, port, trusted=True) for port in group.ports]


def free_device(vios: VirtualIOServer, name: str) -> EthernetBackingDevice:
    """Raises Failure when the server has no such device, or it is in use."""
    for choice in vios.free_eth_devs_for_sea:
        if choice.ethernet_device.dev_name == name:
            return choice.ethernet_device
    free = ", ".join(choice.ethernet_device.dev_name for choice in vios.free_eth_devs_for_sea)
    raise say.NO_DEVICE.error(vios=vios.name, device=name, free=free or "none")


def without_device(vios: VirtualIOServer, name: str) -> VirtualIOServer:
    """The server when a device is taken."""
    return vios.evolve(
        free_eth_devs_for_sea=tuple(
            choice for choice in vios.free_eth_devs_for_sea if choice.ethernet_device.dev_name != name
        )
    )


def with_device(vios: VirtualIOServer, device: EthernetBackingDevice) -> VirtualIOServer:
    """The server when a device is given back; the list stays in order of the names."""
    choices = [*vios.free_eth_devs_for_sea, IOAdapterChoice(ethernet_device=device)]
    choices.sort(key=lambda choice: (len(choice.ethernet_device.dev_name), choice.ethernet_device.dev_name))
    return vios.evolve(free_eth_devs_for_sea=tuple(choices))


def aggregatable(vios: VirtualIOServer) -> tuple[IOAdapterChoice, ...]:
    """The ports that a link aggregation may be made of: the free ones that are not several ports themselves."""
    ports = [choice.ethernet_device for choice in vios.free_eth_devs_for_sea]
    return tuple(
        IOAdapterChoice(
            io_adapter=IOAdapter(
                id=port.adapter_id,
                description=port.description,
                dev_name=port.dev_name,
                dev_type=port.get("dev_type"),
                drc_name=port.get("drc_name"),
                phys_loc_code=port.phys_loc_code,
                udid=port.get("udid"),
            )
        )
        for port in ports
        if not port.description.startswith(AGGREGATION)
    )
