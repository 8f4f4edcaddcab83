"""Network bridges can be read; changes are refused."""

from __future__ import annotations

from openlpar.messages import general
from openlpar.ops.core import ResourceRequest
from openlpar.ops.network.network_bridge import (
    CreateNetworkBridge,
    DeleteNetworkBridge,
    UpdateNetworkBridge,
)
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter, TrunkAdapter
from openlpar.uom.virtual_network import VirtualNetwork
from tests.ops.network.plant import PARENT, Plant

SEA = SharedEthernetAdapter(dev_name="ent8", trunk_adapters=(TrunkAdapter(pvid=1, trunk_pri=1),))
BRIDGE = NetworkBridge(uuid="b1", parent=PARENT, pvid=1, seas=(SEA,), failover=False)


def test_a_bridge_is_not_made_changed_or_deleted(plant: Plant) -> None:
    plant.add(BRIDGE)
    made = ResourceRequest(NetworkBridge, parent=PARENT, element=BRIDGE)
    plant.refuses(CreateNetworkBridge.from_request(made), general.UNSUPPORTED, "not supported on this system")
    more = BRIDGE.evolve(seas=(SEA.evolve(trunk_adapters=(*SEA.trunk_adapters, TrunkAdapter(pvid=4094))),))
    changed = ResourceRequest(NetworkBridge, "b1", PARENT, more)
    plant.refuses(UpdateNetworkBridge.from_request(changed), general.UNSUPPORTED, "not supported on this system")
    plant.refuses(DeleteNetworkBridge("b1"), general.UNSUPPORTED)
    plant.refuses(DeleteNetworkBridge("b2"), general.NOT_FOUND)


def test_what_was_read_may_be_sent_back(plant: Plant) -> None:
    plant.add(BRIDGE)
    plant.same_after(UpdateNetworkBridge("b1", BRIDGE))


def test_a_network_of_a_bridge_stays_without_adapters(plant: Plant) -> None:
    from openlpar.ops.network.virtual_network import drop_unused_networks

    networks = [VirtualNetwork(uuid=f"n{n}", parent=PARENT, vlan=n, vswitch_id=0) for n in (5, 6)]
    plant.add(*networks, BRIDGE.evolve(vnet_uri_list=(f"ManagedSystem/{PARENT}/VirtualNetwork/n5",)))
    with plant.engine.alter() as change:
        drop_unused_networks(change)
    assert [network.vlan for network in plant.state.all(VirtualNetwork)] == [5]
