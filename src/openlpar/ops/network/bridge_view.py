"""Network bridges and shared Ethernet adapters as clients see them: what is stored, with their trunk adapters, and the load groups
and networks that follow from those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from openlpar.ops.network.trunks import Adapters, adapters_of, as_trunk, stored_seas
from openlpar.ops.views import derived, view
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.control_channel import channel_vlan
from openlpar.uom.network_bridge import (
    HighAvailabilityMode,
    LoadGroup,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer

_BACKED = {HighAvailabilityMode.FAILOVER, HighAvailabilityMode.LOAD_SHARING, HighAvailabilityMode.STANDBY}


@view(NetworkBridge)
def shown_bridge(world: World, bridge: NetworkBridge) -> NetworkBridge:
    """Made anew when the bridge is put: who changes a trunk of it has to do that."""
    adapters = Adapters(world)
    trunks = [adapters.of(sea) for sea in bridge.seas]
    if not any(trunks):
        return bridge  # a recording of a bridge without the adapters of its servers
    best = min(trunk.trunk_pri for group in trunks for trunk in group)
    listed = {trunk.uuid: as_trunk(trunk) for group in trunks for trunk in group}
    seas = tuple(
        _shown_sea(sea, group, listed, bridge.pvid, any(trunk.trunk_pri == best for trunk in group))
        for sea, group in zip(bridge.seas, trunks, strict=True)
    )
    groups = tuple(_load_groups(bridge.pvid, trunks, listed))
    modes = {sea.ha_mode for sea in bridge.seas}
    return bridge.evolve(
        control_channel_id=channel_vlan(bridge, adapters_of(world)) or bridge.get("control_channel_id"),
        failover=bool(modes & _BACKED),
        load_balance=HighAvailabilityMode.LOAD_SHARING in modes,
        load_grps=groups,
        seas=seas,
        vnet_uri_list=tuple(dict.fromkeys(chain.from_iterable(group.vnet_uri_list for group in groups))),
    )


def shown_seas(world: World, vios: VirtualIOServer) -> tuple[SharedEthernetAdapter, ...]:
    """The shared Ethernet adapters of a server, in the form in which the server lists them."""
    adapters = Adapters(world)
    shown = []
    for sea, bridge in stored_seas(world, vios):
        trunks = adapters.of(sea)
        if bridge is not None and trunks:
            best = min(trunk.trunk_pri for other in bridge.seas for trunk in adapters.of(other))
            listed = {trunk.uuid: as_trunk(trunk) for trunk in trunks}
            sea = _shown_sea(sea, trunks, listed, bridge.pvid, best in {trunk.trunk_pri for trunk in trunks})
        shown.append(sea)
    return tuple(shown)


@derived(SharedEthernetAdapter)
def servers_seas(world: World, parent: str | None) -> Iterator[SharedEthernetAdapter]:
    """The shared Ethernet adapters as objects of their own, named by device: what the padmin command line works on."""
    for vios in world.all(VirtualIOServer):
        if parent in (None, vios.uuid):
            yield from (sea.evolve(uuid=sea_id(vios.uuid, sea), parent=vios.uuid) for sea in shown_seas(world, vios))


def sea_id(vios: str, sea: SharedEthernetAdapter) -> str:
    return f"{vios}/{sea.dev_name}"


Listed = Mapping[str, TrunkAdapter]
"""The trunks by uuid, in the form in which they are listed."""


def _shown_sea(
    sea: SharedEthernetAdapter, trunks: Iterable[ClientNetworkAdapter], listed: Listed, pvid: int, is_primary: bool
) -> SharedEthernetAdapter:
    return sea.evolve(pvid=pvid, trunk_adapters=tuple(listed[trunk.uuid] for trunk in trunks), is_primary=is_primary)


def _load_groups(pvid: int, trunks: Sequence[Sequence[ClientNetworkAdapter]], listed: Listed) -> Iterator[LoadGroup]:
    """One group for each port VLAN, that of the bridge first. As recorded, the port VLAN of another group is no network of it: it
    carries nothing."""
    by_pvid: dict[int, list[ClientNetworkAdapter]] = {pvid: []}
    for group in trunks:
        for trunk in group:
            by_pvid.setdefault(trunk.pvid, []).append(trunk)
    for number, members in by_pvid.items():
        if not members:
            continue
        networks = members[0].vnet_uri_list
        yield LoadGroup(
            pvid=number,
            trunk_adapters=tuple(listed[trunk.uuid] for trunk in members),
            vnet_uri_list=networks if number == pvid else networks[1:],
        )
