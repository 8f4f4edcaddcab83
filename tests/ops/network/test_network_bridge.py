"""Network bridges: what a client may make of them, and why not; what follows for adapters, networks and devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Message, general
from openlpar.messages import network as say_network
from openlpar.messages import network_bridge as say
from openlpar.messages import partition as say_partition
from openlpar.ops.core import Operation
from openlpar.ops.network.bridge_view import servers_seas
from openlpar.ops.network.link_aggregation import CreateLinkAggregation, DeleteLinkAggregation
from openlpar.ops.network.virtual_network import drop_unused_networks
from openlpar.ops.views import shown
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice, IPInterface
from openlpar.uom.network_bridge import (
    BackingDeviceChoice,
    LoadGroup,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.closing.gannet import Gannet, request
from tests.effort import calls
from tests.ops.network.plant import PARENT, Plant

VIOSES = ("vios1", "vios2")


@pytest.fixture
def house(tmp_path: Path) -> Gannet:
    """The default system; it has one bridge, of VLAN 1, on the first port of each server."""
    return Gannet(tmp_path / "data")


def refused(house: Gannet, operation: Operation, message: Message, *words: str) -> None:
    before = house.everything()
    failure = house.refusal(operation)
    assert failure is not None and failure.message is message, failure
    for word in words:
        assert word in failure.text, failure.text
    assert house.everything() == before


def bridge(house: Gannet, pvid: int = 1) -> NetworkBridge:
    found: NetworkBridge = house.only(NetworkBridge, pvid=pvid)
    return found


def trunk(pvid: int, tagged: str = "", **fields: Any) -> TrunkAdapter:
    return TrunkAdapter(pvid=pvid, tagged_vlans=tagged, **fields)


def sea(
    house: Gannet, server: str, *trunks: TrunkAdapter, device: str = "ent1", **fields: Any
) -> SharedEthernetAdapter:
    return SharedEthernetAdapter(
        vio_uri=f"VirtualIOServer/{house.partition(server).uuid}",
        backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name=device)),
        trunk_adapters=trunks,
        **fields,
    )


def wish(house: Gannet, pvid: int, *servers: str, **fields: Any) -> NetworkBridge:
    seas = [sea(house, name, trunk(pvid, trunk_pri=1 + place)) for place, name in enumerate(servers or VIOSES)]
    return NetworkBridge(parent=house.only(NetworkBridge).parent, pvid=pvid, **{"seas": seas, **fields})


def with_trunks(bridge: NetworkBridge, *trunks: TrunkAdapter) -> NetworkBridge:
    """The primary trunks and these."""
    seas = [one.evolve(trunk_adapters=(one.trunk_adapters[0], *trunks)) for one in bridge.seas]
    return bridge.evolve(seas=seas)


def updated(house: Gannet, element: NetworkBridge) -> NetworkBridge:
    found: NetworkBridge = shown(house.state, house.update(element))
    return found


def free(house: Gannet, server: str) -> list[str]:
    return [choice.ethernet_device.dev_name for choice in house.partition(server).free_eth_devs_for_sea]


# making and removing


def test_a_new_bridge_has_trunks_devices_and_networks(house: Gannet) -> None:
    made = shown(house.state, house.create(wish(house, 50)))
    assert (made.failover, made.load_balance, made.pvid) == (True, False, 50)
    assert [one.is_primary for one in made.seas] == [True, False]
    for name, one in zip(VIOSES, made.seas, strict=True):
        (own,) = one.trunk_adapters
        stored = house.below(ClientNetworkAdapter, name, pvid=50)
        assert (own.mac, own.virtual_slot_number, own.dev_name) == (stored.mac, stored.slot, stored.dev_name)
        # ent0 to ent3 are ports, ent4 and ent5 adapters, ent6 is the shared Ethernet adapter of the first bridge.
        assert (own.dev_name, one.dev_name, one.ip_interface.name) == ("ent7", "ent8", "en8")
        assert free(house, name) == ["ent2", "ent3"]
        assert [each.dev_name for each in house.partition(name).seas] == ["ent6", "ent8"]
    (network,) = [each for each in house.state.all(VirtualNetwork) if each.vlan == 50]
    assert [path.rpartition("/")[2] for path in made.vnet_uri_list] == [network.uuid]


def test_deleting_a_bridge_gives_everything_back(house: Gannet) -> None:
    """The error logs of the servers alone tell that there was one."""
    before = {kind: objects for kind, objects in house.everything().items() if kind != "Due"}
    made = house.create(wish(house, 50))
    made = updated(house, with_trunks(shown(house.state, made), trunk(4000, "60 61")))
    house.do(request("delete", made))
    after = house.everything()
    told = after.pop("ErrorEntry")
    after.pop("ServerHistory")
    assert after == before
    assert {entry.label for entry in told} == {"SEAHA_PRIMARY", "SEAHA_BACKUP"}


def test_one_server_is_enough_and_the_second_may_follow(house: Gannet) -> None:
    made = shown(house.state, house.create(wish(house, 50, "vios1")))
    assert (made.failover, [one.ha_mode for one in made.seas]) == (False, ["disabled"])
    refused(house, request("update", made.evolve(failover=True)), say.MODE_NEEDS, "one shared Ethernet adapter")
    both = made.evolve(seas=(*made.seas, sea(house, "vios2", trunk(50, trunk_pri=2))))
    made = updated(house, both)
    made = updated(house, made.evolve(failover=True))
    assert [one.ha_mode for one in made.seas] == ["auto", "auto"]
    alone = updated(house, made.evolve(seas=made.seas[:1]))
    assert len(alone.seas) == 1 and free(house, "vios2") == ["ent1", "ent2", "ent3"]


def test_what_a_bridge_is_made_of_is_checked(house: Gannet) -> None:
    def of(*seas: SharedEthernetAdapter) -> Operation:
        return request("create", wish(house, 50, seas=seas))

    one = sea(house, "vios1", trunk(50))
    refused(house, of(), say.BAD_SERVERS, "0")
    refused(house, of(one, sea(house, "vios1", trunk(50, trunk_pri=2), device="ent2")), say.BAD_SERVERS, "vios1")
    refused(house, of(sea(house, "vios1", trunk(50), device="ent9")), say.NO_DEVICE, "ent9", "ent1, ent2, ent3")
    refused(house, of(sea(house, "vios1", trunk(50), device="ent0")), say.NO_DEVICE, "ent0")
    refused(house, of(one.evolve(vio_uri="VirtualIOServer/x")), general.BAD_VALUE, "VirtualIOServer/x")
    refused(house, of(one.evolve(trunk_adapters=())), general.MISSING_VALUE, "TrunkAdapters")
    refused(house, of(sea(house, "vios1", TrunkAdapter())), general.MISSING_VALUE, "PortVLANID")
    refused(house, of(sea(house, "vios1", trunk(51))), say.TRUNK_MISFIT, "50", "primary")
    refused(house, of(one, sea(house, "vios2", trunk(50))), say.TRUNK_MISFIT, "trunk priority 1")
    refused(house, of(sea(house, "vios1", trunk(50, trunk_pri=16))), say.TRUNK_MISFIT, "16")
    refused(house, request("create", wish(house, 50).evolve(pvid=None)), general.MISSING_VALUE, "PortVLANID")
    refused(house, request("create", wish(house, 50, load_balance=True)), say.MODE_NEEDS, "sharing")


# VLANs


def test_trunks_are_added_changed_and_removed_on_both_servers(house: Gannet) -> None:
    made = updated(house, with_trunks(bridge(house), trunk(4094, "100 101")))
    assert [group.pvid for group in made.load_grps] == [1, 4094]
    assert [len(group.vnet_uri_list) for group in made.load_grps] == [1, 2]
    seas = [
        one.evolve(trunk_adapters=(one.trunk_adapters[0], one.trunk_adapters[1].evolve(pvid=4093, tagged_vlans="101")))
        for one in made.seas
    ]
    made = updated(house, made.evolve(seas=seas))
    assert [(one.pvid, one.tagged_vlans) for one in made.seas[1].trunk_adapters] == [(1, ""), (4093, "101")]
    assert {each.vlan for each in house.state.all(VirtualNetwork)} == {
        1,
        101,
        4093,
        4094,
    }  # 4094: the management switch
    assert len(updated(house, with_trunks(made)).load_grps) == 1


def test_load_groups_change_a_bridge_as_clients_of_an_hmc_do(house: Gannet) -> None:
    lpar = house.lpar("vm1")
    wired = ClientNetworkAdapter(parent=lpar.uuid, pvid=100, tagged_vlans="101", is_tagged_vlan_supported=True)
    house.create(wired)
    paths = {
        each.vlan: f"ManagedSystem/{each.parent}/VirtualNetwork/{each.uuid}" for each in house.state.all(VirtualNetwork)
    }
    now = bridge(house)
    group = LoadGroup(pvid=4000, vnet_uri_list=(paths[100], paths[101]))
    made = updated(house, now.evolve(load_grps=(*now.load_grps, group)))
    for one in made.seas:
        assert [(each.pvid, each.tagged_vlans) for each in one.trunk_adapters] == [(1, ""), (4000, "100 101")]
    first, second = made.load_grps
    made = updated(house, made.evolve(load_grps=(first, second.evolve(vnet_uri_list=second.vnet_uri_list[1:]))))
    assert made.seas[0].trunk_adapters[1].tagged_vlans == "101"
    both = with_trunks(made, trunk(4001, "7")).evolve(load_grps=made.load_grps[:1])
    refused(house, request("update", both), general.BAD_VALUE, "LoadGroups")
    made = updated(house, made.evolve(load_grps=made.load_grps[:1]))
    assert [len(one.trunk_adapters) for one in made.seas] == [1, 1]


def test_the_rules_of_trunks(house: Gannet) -> None:
    now = bridge(house)
    house.create(VirtualSwitch(name="OTHER"))

    def of(*trunks: TrunkAdapter) -> Operation:
        return request("update", with_trunks(now, *trunks))

    refused(house, of(trunk(4094, " ".join(map(str, range(100, 121))))), general.BAD_VALUE, "21 VLANs")
    refused(house, of(trunk(4094, "5000")), general.BAD_VALUE, "5000")
    refused(house, of(trunk(0)), general.BAD_VALUE, "PortVLANID")
    refused(house, of(*(trunk(4000 + n) for n in range(16))), say.TOO_MANY_TRUNKS, "17", "16")
    refused(house, of(trunk(4094, "7"), trunk(4093, "7")), say.TRUNK_MISFIT, "VLAN 7")
    refused(house, of(trunk(4094, "1")), say.TRUNK_MISFIT, "VLAN 1")
    refused(house, of(trunk(4094, trunk_pri=1)), say.TRUNK_MISFIT, "trunk priority is 1, not 2")
    refused(house, of(trunk(4094, vswitch_id=2)), say.TRUNK_MISFIT, "OTHER", "ETHERNET0")
    refused(house, of(trunk(4094, mac="36BACB2677A7", virtual_slot_number=3)), say_network.SLOT_TAKEN, "3")
    lopsided = now.evolve(
        seas=(now.seas[0].evolve(trunk_adapters=(*now.seas[0].trunk_adapters, trunk(4094, "5"))), now.seas[1])
    )
    refused(house, request("update", lopsided), say.UNEQUAL, "VLAN 5", "ent6 of vios1")
    bare = now.evolve(seas=[one.evolve(trunk_adapters=()) for one in now.seas])
    refused(house, request("update", bare), say.TRUNK_MISFIT, "primary")


def test_a_vlan_is_on_one_bridge_of_a_switch(house: Gannet) -> None:
    other = shown(house.state, house.create(wish(house, 50)))
    updated(house, with_trunks(other, trunk(4000, "60")))
    refused(house, request("update", with_trunks(bridge(house), trunk(4094, "60"))), say.VLAN_BRIDGED, "60", "50")
    refused(house, request("update", with_trunks(bridge(house), trunk(4000))), say.VLAN_BRIDGED, "4000")
    orphan = ClientNetworkAdapter(parent=house.partition("vios1").uuid, pvid=70, trunk_pri=2, use_next_slot=True)
    house.create(orphan)
    again = request("update", with_trunks(bridge(house), trunk(4094, "70")))
    refused(house, again, say_network.TRUNK_TAKEN, "70")


def test_a_trunk_of_a_bridge_is_changed_by_way_of_it_only(house: Gannet) -> None:
    own = house.below(ClientNetworkAdapter, "vios1", pvid=1)
    for change in ({"pvid": 2}, {"trunk_pri": 3}, {"mac": "020000000001"}, {"tagged_vlans": "9"}):
        refused(house, request("update", own.evolve(**change)), say_network.TRUNK_BRIDGED, "ent6")
    refused(house, request("delete", own), say_network.TRUNK_BRIDGED, "ent6")


def test_a_server_that_runs_needs_rmc(house: Gannet) -> None:
    vios = house.state.get(VirtualIOServer, house.partition("vios2").uuid)
    with house.engine.alter() as change:
        change.put(vios.evolve(rmc_state="inactive"))
    wished = with_trunks(bridge(house), trunk(4094, "100"))
    refused(house, request("update", wished), say_partition.DLPAR_NO_RMC, "vios2")
    with house.engine.alter() as change:
        change.put(vios.evolve(state="not activated", rmc_state="inactive"))
    assert len(updated(house, wished).load_grps) == 2


# attributes


def test_attributes_of_the_shared_ethernet_adapters(house: Gannet) -> None:
    now = bridge(house)
    changed = {"jumbo_frames": True, "qos_mode": "loose", "large_send": False}
    made = updated(house, now.evolve(seas=[one.evolve(**changed) for one in now.seas]))
    for one in made.seas:
        assert {name: one.get(name) for name in changed} == changed
    assert house.partition("vios1").seas[0].jumbo_frames
    first = made.seas[0]

    def of(**fields: Any) -> Operation:
        return request("update", made.evolve(seas=(first.evolve(**fields), made.seas[1])))

    refused(house, of(queue_size=0), general.BAD_VALUE, "QueueSize")
    refused(house, of(qos_mode="fast"), general.BAD_VALUE, "fast")
    refused(house, of(ha_mode="disabled"), say.MODE_NEEDS, "differ")
    device = BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name="ent3"))
    refused(house, of(backing_device=device), general.READ_ONLY, "ent3")


def test_load_sharing_needs_something_to_share(house: Gannet) -> None:
    refused(house, request("update", bridge(house).evolve(load_balance=True)), say.MODE_NEEDS, "one trunk adapter")
    made = updated(house, with_trunks(bridge(house), trunk(4094, "5")).evolve(load_balance=True))
    assert made.load_balance and {one.ha_mode for one in made.seas} == {"sharing"}
    refused(house, request("update", with_trunks(made)), say.MODE_NEEDS, "one trunk adapter")


def test_an_adapter_with_an_address_stays(house: Gannet) -> None:
    now = bridge(house)
    interface = IPInterface(name="en6", ip_address="192.0.2.7", subnet_mask="255.255.255.0", state="Active")
    made = updated(house, now.evolve(seas=(now.seas[0].evolve(ip_interface=interface), now.seas[1])))
    refused(house, request("delete", made), say.SEA_HAS_ADDRESS, "en6", "192.0.2.7")


# by the command line of a server: of what is there


def orphan(house: Gannet, server: str, pvid: int, priority: int, tagged: str = "") -> ClientNetworkAdapter:
    parent = house.partition(server).uuid
    made: ClientNetworkAdapter = house.create(
        ClientNetworkAdapter(
            parent=parent,
            pvid=pvid,
            trunk_pri=priority,
            use_next_slot=True,
            tagged_vlans=tagged,
            is_tagged_vlan_supported=bool(tagged),
        )
    )
    return made


def made_by_hand(house: Gannet, server: str, *trunks: ClientNetworkAdapter, **fields: Any) -> SharedEthernetAdapter:
    wished = sea(house, server, *(TrunkAdapter(dev_name=one.dev_name) for one in trunks), **fields)
    making = request("create", wished.evolve(parent=house.partition(server).uuid))
    house.engine.perform(making)
    assert making.subject is not None
    seas: list[SharedEthernetAdapter] = list(servers_seas(house.state, None))
    return next(one for one in seas if one.uuid == making.subject[1])


def test_two_shared_ethernet_adapters_become_one_bridge(house: Gannet) -> None:
    first = made_by_hand(
        house, "vios1", orphan(house, "vios1", 50, 1), orphan(house, "vios1", 4000, 1, "60"), ha_mode="auto"
    )
    assert bridge(house, 50).failover
    second = made_by_hand(house, "vios2", orphan(house, "vios2", 50, 2), ha_mode="auto")
    made = bridge(house, 50)
    assert [one.dev_name for one in made.seas] == [first.dev_name, second.dev_name] == ["ent9", "ent8"]
    house.do(request("update", second.evolve(jumbo_frames=True)))
    assert bridge(house, 50).seas[1].jumbo_frames
    more = orphan(house, "vios2", 4000, 2, "60")
    trunks = (*second.trunk_adapters, TrunkAdapter(dev_name=more.dev_name))
    house.do(request("update", second.evolve(trunk_adapters=trunks)))
    assert [len(one.trunk_adapters) for one in bridge(house, 50).seas] == [2, 2]
    house.do(request("delete", first))
    assert [one.dev_name for one in bridge(house, 50).seas] == ["ent8"]
    assert house.below(ClientNetworkAdapter, "vios1", pvid=50), "its trunks are orphans now"
    house.do(request("delete", second))
    assert not list(house.state.where(NetworkBridge, pvid=50))
    refused(house, request("delete", second), say.NO_SEA, "ent8")


def test_a_shared_ethernet_adapter_takes_free_trunks_only(house: Gannet) -> None:
    mine = orphan(house, "vios1", 50, 1)

    def of(name: str) -> Operation:
        return request("create", sea(house, "vios1", TrunkAdapter(dev_name=name)).evolve(parent=mine.parent))

    refused(house, of("ent4"), say.NO_TRUNK, "ent6")
    refused(house, of("ent5"), say.NO_TRUNK, "no trunk adapter")
    refused(house, of("ent99"), say.NO_TRUNK, "no such device")
    bare = sea(house, "vios1").evolve(parent=mine.parent)
    refused(house, request("create", bare), general.MISSING_VALUE, "TrunkAdapters")


def test_ports_are_joined_and_separated(house: Gannet) -> None:
    vios = house.partition("vios1").uuid
    before = free(house, "vios1")
    making = CreateLinkAggregation(vios, ("ent1", "ent3"))
    house.engine.perform(making)
    name = making.results["name"]
    assert (name, free(house, "vios1")) == ("ent7", ["ent2", "ent7"])
    house.create(wish(house, 50, seas=[sea(house, "vios1", trunk(50), device=name)]))
    refused(house, DeleteLinkAggregation(vios, name), say.NO_AGGREGATION, name)
    assert house.below(ClientNetworkAdapter, "vios1", pvid=50).dev_name == "ent8", "ent1 and ent3 are still taken"
    for ports, message, word in (
        ((), say.BAD_PORTS, "0"),
        (("ent2", "ent2"), say.BAD_PORTS, "twice"),
        (("ent1",), say.NO_DEVICE, "ent1"),
    ):
        refused(house, CreateLinkAggregation(vios, ports), message, word)
    house.do(request("delete", house.state.get(NetworkBridge, bridge(house, 50).uuid)))
    refused(house, CreateLinkAggregation(vios, (name, "ent2")), say.BAD_PORTS, "itself")
    house.engine.perform(DeleteLinkAggregation(vios, name))
    assert free(house, "vios1") == before


# recordings of a part of a system

SEA = SharedEthernetAdapter(dev_name="ent8", trunk_adapters=(TrunkAdapter(pvid=1, trunk_pri=1),))
BRIDGE = NetworkBridge(uuid="b1", parent=PARENT, pvid=1, seas=(SEA,), failover=False)


def test_what_was_read_may_be_sent_back(plant: Plant) -> None:
    plant.add(BRIDGE)
    plant.same_after(request("update", BRIDGE))


def test_a_recorded_bridge_without_its_adapters_cannot_be_changed(plant: Plant) -> None:
    vios = next(plant.state.all(VirtualIOServer))
    recorded = SEA.evolve(vio_uri=f"VirtualIOServer/{vios.uuid}", trunk_adapters=(trunk(1, dev_name="ent4"),))
    plant.add(BRIDGE.evolve(seas=(recorded,)))
    more = BRIDGE.evolve(seas=(recorded.evolve(trunk_adapters=(*recorded.trunk_adapters, trunk(4094, "5"))),))
    plant.refuses(request("update", more), say.NO_TRUNK, "ent4", "not described")


def test_a_network_of_a_recorded_bridge_stays_without_adapters(plant: Plant) -> None:
    networks = [VirtualNetwork(uuid=f"n{n}", parent=PARENT, vlan=n, vswitch_id=0) for n in (5, 6)]
    plant.add(*networks, BRIDGE.evolve(vnet_uri_list=(f"ManagedSystem/{PARENT}/VirtualNetwork/n5",)))
    with plant.engine.alter() as change:
        drop_unused_networks(change)
    assert [network.vlan for network in plant.state.all(VirtualNetwork)] == [5]


def test_trunks_that_stay_as_they_are_cost_little(house: Gannet) -> None:
    """A client sends all of them back to add a VLAN to one."""

    def effort(count: int) -> int:
        trunks = [
            trunk(4094 - n, " ".join(map(str, range(100 + 20 * n, 118 + 20 * n))), use_next_high_slot=True)
            for n in range(count)
        ]
        updated(house, with_trunks(shown(house.state, bridge(house)), *trunks))
        now = shown(house.state, bridge(house))
        seas = []
        for one in now.seas:
            *others, last = one.trunk_adapters
            seas.append(one.evolve(trunk_adapters=(*others, last.evolve(tagged_vlans=f"{last.tagged_vlans} 3000"))))
        made = request("update", now.evolve(seas=seas))
        return calls(lambda: house.do(made))

    assert effort(8) - effort(2) < 6 * 200, "each on both servers"
