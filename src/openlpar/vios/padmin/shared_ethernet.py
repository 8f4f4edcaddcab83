"""Shared Ethernet adapters: which of two that back each other bridges now."""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import HighAvailabilityMode, NetworkBridge, SharedEthernetAdapter
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server

DEFAULT_CONTROL_CHANNEL = 4095
"""The VLAN that adapters without a control channel of their own tell each other their state on."""


@dataclass(frozen=True, slots=True)
class Availability:
    """state: PRIMARY, BACKUP, PRIMARY_SH or BACKUP_SH; bridged: All, None or Partial; priority: of its trunks, 1 is the best;
    control_channel: device and VLAN of the channel on which both tell their state."""

    mode: str
    state: str
    bridged: str
    priority: int
    control_device: str
    control_vlan: int


def find_shared_ethernet(server: Server, name: str) -> SharedEthernetAdapter:
    """Raises Refusal."""
    for sea in server.vios.seas:
        if sea.dev_name == name:
            return sea
    if server.knows(name):
        raise Refusal(Status.SYNTAX, f'"{name}" is not a shared Ethernet adapter. lsdev -type sea lists them.')
    raise no_such("Device", name, "lsdev -type sea lists the shared Ethernet adapters.")


def availability(server: Server, sea: SharedEthernetAdapter) -> Availability | None:
    """None for an adapter that nothing backs. The one with the best priority among those whose servers run is the primary one; in
    sharing mode both bridge a part while both run."""
    mode = sea.ha_mode
    if mode in ("", HighAvailabilityMode.DISABLED):
        return None
    bridge, peers = _peers(server, sea)
    own = _priority(sea)
    better = [peer for peer in peers if _priority(peer) < own]
    first = not better
    if mode == HighAvailabilityMode.LOAD_SHARING:
        state = "PRIMARY_SH" if first else "BACKUP_SH"
        bridged = "Partial" if peers else "All"
    else:
        state, bridged = ("PRIMARY", "All") if first else ("BACKUP", "None")
    vlan = bridge.control_channel_id if bridge is not None else 0
    for adapter in server.change.all(ClientNetworkAdapter, server.uuid):
        if sea.control_channel and adapter.dev_name == sea.control_channel:
            vlan = adapter.pvid
    return Availability(mode, state, bridged, own, sea.control_channel, vlan or DEFAULT_CONTROL_CHANNEL)


def _peers(server: Server, sea: SharedEthernetAdapter) -> tuple[NetworkBridge | None, list[SharedEthernetAdapter]]:
    """The bridge, and the adapters in it on other servers that run."""
    for stored in server.change.all(NetworkBridge):
        bridge = server.operator.shown(stored)
        owners = [(each.vio_uri.rpartition("/")[2], each) for each in bridge.seas]
        if any(uuid == server.uuid and each.dev_name == sea.dev_name for uuid, each in owners):
            return bridge, [each for uuid, each in owners if uuid != server.uuid and _runs(server, uuid)]
    return None, []


def _runs(server: Server, uuid: str) -> bool:
    vios = server.change.find(VirtualIOServer, uuid)
    return vios is not None and vios.state == PartitionState.RUNNING


def _priority(sea: SharedEthernetAdapter) -> int:
    return min((trunk.trunk_pri for trunk in sea.trunk_adapters if trunk.trunk_pri), default=1)
