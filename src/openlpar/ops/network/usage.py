"""Who uses which VLAN of which switch: running totals, so that a question costs the same with ten adapters or ten thousand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from openlpar.ops.capacity import TALLIES
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter


@lru_cache(maxsize=4096)
def vlans_of(text: str) -> tuple[int, ...]:
    """The VLANs in a text of numbers with blanks between them, as they are stored and shown."""
    return tuple(map(int, text.split()))


def tagged_vlans(adapter: ClientNetworkAdapter) -> tuple[int, ...]:
    """The additional VLANs of a stored adapter."""
    return vlans_of(adapter.tagged_vlans)


def all_vlans(adapter: ClientNetworkAdapter) -> tuple[int, ...]:
    """All VLANs of a stored adapter; its port VLAN first."""
    return (adapter.pvid, *vlans_of(adapter.tagged_vlans))


def networks_of(adapter: ClientNetworkAdapter) -> Iterator[tuple[int, bool]]:
    """(VLAN, tagged) of each virtual network an adapter is in; its port VLAN first."""
    yield adapter.pvid, False
    for vlan in tagged_vlans(adapter):
        yield vlan, True


def places_of(adapter: ClientNetworkAdapter) -> Iterator[tuple[int, int, bool]]:
    """The same with the number of its switch first: what a virtual network is known by."""
    for vlan, tagged in networks_of(adapter):
        yield adapter.vswitch_id, vlan, tagged


def _switch(switch_id: int) -> str:
    return f"switch {switch_id}"


def _network(switch_id: int, vlan: int, tagged: bool) -> str:
    return f"network {switch_id} {vlan} {tagged:d}"


def _trunk(switch_id: int, vlan: int, priority: int) -> str:
    return f"trunk {switch_id} {vlan} {priority}"


def shares(adapter: ClientNetworkAdapter) -> Mapping[str, int]:
    """An adapter's part in the running totals."""
    return _shares(adapter.vswitch_id, adapter.pvid, adapter.tagged_vlans, adapter.get("trunk_pri"))


@lru_cache(maxsize=4096)
def _shares(switch_id: int, pvid: int, tagged: str, priority: int | None) -> Mapping[str, int]:
    totals = {_switch(switch_id): 1}
    for vlan, is_tagged in ((pvid, False), *((vlan, True) for vlan in vlans_of(tagged))):
        totals[_network(switch_id, vlan, is_tagged)] = 1
        if priority is not None:
            totals[_trunk(switch_id, vlan, priority)] = 1
    return MappingProxyType(totals)


TALLIES[ClientNetworkAdapter] = shares


def adapters_on(world: World, switch_id: int) -> int:
    return world.tally(_switch(switch_id))


def is_in_use(world: World, switch_id: int, vlan: int, tagged: bool) -> bool:
    return world.tally(_network(switch_id, vlan, tagged)) > 0


def trunks_on(world: World, switch_id: int, vlan: int, priority: int) -> int:
    return world.tally(_trunk(switch_id, vlan, priority))
