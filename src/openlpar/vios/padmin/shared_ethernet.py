"""Shared Ethernet adapters: what one does now, beside the other that backs it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from openlpar.ports.links import Links
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.control_channel import SIMPLIFIED_VLAN
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter
from openlpar.uom.partition import PartitionState
from openlpar.uom.sea_failover import BACKUP_STATES, PRIMARY_STATES, SEADuty, duties, is_backed, priority
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server


@dataclass(frozen=True, slots=True)
class Availability:
    """priority: of its trunks, 1 is the best; control_vlan: of the channel on which both tell their state; became_backup,
    became_primary: how often, since the server was started."""

    duty: SEADuty
    priority: int
    control_vlan: int
    became_backup: int
    became_primary: int


def find_shared_ethernet(server: Server, name: str) -> SharedEthernetAdapter:
    """Raises Refusal."""
    for sea in server.vios.seas:
        if sea.dev_name == name:
            return sea
    if server.knows(name):
        raise Refusal(Status.SYNTAX, f'"{name}" is not a shared Ethernet adapter. lsdev -type sea lists them.')
    raise no_such("Device", name, "lsdev -type sea lists the shared Ethernet adapters.")


def duty_of(server: Server, sea: SharedEthernetAdapter) -> tuple[NetworkBridge, SEADuty] | None:
    """What an adapter does now, and its bridge; None for one that is described outside of any bridge."""
    running = {vios.uuid for vios in server.change.all(VirtualIOServer) if vios.state == PartitionState.RUNNING}
    for stored in server.change.all(NetworkBridge):
        bridge = server.operator.shown(stored)
        adapters = functools.partial(server.change.all, ClientNetworkAdapter)
        for duty in duties(bridge, running, adapters, Links(server.change).has):
            if duty.vios == server.uuid and duty.sea.dev_name == sea.dev_name:
                return bridge, duty
    return None


def availability(server: Server, sea: SharedEthernetAdapter) -> Availability | None:
    """None for an adapter that nothing backs."""
    found = duty_of(server, sea) if is_backed(sea) else None
    if found is None:
        return None
    bridge, duty = found
    vlan = bridge.control_channel_id
    for adapter in server.change.all(ClientNetworkAdapter, server.uuid):
        if sea.control_channel and adapter.dev_name == sea.control_channel:
            vlan = adapter.pvid
    # As long as nothing has happened, it has become once what it is.
    now = (int(duty.state in BACKUP_STATES), int(duty.state in PRIMARY_STATES))
    times = server.history.failovers.get(sea.dev_name, now)
    return Availability(duty, priority(duty.sea), vlan or SIMPLIFIED_VLAN, *times)
