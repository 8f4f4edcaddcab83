"""Who uses which VLAN of which switch: running totals, so that a question costs the same with ten adapters or ten thousand."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ops.capacity import TALLIES
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter


def tagged_vlans(adapter: ClientNetworkAdapter) -> tuple[int, ...]:
    """The additional VLANs of a stored adapter."""
    return tuple(int(vlan) for vlan in adapter.tagged_vlans.split())


def networks_of(adapter: ClientNetworkAdapter) -> Iterator[tuple[int, bool]]:
    """(VLAN, tagged) of each virtual network an adapter is in; its port VLAN first."""
    yield adapter.pvid, False
    for vlan in tagged_vlans(adapter):
        yield vlan, True


def _switch(switch_id: int) -> str:
    return f"switch {switch_id}"


def _network(switch_id: int, vlan: int, tagged: bool) -> str:
    return f"network {switch_id} {vlan} {tagged:d}"


def _trunk(switch_id: int, vlan: int, priority: int) -> str:
    return f"trunk {switch_id} {vlan} {priority}"


def shares(adapter: ClientNetworkAdapter) -> dict[str, int]:
    """An adapter's part in the running totals."""
    switch_id = adapter.vswitch_id
    totals = {_switch(switch_id): 1}
    for vlan, tagged in networks_of(adapter):
        totals[_network(switch_id, vlan, tagged)] = 1
        if adapter.has("trunk_pri"):
            totals[_trunk(switch_id, vlan, adapter.trunk_pri)] = 1
    return totals


TALLIES[ClientNetworkAdapter] = shares


def adapters_on(world: World, switch_id: int) -> int:
    return world.tally(_switch(switch_id))


def is_in_use(world: World, switch_id: int, vlan: int, tagged: bool) -> bool:
    return world.tally(_network(switch_id, vlan, tagged)) > 0


def trunks_on(world: World, switch_id: int, vlan: int, priority: int) -> int:
    return world.tally(_trunk(switch_id, vlan, priority))
