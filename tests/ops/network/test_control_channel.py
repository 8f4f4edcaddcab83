"""The control channel of a network bridge: what makes it, what it takes to lose it, and what a pair does then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import general
from openlpar.messages import network_bridge as say
from openlpar.ops.network.reachability import Reachability
from openlpar.ops.network.trunks import adapters_of
from openlpar.ops.views import shown
from openlpar.ports.records import ErrorEntry
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge, TrunkAdapter
from openlpar.uom.sea_failover import SEADuty, duties
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.closing.gannet import Gannet, request

VLAN = 99
MANAGEMENT = "novalink_212E3CA"


@pytest.fixture
def house(tmp_path: Path) -> Gannet:
    return Gannet(tmp_path / "data")


@pytest.fixture
def channelled(house: Gannet) -> Gannet:
    """The default system, its bridge with a control channel of its own."""
    changed(house, control_channel_id=VLAN)
    return house


def bridge(house: Gannet) -> NetworkBridge:
    found: NetworkBridge = shown(house.state, house.only(NetworkBridge, pvid=1))
    return found


def changed(house: Gannet, **fields: Any) -> NetworkBridge:
    house.do(request("update", bridge(house).evolve(**fields)))
    return bridge(house)


def channel(house: Gannet, vios: str) -> ClientNetworkAdapter:
    uuid = house.partition(vios).uuid
    sea = next(sea for sea in bridge(house).seas if sea.vio_uri.endswith(uuid))
    return next(one for one in house.state.all(ClientNetworkAdapter, uuid) if one.dev_name == sea.control_channel)


def told(house: Gannet) -> list[SEADuty]:
    running = {vios.uuid for vios in house.state.all(VirtualIOServer) if vios.state == "running"}
    return list(duties(bridge(house), running, adapters_of(house.state)))


def states(house: Gannet) -> list[str]:
    return [duty.state.value for duty in told(house)]


def logged(house: Gannet, vios: str) -> list[str]:
    entries = house.state.where(ErrorEntry, vios=house.partition(vios).uuid)
    return [entry.label for entry in entries if entry.label.startswith("SEAHA")]


def power(house: Gannet, vios: str, state: str) -> None:
    with house.engine.alter() as change:
        found = change.get(VirtualIOServer, house.partition(vios).uuid)
        rmc = "active" if state == "running" else "inactive"
        change.put(found.evolve(state=state, rmc_state=rmc))


def test_a_bridge_with_a_channel_has_an_adapter_for_it_on_each_server(channelled: Gannet) -> None:
    one, other = channel(channelled, "vios1"), channel(channelled, "vios2")
    assert (one.pvid, other.pvid) == (VLAN, VLAN) and one.vswitch_id == other.vswitch_id == 0
    assert not one.has("trunk_pri") and one.mac != other.mac
    assert bridge(channelled).control_channel_id == VLAN
    assert states(channelled) == ["PRIMARY", "BACKUP"]


def test_its_vlan_moves_with_both_adapters(channelled: Gannet) -> None:
    before = channel(channelled, "vios1").uuid
    assert changed(channelled, control_channel_id=98).control_channel_id == 98
    assert (channel(channelled, "vios1").uuid, channel(channelled, "vios1").pvid) == (before, 98)
    assert states(channelled) == ["PRIMARY", "BACKUP"]


@pytest.mark.parametrize(("vlan", "word"), [(1, "leads it outside"), (4095, "no such VLAN")])
def test_a_vlan_that_cannot_be_a_channel(house: Gannet, vlan: int, word: str) -> None:
    before = house.everything()
    failure = house.refusal(request("update", bridge(house).evolve(control_channel_id=vlan)))
    assert failure is not None and failure.message is general.BAD_VALUE and word in failure.text
    assert house.everything() == before


def test_the_channel_is_not_led_outside(channelled: Gannet) -> None:
    trunk = TrunkAdapter(pvid=4000, tagged_vlans=f"{VLAN}")
    seas = [sea.evolve(trunk_adapters=(*sea.trunk_adapters, trunk)) for sea in bridge(channelled).seas]
    failure = channelled.refusal(request("update", bridge(channelled).evolve(seas=seas)))
    assert failure is not None and failure.message is say.TRUNK_MISFIT and "is the control channel" in failure.text


def test_the_adapters_go_with_the_bridge(channelled: Gannet) -> None:
    left = {channel(channelled, "vios1").uuid, channel(channelled, "vios2").uuid}
    channelled.do(request("delete", channelled.only(NetworkBridge, pvid=1)))
    assert not left & {one.uuid for one in channelled.state.all(ClientNetworkAdapter)}


def test_both_are_primary_when_the_channel_is_lost(channelled: Gannet) -> None:
    """And say so in the error log; when it is back, the backup steps back."""
    lost = channel(channelled, "vios2")
    channelled.do(request("update", lost.evolve(enabled=False)))
    assert states(channelled) == ["PRIMARY", "PRIMARY"]
    assert all(f"{lost.loc_code} of ent6 is disabled" in duty.fault for duty in told(channelled))
    assert logged(channelled, "vios2") == ["SEAHA_PRIMARY"] and logged(channelled, "vios1") == []
    channelled.do(request("update", channel(channelled, "vios2").evolve(enabled=True)))
    assert states(channelled) == ["PRIMARY", "BACKUP"]
    assert logged(channelled, "vios2") == ["SEAHA_PRIMARY", "SEAHA_BACKUP"]


def test_clients_are_told_when_a_pair_changes_roles(channelled: Gannet) -> None:
    seen: list[str] = []
    with channelled.engine.alter() as change:
        change.put(channel(channelled, "vios2").evolve(enabled=False))
    seen = [event.data for event in channelled.engine._pending.events if event.type == "MODIFY_URI"]
    assert any(path.endswith(f"NetworkBridge/{bridge(channelled).uuid}") for path in seen)


def test_the_reach_of_a_partition_is_disturbed(channelled: Gannet) -> None:
    channelled.do(request("update", channel(channelled, "vios1").evolve(pvid=77)))
    found = Reachability(channelled.state).outside(channelled.partition(MANAGEMENT))
    assert found.ways[0].via[2] == "ent6 of vios1", "the better trunk still carries what partitions send"
    (warning,) = found.warnings
    assert "ent6 of vios1 and ent6 of vios2 at once" in warning and "is on VLAN 77" in warning
    power(channelled, "vios2", "not activated")
    assert not Reachability(channelled.state).outside(channelled.partition(MANAGEMENT)).warnings


def test_a_server_that_comes_back_without_its_channel(channelled: Gannet) -> None:
    failure = channelled.refusal(request("delete", channel(channelled, "vios2")))
    assert failure is not None and failure.message is say.CHANNEL_IN_USE and "ent6" in failure.text
    power(channelled, "vios2", "not activated")
    channelled.do(request("delete", channel(channelled, "vios2")))
    assert states(channelled) == ["PRIMARY", ""]
    power(channelled, "vios2", "running")
    assert states(channelled) == ["PRIMARY", "PRIMARY"]
    assert all("does not exist" in duty.fault for duty in told(channelled))


def test_without_a_channel_of_its_own_the_default_trunks_tell(house: Gannet) -> None:
    trunk = bridge(house).seas[0].trunk_adapters[0]
    house.do(request("update", house.only(ClientNetworkAdapter, mac=trunk.mac).evolve(enabled=False)))
    assert states(house) == ["PRIMARY", "PRIMARY"] and "default trunk adapter" in told(house)[0].fault
    found = Reachability(house.state).outside(house.partition(MANAGEMENT))
    assert found.ways[0].via[2] == "ent6 of vios2" and not found.warnings, "a disabled trunk carries nothing"


def test_one_side_alone_tells_nobody(house: Gannet) -> None:
    changed(house, control_channel_id=VLAN)
    changed(house, seas=[bridge(house).seas[0], bridge(house).seas[1].evolve(control_channel="")])
    assert "ent6 has no control channel adapter" in told(house)[0].fault and states(house) == ["PRIMARY", "PRIMARY"]


def test_standby_leaves_everything_to_the_peer(house: Gannet) -> None:
    one, other = bridge(house).seas
    made = changed(house, seas=[one.evolve(ha_mode="standby"), other])
    assert made.failover and states(house) == ["BACKUP", "PRIMARY"]
    assert logged(house, "vios2") == ["SEAHA_PRIMARY"] and logged(house, "vios1") == ["SEAHA_BACKUP"]
    power(house, "vios2", "not activated")
    assert states(house) == ["PRIMARY", ""]
    power(house, "vios2", "running")
    changed(house, seas=[bridge(house).seas[0].evolve(ha_mode="auto"), other])
    assert states(house) == ["PRIMARY", "BACKUP"]


@pytest.mark.parametrize(("device", "cause"), [("ent77", "no virtual Ethernet adapter"), ("trunk", "trunk adapter")])
def test_what_cannot_be_a_channel(house: Gannet, device: str, cause: str) -> None:
    one, other = bridge(house).seas
    name = one.trunk_adapters[0].dev_name if device == "trunk" else device
    before = house.everything()
    failure = house.refusal(request("update", bridge(house).evolve(seas=[one.evolve(control_channel=name), other])))
    assert failure is not None and failure.message is say.BAD_CHANNEL and cause in failure.text
    assert house.everything() == before
