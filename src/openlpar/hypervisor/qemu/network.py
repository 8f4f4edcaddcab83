"""What the virtual switch process has to carry: read from the virtual switches and client network adapters of the state.

The adapters of running logical partitions are ends for guests. The management partition and the Virtual I/O Servers are not
guests here: on a Vepa switch (the management network) they have a responder, which answers for them; on any other switch a
trunk adapter is an end of the same form as a guest's, for an uplink to be attached to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from openlpar.hypervisor.qemu.arguments import port_name
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition, PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch


def wanted(world: World) -> dict[str, Any]:
    """The arguments of the switch's request ``configure``."""
    switches = {switch.switch_id: switch for switch in world.all(VirtualSwitch)}
    return {
        "switches": [
            {"name": named(switch), "mode": switch.mode or SwitchMode.VEB.value} for switch in switches.values()
        ],
        "ports": [
            _port(partition, adapter, switches[adapter.vswitch_id])
            for partition in _partitions(world)
            for adapter in world.all(ClientNetworkAdapter, partition.uuid)
            if adapter.vswitch_id in switches and _has_end(partition, adapter, switches[adapter.vswitch_id])
        ],
    }


def management_addresses(world: World, partition: LogicalPartition) -> set[str]:
    """The IPv6 link-local addresses that its adapters on Vepa switches make of their MAC addresses."""
    switches = {switch.switch_id for switch in world.all(VirtualSwitch) if switch.mode == SwitchMode.VEPA}
    adapters = world.all(ClientNetworkAdapter, partition.uuid)
    return {_link_local(bytes.fromhex(card.mac)) for card in adapters if card.vswitch_id in switches}


def _link_local(mac: bytes) -> str:
    made = bytes((0xFE, 0x80, *bytes(6), mac[0] ^ 2, mac[1], mac[2], 0xFF, 0xFE, *mac[3:]))
    return str(ipaddress.IPv6Address(made))


def _partitions(world: World) -> Iterator[BasePartition]:
    yield from world.all(LogicalPartition)
    yield from (vios for vios in world.all(VirtualIOServer) if vios.state == PartitionState.RUNNING)


def named(switch: VirtualSwitch) -> str:
    """Its name in the switch process, which has no two of the same."""
    return f"{switch.name} ({switch.switch_id})"


def is_roaming(partition: BasePartition) -> bool:
    """Its guest may be here or on another system, behind a link between the two."""
    return partition.state == PartitionState.MIGRATING_RUNNING


def _is_guest(partition: BasePartition) -> bool:
    return isinstance(partition, LogicalPartition) and not partition.is_mgmt_partition


def _has_end(partition: BasePartition, adapter: ClientNetworkAdapter, switch: VirtualSwitch) -> bool:
    return _is_guest(partition) or switch.mode == SwitchMode.VEPA or bool(adapter.trunk_pri)


def _port(partition: BasePartition, adapter: ClientNetworkAdapter, switch: VirtualSwitch) -> dict[str, Any]:
    mac = adapter.mac.lower()
    port: dict[str, Any] = {
        "name": port_name(partition.id, adapter.slot),
        "switch": named(switch),
        "pvid": adapter.pvid,
        "tagged": [int(vlan) for vlan in adapter.tagged_vlans.split()],
        "mac": ":".join(mac[place : place + 2] for place in range(0, 12, 2)),
        "enabled": adapter.enabled if adapter.has("enabled") else True,
        "kind": "guest" if _is_guest(partition) or switch.mode != SwitchMode.VEPA else "responder",
    }
    if adapter.trunk_pri:
        # Its frames come from whoever is behind it: it has no address of its own to be held to.
        return port | {"trunk": True, "trunk_priority": adapter.trunk_pri}
    if is_roaming(partition):
        port["roaming"] = True
    return port | {"allowed_macs": _allowed(adapter.allowed_macs)}


def _allowed(text: str) -> str | list[str]:
    """``ALL``, ``NONE`` or addresses of twelve digits each, between blanks or commas."""
    if text.upper() in ("", "ALL", "NONE"):
        return text.lower() or "all"
    macs = text.replace(",", " ").split()
    return [":".join(mac.lower()[place : place + 2] for place in range(0, 12, 2)) for mac in macs]
