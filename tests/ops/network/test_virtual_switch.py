"""Virtual switches."""

from __future__ import annotations

from openlpar.messages import general
from openlpar.messages import network as say
from openlpar.ops.network.virtual_switch import (
    CreateVirtualSwitch,
    DeleteVirtualSwitch,
    UpdateVirtualSwitch,
    shown_switch,
)
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.ops.network.plant import ETHERNET0, MGMTSWITCH, PARENT, VM1, Plant, adapter


def test_a_new_switch_gets_the_lowest_free_id(plant: Plant) -> None:
    made = plant.do(CreateVirtualSwitch(VirtualSwitch(name="OpenStack", vnet_uri_list=())))
    assert (made.switch_id, made.mode, made.name, made.parent) == (2, "Veb", "OpenStack", PARENT)
    plant.do(DeleteVirtualSwitch(MGMTSWITCH.uuid))
    assert plant.do(CreateVirtualSwitch(VirtualSwitch(name="again", mode="Vepa"))).switch_id == 1


def test_names_and_modes_are_checked(plant: Plant) -> None:
    plant.refuses(CreateVirtualSwitch(VirtualSwitch(name="ETHERNET0")), general.NAME_TAKEN, "ETHERNET0")
    plant.refuses(CreateVirtualSwitch(VirtualSwitch()), general.MISSING_VALUE)
    for name in ("", "a/b", " x", "é", "x" * 65):
        plant.refuses(CreateVirtualSwitch(VirtualSwitch(name=name)), general.BAD_VALUE, "SwitchName")
    plant.refuses(CreateVirtualSwitch(VirtualSwitch(name="x", mode="veb")), general.BAD_VALUE, "SwitchMode")
    plant.refuses(UpdateVirtualSwitch("e1", MGMTSWITCH.evolve(name="ETHERNET0")), general.NAME_TAKEN)
    plant.refuses(UpdateVirtualSwitch("e1", MGMTSWITCH.evolve(mode="veb")), general.BAD_VALUE)


def test_sixteen_switches_are_enough(plant: Plant) -> None:
    for number in range(14):
        plant.do(CreateVirtualSwitch(VirtualSwitch(name=f"s{number}")))
    assert {switch.switch_id for switch in plant.state.all(VirtualSwitch)} == set(range(16))
    plant.refuses(CreateVirtualSwitch(VirtualSwitch(name="more")), say.SWITCH_LIMIT, "16")


def test_renaming_a_switch_renames_its_networks(plant: Plant) -> None:
    plant.add(adapter(VM1, 4, 2, 7, tagged_vlans="8"))
    recorded = VirtualNetwork(uuid="n9", parent=PARENT, name="ETHERNET0-9", vlan=9, vswitch_id=0, tagged=True)
    plant.add(recorded, NetworkBridge(uuid="b1", parent=PARENT, vnet_uri_list=(f"x/VirtualNetwork/{recorded.uuid}",)))
    plant.do(UpdateVirtualSwitch("e0", ETHERNET0.evolve(name="NEW", mode="Vepa")))
    names = {network.name for network in plant.state.all(VirtualNetwork)}
    assert names == {"VLAN7-NEW", "VLAN8-NEW", "ETHERNET0-9"}
    assert plant.state.get(VirtualSwitch, "e0").mode == "Vepa"


def test_the_switch_shows_its_networks(plant: Plant) -> None:
    plant.add(adapter(VM1, 4, 2, 7, tagged_vlans="8 9"))
    switch = plant.state.get(VirtualSwitch, "e0")
    links = shown_switch(plant.state, switch).vnet_uri_list
    assert links == tuple(
        f"ManagedSystem/{PARENT}/VirtualNetwork/{network.uuid}" for network in plant.state.all(VirtualNetwork)
    )
    assert len(links) == 3
    assert shown_switch(plant.state, plant.state.get(VirtualSwitch, "e1")).vnet_uri_list == ()


def test_a_switch_with_adapters_stays(plant: Plant) -> None:
    plant.refuses(DeleteVirtualSwitch("e0"), say.DEFAULT_SWITCH, "ETHERNET0")
    plant.add(adapter(VM1, 4, 2, vswitch_id=1))
    plant.refuses(DeleteVirtualSwitch("e1"), say.SWITCH_IN_USE, "MGMTSWITCH", "1 virtual")
    plant.refuses(DeleteVirtualSwitch("none"), general.NOT_FOUND)


def test_what_was_read_may_be_sent_back(plant: Plant) -> None:
    plant.same_after(UpdateVirtualSwitch("e0", shown_switch(plant.state, ETHERNET0), strict=True))
    stale = ETHERNET0.evolve(vnet_uri_list=("ManagedSystem/x/VirtualNetwork/gone",))
    plant.same_after(UpdateVirtualSwitch("e0", stale))
    plant.refuses(UpdateVirtualSwitch("e0", ETHERNET0.evolve(switch_id=5), strict=True), general.READ_ONLY)


def test_every_step_unwinds(plant: Plant) -> None:
    plant.add(adapter(VM1, 4, 2))
    plant.unwinds(lambda: CreateVirtualSwitch(VirtualSwitch(name="x")))
    plant.unwinds(lambda: UpdateVirtualSwitch("e0", ETHERNET0.evolve(name="y")))
    plant.unwinds(lambda: DeleteVirtualSwitch("e1"))
