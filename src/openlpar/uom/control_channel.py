"""The control channel of two shared Ethernet adapters that back each other: by which each hears that the other one runs.

It is a VLAN inside of the server that only they are on: by a virtual Ethernet adapter of each Virtual I/O Server (``ctl_chan``),
or, where neither names one, VLAN 4095 on their default trunk adapters. While both servers run and do not hear each other, each
takes the other for dead and bridges everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter, vios_uuid

SIMPLIFIED_VLAN = 4095
"""Of a channel without adapters of its own."""

AdaptersOf = Callable[[str], Iterable[ClientNetworkAdapter]]
"""The virtual Ethernet adapters of a Virtual I/O Server, by its uuid."""


def channel_adapter(sea: SharedEthernetAdapter, adapters: AdaptersOf) -> ClientNetworkAdapter | None:
    """None when it names none, or one that is not there."""
    if not sea.control_channel:
        return None
    return next((one for one in adapters(vios_uuid(sea)) if one.dev_name == sea.control_channel), None)


def channel_vlan(bridge: NetworkBridge, adapters: AdaptersOf) -> int:
    """The VLAN of the first channel adapter that is there; 0 when there is none."""
    found = (channel_adapter(sea, adapters) for sea in bridge.seas)
    return next((adapter.pvid for adapter in found if adapter is not None), 0)


def channel_fault(bridge: NetworkBridge, adapters: AdaptersOf) -> str:
    """Why the two adapters of a bridge, as clients see it, do not hear each other while their servers run; "" when they do."""
    named = [sea for sea in bridge.seas if sea.control_channel]
    if not named:
        return next(filter(None, (_default_fault(bridge, sea) for sea in bridge.seas)), "")
    for sea in bridge.seas:
        fault = _own_fault(sea, adapters)
        if fault:
            return fault
    ends = [channel_adapter(sea, adapters) for sea in bridge.seas]
    one, other = ends[0], ends[-1]
    if one is None or other is None:
        return ""  # a recording that does not tell the adapters' names
    for what, left, right in (("VLAN", one.pvid, other.pvid), ("virtual switch", one.vswitch_id, other.vswitch_id)):
        if left != right:
            return f"{one.loc_code} is on {what} {left} and {other.loc_code} on {what} {right}"
    return ""


def _default_fault(bridge: NetworkBridge, sea: SharedEthernetAdapter) -> str:
    for trunk in sea.trunk_adapters:
        if trunk.pvid == bridge.pvid and trunk.has("enabled") and not trunk.enabled:
            return f"default trunk adapter {trunk.loc_code} of {sea.dev_name} is disabled"
    return ""


def _own_fault(sea: SharedEthernetAdapter, adapters: AdaptersOf) -> str:
    if not sea.control_channel:
        return f"{sea.dev_name} has no control channel adapter, and its peer has one"
    adapter = channel_adapter(sea, adapters)
    if adapter is None:
        is_told = any(one.dev_name for one in adapters(vios_uuid(sea)))
        return f"control channel adapter {sea.control_channel} of {sea.dev_name} does not exist" if is_told else ""
    if adapter.has("enabled") and not adapter.enabled:
        return f"control channel adapter {adapter.loc_code} of {sea.dev_name} is disabled"
    return ""
