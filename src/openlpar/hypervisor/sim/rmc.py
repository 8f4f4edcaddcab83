"""Whether the operating system of a simulated partition reaches its NovaLink over RMC, and why not (comanagement-rmc 4).

The way is a network of its own: the virtual switch MGMTSWITCH, VLAN 4094, with IPv6 link-local addresses, on which the NovaLink
has the trunk adapter. A partition without an adapter there is taken to be connected over an outside network, whose addresses
nobody here knows, unless the behaviour says that there is none.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from openlpar.hypervisor.sim.behaviour import Behaviour
from openlpar.ports.records import RmcConnection
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition, PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch

SWITCH, VLAN = "MGMTSWITCH", 4094
OLDEST_RSCT = (3, 2, 1, 0)

HEARTBEATS_MS = (120_000, 300_000)
"""After this long without an answer a connection is taken for lost: 2 to 5 minutes."""
RECOVERY_MS = (60_000, 300_000)
"""So long it takes until a connection is there again when the network is: up to 5 minutes."""


@dataclass(frozen=True, slots=True)
class Way:
    """cause: why there is no way, "" when there is one. address, adapter: of the partition's end; "" over an outside network."""

    cause: str = ""
    address: str = ""
    adapter: str = ""


def way(world: World, partition: BasePartition, behaviour: Behaviour) -> Way:
    """Of a partition whose operating system is up."""
    rsct = behaviour.guest(partition.name).rsct
    if tuple(map(int, rsct.split("."))) < OLDEST_RSCT:
        return Way(f"its RSCT is {rsct}, and RMC with a NovaLink needs {'.'.join(map(str, OLDEST_RSCT))} or later")
    switch = next(world.where(VirtualSwitch, name=SWITCH), None)
    adapters = _on(world, switch, partition)
    if switch is None or not adapters:
        return Way() if behaviour.outside_rmc else Way(f"it has no virtual Ethernet adapter on {SWITCH} in VLAN {VLAN}")
    return _managed(world, switch, adapters)


def _managed(world: World, switch: VirtualSwitch, adapters: list[ClientNetworkAdapter]) -> Way:
    found = next((one for one in adapters if one.pvid == VLAN), None)
    if found is None:
        return Way(f"its adapter on {SWITCH} ({adapters[0].loc_code}) is in VLAN {adapters[0].pvid}, not in {VLAN}")
    if found.enabled is False and found.has("enabled"):
        return Way(f"its adapter on {SWITCH} ({found.loc_code}) is disabled", adapter=found.uuid)
    novalink = novalink_of(world)
    if novalink is not None and not _has_trunk(world, switch, novalink):
        return Way(f"partition {novalink.name} has no trunk adapter on {SWITCH} in VLAN {VLAN}", adapter=found.uuid)
    return Way("", link_local(found.mac), found.uuid)


def novalink_of(world: World) -> LogicalPartition | None:
    return next((one for one in world.all(LogicalPartition) if one.is_mgmt_partition), None)


def _has_trunk(world: World, switch: VirtualSwitch, novalink: LogicalPartition) -> bool:
    ends = _on(world, switch, novalink)
    return any(one.pvid == VLAN and one.trunk_pri and (one.enabled or not one.has("enabled")) for one in ends)


def _on(world: World, switch: VirtualSwitch | None, partition: BasePartition) -> list[ClientNetworkAdapter]:
    if switch is None:
        return []
    return [one for one in world.all(ClientNetworkAdapter, partition.uuid) if one.vswitch_id == switch.switch_id]


def running(world: World) -> Iterable[BasePartition]:
    """Those whose operating system could be connected."""
    for kind in (LogicalPartition, VirtualIOServer):
        for one in world.all(kind):
            if one.state == PartitionState.RUNNING and not one.is_mgmt_partition:
                yield one


def touched(world: World, altered: Collection[tuple[type[Any], str]]) -> list[BasePartition]:
    """The running partitions whose way may have changed with these objects."""
    kinds = {kind for kind, _ in altered}
    if VirtualSwitch in kinds:
        return list(running(world))
    if ClientNetworkAdapter not in kinds:
        return []
    uuids: set[str] = set()
    for kind, uuid in altered:
        if kind is ClientNetworkAdapter:
            adapter = world.find(ClientNetworkAdapter, uuid)
            uuids.add(adapter.parent or "" if adapter is not None else "")
            uuids |= {connection.uuid for connection in world.where(RmcConnection, adapter=uuid)}
    novalink, switch = novalink_of(world), next(world.where(VirtualSwitch, name=SWITCH), None)
    if novalink is not None and (novalink.uuid in uuids or switch is None or not _has_trunk(world, switch, novalink)):
        return list(running(world))
    return [one for one in running(world) if one.uuid in uuids]


def link_local(mac: str) -> str:
    """The address that IPv6 makes of a MAC address (modified EUI-64)."""
    digits = mac.replace(":", "")
    first = int(digits[:2], 16) ^ 2
    return str(ipaddress.IPv6Address(int(f"fe80000000000000{first:02x}{digits[2:6]}fffe{digits[6:]}", 16)))
