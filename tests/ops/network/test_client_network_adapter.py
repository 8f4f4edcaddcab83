"""Virtual Ethernet adapters, and the networks that come and go with them."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.messages import Failure, general
from openlpar.messages import network as say
from openlpar.messages import partition as say_partition
from openlpar.ops.core import ResourceRequest
from openlpar.ops.network import adapter_rules as rules
from openlpar.ops.network.client_network_adapter import (
    CreateNetworkAdapter,
    DeleteNetworkAdapter,
    UpdateNetworkAdapter,
)
from openlpar.ops.network.usage import tagged_vlans
from openlpar.ops.network.virtual_network import (
    CreateVirtualNetwork,
    DeleteVirtualNetwork,
    UpdateVirtualNetwork,
)
from openlpar.ops.scsi.slots import used_slots
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter, TrunkAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from tests.ops.network.plant import NOVALINK, PARENT, VIOS1, VM1, VM2, Plant, adapter

HREF = (f"ManagedSystem/{PARENT}/VirtualSwitch/e0",)


def wish(**fields: Any) -> ClientNetworkAdapter:
    """As pypowervm builds one."""
    return ClientNetworkAdapter(**{"use_next_high_slot": True, "pvid": 1, "vswitch_uri": HREF, **fields})


def networks(plant: Plant) -> set[tuple[str, int, bool]]:
    return {(network.name, network.vlan, network.tagged) for network in plant.state.all(VirtualNetwork)}


def test_a_new_adapter_is_complete(plant: Plant) -> None:
    made = plant.do(CreateNetworkAdapter(VM1, wish(slot=2, use_next_high_slot=None, pvid=1)))
    assert made.parent == VM1
    assert (made.lpar_id, made.slot, made.pvid, made.vswitch_id) == (4, 2, 1, 0)
    assert made.loc_code == made.drc_name == "U8247.21L.212E3CA-V4-C2"
    assert re.fullmatch("[0-9A-F][26AE][0-9A-F]{10}", made.mac)
    assert (made.enabled, made.allowed_macs, made.tagged_vlans) == (True, "ALL", "")
    assert not made.has("trunk_pri")
    assert not made.has("use_next_high_slot")
    network = next(plant.state.all(VirtualNetwork))
    assert made.vnet_uri_list == (f"ManagedSystem/{PARENT}/VirtualNetwork/{network.uuid}",)
    assert (network.name, network.associated_switch_uri, network.vswitch_id) == ("VLAN1-ETHERNET0", HREF[0], 0)
    assert network.uuid == network.uuid.lower()


def test_the_operation_is_found_by_its_resource(plant: Plant) -> None:
    request = ResourceRequest(ClientNetworkAdapter, parent=VIOS1, element=wish())
    assert plant.do(CreateNetworkAdapter.from_request(request)).parent == VIOS1


def test_slots_are_chosen_as_asked(plant: Plant) -> None:
    plant.add(adapter(VM1, 4, 9))
    assert plant.do(CreateNetworkAdapter(VM1, wish())).slot == 10
    low = wish(use_next_high_slot=None, use_next_slot=True)
    assert [plant.do(CreateNetworkAdapter(VM1, low)).slot for _ in range(3)] == [2, 3, 4]
    assert plant.do(CreateNetworkAdapter(VM1, wish(use_next_high_slot=None))).slot == 5
    plant.refuses(CreateNetworkAdapter(VM1, wish(slot=9)), say.SLOT_TAKEN, "9", "vm1")
    for number in (0, 1, 20, 70000, -3):
        plant.refuses(CreateNetworkAdapter(VM1, wish(slot=number)), say.SLOT_BOUNDS, "2 to 19")


def test_slots_end(plant: Plant) -> None:
    for _ in range(18):
        plant.do(CreateNetworkAdapter(VM1, wish()))
    assert used_slots(plant.state, VM1) == set(range(2, 20))
    plant.refuses(CreateNetworkAdapter(VM1, wish()), say.NO_FREE_SLOT, "vm1", "19")


def test_macs_are_of_one_station_each(plant: Plant) -> None:
    made = plant.do(CreateNetworkAdapter(VM1, wish(mac="fa:16:3e:00:00:01")))
    assert made.mac == "FA163E000001"
    plant.refuses(CreateNetworkAdapter(VM2, wish(mac="fa163e000001")), say_partition.DLPAR_NO_RMC)
    plant.refuses(CreateNetworkAdapter(VIOS1, wish(mac="fa163e000001")), say.MAC_TAKEN, made.loc_code)
    for mac in ("01163E000001", "FA163E00000", "FA163E00000G", "000000000000", "FA163E0000011"):
        plant.refuses(CreateNetworkAdapter(VM1, wish(mac=mac)), general.BAD_VALUE, "MACAddress")


def test_vlans_are_checked(plant: Plant) -> None:
    for pvid in (0, 4095, -1):
        plant.refuses(CreateNetworkAdapter(VM1, wish(pvid=pvid)), general.BAD_VALUE, "PortVLANID")
    plant.refuses(CreateNetworkAdapter(VM1, wish(pvid=None)), general.MISSING_VALUE, "PortVLANID")
    twenty = " ".join(map(str, range(100, 120)))
    assert plant.do(CreateNetworkAdapter(VM1, wish(tagged_vlans=twenty))).tagged_vlans == twenty
    for vlans in (f"{twenty} 120", "1", "5 5", "4095", "0", "x", "7,8"):
        plant.refuses(CreateNetworkAdapter(VM1, wish(tagged_vlans=vlans)), general.BAD_VALUE, "TaggedVLANIDs")
    off = wish(tagged_vlans="5", is_tagged_vlan_supported=False)
    plant.refuses(CreateNetworkAdapter(VM1, off), general.BAD_VALUE, "TaggedVLANSupported")


@pytest.mark.parametrize(
    ("fields", "tag"),
    [
        ({"trunk_pri": 0}, "TrunkPriority"),
        ({"trunk_pri": 16}, "TrunkPriority"),
        ({"qos_priority": 8}, "QualityOfServicePriority"),
        ({"configured_mtu": 60}, "ConfiguredMTU"),
        ({"allowed_macs": ""}, "AllowedOperatingSystemMACAddresses"),
        ({"allowed_macs": "SOME"}, "AllowedOperatingSystemMACAddresses"),
        ({"vswitch_id": 1}, "VirtualSwitchID"),
    ],
)
def test_other_fields_are_checked(plant: Plant, fields: dict[str, Any], tag: str) -> None:
    plant.refuses(CreateNetworkAdapter(VM1, wish(**fields)), general.BAD_VALUE, tag)


def test_the_switch_is_named_by_reference_or_id(plant: Plant) -> None:
    by_id = wish(vswitch_uri=None, vswitch_id=1)
    assert plant.do(CreateNetworkAdapter(VM1, by_id)).vswitch_uri[0].endswith("VirtualSwitch/e1")
    assert plant.do(CreateNetworkAdapter(VM1, wish(vswitch_uri=None))).vswitch_id == 0
    plant.refuses(CreateNetworkAdapter(VM1, wish(vswitch_uri=("VirtualSwitch/none",))), general.NOT_FOUND)
    plant.refuses(CreateNetworkAdapter(VM1, wish(vswitch_uri=None, vswitch_id=9)), general.NOT_FOUND)
    plant.refuses(CreateNetworkAdapter("NONE", wish()), general.NOT_FOUND, "NONE")


def test_allowed_macs_are_kept_in_one_form(plant: Plant) -> None:
    assert plant.do(CreateNetworkAdapter(VM1, wish(allowed_macs="none"))).allowed_macs == "NONE"
    listed = plant.do(CreateNetworkAdapter(VM1, wish(allowed_macs="fa163e000001, FA163E000002")))
    assert listed.allowed_macs == "FA163E000001 FA163E000002"


def test_device_names_belong_to_the_management_partition(plant: Plant) -> None:
    fields: dict[str, Any] = {"ovs_bridge": "br-int", "ovs_ext_ids": "iface-id=1", "configured_mtu": 1450}
    made = plant.do(CreateNetworkAdapter(NOVALINK, wish(dev_name="tap0", trunk_pri=1, **fields)))
    assert (made.dev_name, made.ovs_bridge, made.configured_mtu) == ("tap0", "br-int", 1450)
    assert plant.do(CreateNetworkAdapter(NOVALINK, wish(slot=6))).dev_name == "ibmveth6"
    assert not plant.do(CreateNetworkAdapter(VM1, wish(dev_name="tap0"))).has("dev_name")
    plant.refuses(CreateNetworkAdapter(NOVALINK, wish(dev_name="no such name")), general.BAD_VALUE, "DeviceName")


def test_a_trunk_is_alone_with_its_priority(plant: Plant) -> None:
    plant.do(CreateNetworkAdapter(VIOS1, wish(pvid=10, tagged_vlans="11 12", trunk_pri=1)))
    for fields in ({"pvid": 10}, {"pvid": 12}, {"pvid": 9, "tagged_vlans": "11"}):
        plant.refuses(CreateNetworkAdapter(NOVALINK, wish(trunk_pri=1, **fields)), say.TRUNK_TAKEN, "-V2-C2")
    plant.do(CreateNetworkAdapter(NOVALINK, wish(pvid=10, trunk_pri=2)))
    plant.do(CreateNetworkAdapter(NOVALINK, wish(pvid=10, trunk_pri=1, vswitch_uri=None, vswitch_id=1)))
    plant.do(CreateNetworkAdapter(NOVALINK, wish(pvid=10)))


def test_a_running_partition_needs_rmc(plant: Plant) -> None:
    plant.refuses(CreateNetworkAdapter(VM2, wish()), say_partition.DLPAR_NO_RMC, "vm2", "inactive")
    plant.do(CreateNetworkAdapter(NOVALINK, wish()))
    vios = plant.state.get(VirtualIOServer, VIOS1)
    plant.add(vios.evolve(capabilities=vios.capabilities.evolve(io_dlpar=False)))
    plant.refuses(CreateNetworkAdapter(VIOS1, wish()), say_partition.DLPAR_NOT_CAPABLE)
    plant.add(plant.state.get(LogicalPartition, VM2).evolve(state="starting"))
    plant.refuses(CreateNetworkAdapter(VM2, wish()), say_partition.BAD_STATE)
    plant.add(adapter(VM2, 5, 2))
    plant.refuses(DeleteNetworkAdapter("a52"), say_partition.BAD_STATE)


def test_networks_come_and_go_with_the_adapters(plant: Plant) -> None:
    first = plant.do(CreateNetworkAdapter(VM1, wish(pvid=7, tagged_vlans="8 9")))
    second = plant.do(CreateNetworkAdapter(VM1, wish(pvid=8)))
    all_of_them = {
        ("VLAN7-ETHERNET0", 7, False),
        ("VLAN8-ETHERNET0", 8, True),
        ("VLAN9-ETHERNET0", 9, True),
        ("VLAN8-ETHERNET0", 8, False),
    }
    assert networks(plant) == all_of_them
    identity = {(n.vlan, n.tagged): n.uuid for n in plant.state.all(VirtualNetwork)}
    plant.do(DeleteNetworkAdapter(first.uuid))
    assert networks(plant) == {("VLAN8-ETHERNET0", 8, False)}
    plant.do(DeleteNetworkAdapter(second.uuid, VM1))
    assert networks(plant) == set()
    plant.do(CreateNetworkAdapter(VM1, wish(pvid=7, tagged_vlans="8 9")))
    assert {(n.vlan, n.tagged): n.uuid for n in plant.state.all(VirtualNetwork)}.items() <= identity.items()


def test_clients_do_not_make_networks(plant: Plant) -> None:
    plant.add(adapter(VM1, 4, 2))
    stored = next(plant.state.all(VirtualNetwork))
    made = ResourceRequest(VirtualNetwork, parent=PARENT, element=VirtualNetwork(name="ETHERNET0-5", vlan=5))
    plant.refuses(CreateVirtualNetwork.from_request(made), say.NETWORK_FOLLOWS, "ETHERNET0-5", "created")
    changed = ResourceRequest(VirtualNetwork, uuid=stored.uuid, element=stored.evolve(name="x"))
    plant.refuses(UpdateVirtualNetwork.from_request(changed), say.NETWORK_FOLLOWS, stored.name, "changed")
    gone = ResourceRequest(VirtualNetwork, uuid=stored.uuid)
    plant.refuses(DeleteVirtualNetwork.from_request(gone), say.NETWORK_FOLLOWS, stored.name, "deleted")
    none = ResourceRequest(VirtualNetwork, uuid="none")
    plant.refuses(DeleteVirtualNetwork.from_request(none), general.NOT_FOUND)


def test_an_update_moves_the_adapter_to_other_networks(plant: Plant) -> None:
    plant.add(adapter(VM2, 5, 2, 7))
    before = plant.state.get(ClientNetworkAdapter, "a52")
    after = plant.do(UpdateNetworkAdapter("a52", before.evolve(pvid=20, tagged_vlans="21 22"), strict=True))
    assert (after.pvid, after.tagged_vlans) == (20, "21 22")
    assert networks(plant) == {
        ("VLAN20-ETHERNET0", 20, False),
        ("VLAN21-ETHERNET0", 21, True),
        ("VLAN22-ETHERNET0", 22, True),
    }
    assert len(after.vnet_uri_list) == 3
    off = plant.do(UpdateNetworkAdapter("a52", after.evolve(enabled=False, allowed_macs="NONE")))
    assert (off.enabled, off.allowed_macs) == (False, "NONE")
    plant.refuses(UpdateNetworkAdapter("a52", after.evolve(pvid=21)), general.BAD_VALUE, "TaggedVLANIDs")


def test_address_switch_and_trunk_change_while_it_is_off(plant: Plant) -> None:
    plant.add(adapter(VM2, 5, 2), adapter(VM1, 4, 2))
    other = (f"ManagedSystem/{PARENT}/VirtualSwitch/e1",)
    changes: tuple[dict[str, Any], ...] = ({"mac": "02AA00000001"}, {"trunk_pri": 3}, {"vswitch_uri": other})
    for change in changes:
        running = plant.state.get(ClientNetworkAdapter, "a52").evolve(**change)
        plant.refuses(UpdateNetworkAdapter("a52", running), say_partition.NEEDS_POWER_OFF, "vm2")
        after = plant.do(UpdateNetworkAdapter("a42", plant.state.get(ClientNetworkAdapter, "a42").evolve(**change)))
        assert all(getattr(after, name) == value for name, value in change.items())
    assert plant.state.get(ClientNetworkAdapter, "a42").vswitch_id == 1
    assert ("VLAN1-MGMTSWITCH", 1, False) in networks(plant)


def test_what_was_read_may_be_sent_back(plant: Plant) -> None:
    plant.add(adapter(VM2, 5, 2, 7, tagged_vlans="9 8", trunk_pri=1))
    read = plant.state.get(ClientNetworkAdapter, "a52")
    plant.same_after(UpdateNetworkAdapter("a52", read, VM2, strict=True))
    plant.same_after(UpdateNetworkAdapter("a52", read.evolve(lpar_id=4, slot=9, dev_name="eth9")))
    plant.refuses(UpdateNetworkAdapter("a52", read.evolve(slot=9), strict=True), general.READ_ONLY, "9")
    plant.refuses(UpdateNetworkAdapter("a52", read.evolve(lpar_id=4), strict=True), general.READ_ONLY)
    plant.refuses(UpdateNetworkAdapter("a52", read, VM1), general.NOT_FOUND)


def test_a_bridged_trunk_stays(plant: Plant) -> None:
    trunk = adapter(VIOS1, 2, 3, 1, trunk_pri=1)
    sea = SharedEthernetAdapter(dev_name="ent8", trunk_adapters=(TrunkAdapter(mac=trunk.mac, pvid=1),))
    plant.add(trunk, NetworkBridge(uuid="b1", parent=PARENT, seas=(sea,)))
    read = plant.state.get(ClientNetworkAdapter, trunk.uuid)
    plant.refuses(DeleteNetworkAdapter(trunk.uuid), say.TRUNK_BRIDGED, "ent8", "deleted")
    plant.refuses(UpdateNetworkAdapter(trunk.uuid, read.evolve(pvid=2)), say.TRUNK_BRIDGED, "ent8")
    plant.do(UpdateNetworkAdapter(trunk.uuid, read.evolve(enabled=False)))


def test_a_required_adapter_stays_while_the_partition_runs(plant: Plant) -> None:
    plant.add(adapter(VIOS1, 2, 3, is_required=True), adapter(VM1, 4, 3, is_required=True))
    plant.refuses(DeleteNetworkAdapter("a23"), say.ADAPTER_REQUIRED, "vios1", "running")
    plant.do(DeleteNetworkAdapter("a43"))


def test_every_step_unwinds(plant: Plant) -> None:
    plant.unwinds(lambda: CreateNetworkAdapter(VM1, wish(pvid=5, tagged_vlans="6")))
    made = next(plant.state.all(ClientNetworkAdapter))
    plant.unwinds(lambda: UpdateNetworkAdapter(made.uuid, made.evolve(pvid=8)))
    plant.unwinds(lambda: DeleteNetworkAdapter(made.uuid))
    assert networks(plant) == set()


# rules


@given(st.lists(st.integers(-5, 5000), max_size=25))
def test_vlan_lists_are_accepted_exactly_within_the_bounds(vlans: list[int]) -> None:
    text = " ".join(map(str, vlans))
    right = len(vlans) <= 20 and len(set(vlans)) == len(vlans) and all(1 <= vlan <= 4094 for vlan in vlans)
    try:
        kept = rules.normal_vlans("it", text)
    except Failure:
        assert not right
    else:
        assert right
        assert kept == text
        assert tagged_vlans(ClientNetworkAdapter(tagged_vlans=kept)) == tuple(vlans)


@given(st.text(max_size=40))
def test_no_text_breaks_the_rules(text: str) -> None:
    for normal in (rules.normal_vlans, rules.normal_allowed_macs, partial(rules.normal_mac, field="mac")):
        try:
            once = normal("it", text=text)
        except Failure as failure:
            assert failure.message is general.BAD_VALUE
        else:
            assert once.isascii()


_WISHES = st.lists(
    st.tuples(
        st.sampled_from(["low", "high", "slot", "delete"]),
        st.integers(0, 21),
        st.integers(1, 4),
        st.sets(st.integers(5, 8)),
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(wishes=_WISHES)
def test_slots_and_networks_agree_with_the_adapters(
    tmp_path_factory: pytest.TempPathFactory, wishes: list[tuple[str, int, int, set[int]]]
) -> None:
    plant = Plant(tmp_path_factory.mktemp("plant"))
    ways: dict[str, dict[str, Any]] = {"low": {"use_next_high_slot": None}, "high": {}}
    for how, number, pvid, tagged in wishes:
        mine = list(plant.state.all(ClientNetworkAdapter, VM1))
        slots = {one.slot for one in mine}
        if how == "delete":
            if mine:
                plant.do(DeleteNetworkAdapter(mine[number % len(mine)].uuid))
        else:
            fields = ways.get(how, {"slot": number})
            wanted = wish(pvid=pvid, tagged_vlans=" ".join(map(str, tagged)), **fields)
            try:
                made = plant.do(CreateNetworkAdapter(VM1, wanted))
            except Failure:
                assert number in slots or not 2 <= number < 20 or len(slots) == 18
            else:
                assert made.slot not in slots
                assert 2 <= made.slot < 20
                if how == "low":
                    assert made.slot == min(set(range(2, 20)) - slots)
        used = {
            (vlan, is_tagged)
            for one in plant.state.all(ClientNetworkAdapter)
            for vlan, is_tagged in ((one.pvid, False), *((vlan, True) for vlan in tagged_vlans(one)))
        }
        assert {(network.vlan, network.tagged) for network in plant.state.all(VirtualNetwork)} == used
