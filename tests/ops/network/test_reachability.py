"""Who reaches whom: examples, and random systems compared with a search over every step that a frame could take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openlpar.ops.network.reachability import Answer, Reachability
from openlpar.ops.views import shown
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import IPInterface
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import NetworkBridge, TrunkAdapter
from openlpar.uom.partition import BasePartition
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.closing.gannet import Gannet, request
from tests.ops.sriov.test_sriov import device, switched, vnic, wish


@pytest.fixture
def house(tmp_path: Path) -> Gannet:
    return Gannet(tmp_path / "data")


def put(house: Gannet, *objects: Any) -> None:
    with house.engine.alter() as change:
        for obj in objects:
            change.put(obj)


def running(house: Gannet, name: str, *, on: bool = True) -> BasePartition:
    """A partition that runs, made when it is not there."""
    found: BasePartition = house.lpar(name) if not known(house, name) else stored(house, name)
    found = found.evolve(state="running" if on else "not activated", rmc_state="active" if on else "inactive")
    put(house, found.evolve(capabilities=found.capabilities.evolve(io_dlpar=on)))
    return found


def stored(house: Gannet, name: str) -> BasePartition:
    return next(partition for partition in _partitions(house) if partition.name == name)


def known(house: Gannet, name: str) -> bool:
    return any(partition.name == name for partition in _partitions(house))


def wire(house: Gannet, name: str, pvid: int, tagged: str = "", switch: int = 0, **fields: Any) -> ClientNetworkAdapter:
    parent = running(house, name).uuid
    made: ClientNetworkAdapter = house.create(
        ClientNetworkAdapter(
            parent=parent,
            pvid=pvid,
            tagged_vlans=tagged,
            is_tagged_vlan_supported=bool(tagged),
            vswitch_id=switch,
            use_next_slot=True,
            **fields,
        )
    )
    return made


def with_vlans(house: Gannet, pvid: int, tags: str) -> None:
    now = shown(house.state, house.only(NetworkBridge, pvid=1))
    seas = [
        one.evolve(trunk_adapters=(*one.trunk_adapters, TrunkAdapter(pvid=pvid, tagged_vlans=tags))) for one in now.seas
    ]
    house.do(request("update", now.evolve(seas=seas)))


def asked(house: Gannet, one: str, other: str) -> Answer:
    found = Reachability(house.state)
    if other == "outside":
        return found.outside(house.partition(one))
    return found.between(house.partition(one), house.partition(other))


def test_neighbours_on_a_vlan_reach_each_other(house: Gannet) -> None:
    wire(house, "vm1", 100)
    wire(house, "vm2", 7, "100 101")
    (way,) = asked(house, "vm1", "vm2").ways
    assert (way.vlan, way.sends, way.gets, way.via) == (100, "untagged", "tagged 100", ("ETHERNET0",))
    wire(house, "vm3", 101)
    assert not asked(house, "vm1", "vm3").ways and asked(house, "vm2", "vm3").ways
    text = " ".join(asked(house, "vm1", "vm3").obstacles)
    assert "VLAN 100 of virtual switch ETHERNET0 has no trunk adapter" in text


def test_why_an_adapter_carries_nothing(house: Gannet) -> None:
    off = wire(house, "vm1", 1)
    wire(house, "vm2", 1)
    running(house, "vm1", on=False)
    assert asked(house, "vm1", "vm2").obstacles[0] == "partition vm1 is not activated"
    running(house, "vm1")
    put(house, off.evolve(enabled=False))
    assert "is disabled" in asked(house, "vm1", "vm2").obstacles[0]
    house.lpar("vm3")
    assert asked(house, "vm1", "vm3").obstacles[0] == "partition vm3 has no network adapter"
    assert asked(house, "vm3", "outside").obstacles == ("partition vm3 has no network adapter",)


def test_the_way_outside_moves_to_the_peer_and_back(house: Gannet) -> None:
    wire(house, "vm1", 1)
    with_vlans(house, 4000, "100")
    wire(house, "vm2", 100)
    assert asked(house, "vm1", "outside").ways[0].via[2] == "ent6 of vios1"
    assert (asked(house, "vm2", "outside").ways[0].vlan, asked(house, "vm2", "outside").ways[0].gets) == (
        100,
        "tagged 100",
    )
    running(house, "vios1", on=False)
    assert asked(house, "vm1", "outside").ways[0].via[2] == "ent6 of vios2"
    running(house, "vios2", on=False)
    obstacles = asked(house, "vm1", "outside").obstacles
    assert len(obstacles) == 2 and "Virtual I/O Server vios1 is not activated" in obstacles[0]
    running(house, "vios1")
    assert asked(house, "vm1", "outside").ways[0].via[2] == "ent6 of vios1"


def test_shared_load_goes_by_both_servers(house: Gannet) -> None:
    with_vlans(house, 4000, "100")
    now = shown(house.state, house.only(NetworkBridge, pvid=1))
    house.do(request("update", now.evolve(load_balance=True)))
    wire(house, "vm1", 1)
    wire(house, "vm2", 100)
    assert asked(house, "vm1", "outside").ways[0].via[2] == "ent6 of vios1"
    assert asked(house, "vm2", "outside").ways[0].via[2] == "ent6 of vios2"


def test_on_a_vepa_switch_only_the_outside_leads_to_a_neighbour(house: Gannet) -> None:
    switch = next(house.state.where(VirtualSwitch, name="ETHERNET0"))
    put(house, switch.evolve(mode="Vepa"))
    wire(house, "vm1", 1)
    wire(house, "vm2", 1)
    (way,) = asked(house, "vm1", "vm2").ways
    assert "outside" in way.via
    for name in ("vios1", "vios2"):
        running(house, name, on=False)
    assert any("Vepa" in text for text in asked(house, "vm1", "vm2").obstacles)
    wire(house, "vm3", 4094, switch=1)
    (way,) = asked(house, "vm3", "novalink_212E3CA").ways  # whose adapter on the management switch is a trunk
    assert way.via == ("MGMTSWITCH",)


def test_a_trunk_that_nothing_bridges_leads_to_its_partition(house: Gannet) -> None:
    trunk = wire(house, "vios1", 60, trunk_pri=1)
    worse = wire(house, "vios2", 60, trunk_pri=2)
    wire(house, "vm1", 60)
    assert asked(house, "vm1", "vios1").ways and not asked(house, "vm1", "vios2").ways, "the worse one is deaf"
    assert "belongs to no shared Ethernet adapter" in asked(house, "vm1", "outside").obstacles[0]
    put(house, trunk.evolve(enabled=False))
    assert [way.target for way in asked(house, "vm1", "vios2").ways] == [worse.loc_code]


def test_logical_ports_and_virtual_nics(house: Gannet) -> None:
    one, other = running(house, "vm1").uuid, running(house, "vm2").uuid
    house.create(wish(one, 1, 0, pvid=50))
    house.create(wish(other, 1, 0, pvid=60))
    (way,) = asked(house, "vm1", "vm2").ways
    assert (way.vlan, way.sends, way.gets) == (50, "untagged", "tagged 50"), "it may use all VLANs, tagged"
    port = house.below(SRIOVEthernetLogicalPort, "vm2")
    house.do(request("update", port.evolve(allowed_vlans="NONE")))
    house.do(request("update", house.below(SRIOVEthernetLogicalPort, "vm1").evolve(allowed_vlans="NONE")))
    assert asked(house, "vm1", "vm2").obstacles == ("they are on different VLANs",)
    third = running(house, "vm3").uuid
    house.create(vnic(third, device(house, "vios1", 1, 1), pvid=60))
    assert asked(house, "vm2", "vm3").ways[0].via[1] == "outside"
    with_vlans(house, 4000, "60")
    wire(house, "vm4", 60)
    assert "outside" in asked(house, "vm4", "vm3").ways[0].via
    running(house, "vios1", on=False)
    assert "no backing device" in asked(house, "vm2", "vm3").obstacles[0]
    house.do(request("update", switched(house, 0, port={"switch_mode": "Vepa"})))
    assert asked(house, "vm1", "vm1").ways == ()


# beside every step that a frame could take

_MOSTLY = st.sampled_from((True, True, True, False))
_PARTITION = st.tuples(st.integers(0, 1), st.integers(1, 4), st.frozensets(st.integers(1, 4), max_size=1), _MOSTLY)
_SYSTEM = st.fixed_dictionaries(
    {
        "modes": st.tuples(*[st.sampled_from(("Veb", "Vepa"))] * 2),
        "adapters": st.lists(_PARTITION, min_size=3, max_size=5),
        "bridged": st.frozensets(st.integers(2, 4), max_size=3),
        "other": _MOSTLY,
        "orphan": st.one_of(st.none(), st.tuples(st.integers(0, 1), st.integers(1, 4))),
        "servers": st.tuples(_MOSTLY, _MOSTLY),
        "shares": st.booleans(),
    }
)


def made(house: Gannet, system: dict[str, Any]) -> list[str]:
    """A system of the strategy, on two switches; the names of its partitions."""
    other = house.create(VirtualSwitch(name="OTHER"))
    first = next(house.state.where(VirtualSwitch, name="ETHERNET0"))
    put(house, first.evolve(mode=system["modes"][0]), other.evolve(mode=system["modes"][1]))
    if system["bridged"]:
        with_vlans(house, 4000, " ".join(map(str, sorted(system["bridged"]))))
    if system["shares"] and system["bridged"]:
        now = shown(house.state, house.only(NetworkBridge, pvid=1))
        house.do(request("update", now.evolve(load_balance=True)))
    if system["other"]:  # a bridge of the other switch, of VLAN 3
        second = now = shown(house.state, house.only(NetworkBridge, pvid=1))
        seas = [
            one.evolve(
                udid=None,
                dev_name=None,
                backing_device=one.backing_device.evolve(
                    ethernet_device=one.backing_device.ethernet_device.evolve(dev_name="ent1")
                ),
                trunk_adapters=[TrunkAdapter(pvid=3, tagged_vlans="1", trunk_pri=n, vswitch_id=other.switch_id)],
            )
            for n, one in enumerate(now.seas, 1)
        ]
        house.create(NetworkBridge(parent=second.parent, pvid=3, seas=seas))
    if system["orphan"]:
        switch, vlan = system["orphan"]
        wire(house, "vm9", vlan, switch=switch and other.switch_id, trunk_pri=9)
    for number, (switch, pvid, tags, _) in enumerate(system["adapters"]):
        wire(house, f"vm{number}", pvid, " ".join(map(str, sorted(tags - {pvid}))), switch and other.switch_id)
    for number, (*_, on) in enumerate(system["adapters"]):
        running(house, f"vm{number}", on=on)
    for name, on in zip(("vios1", "vios2"), system["servers"], strict=True):
        running(house, name, on=on)
    return [f"vm{number}" for number in range(len(system["adapters"]))] + (["vm9"] if system["orphan"] else [])


class Frames:
    """Follows a frame from place to place. Places: ("at", adapter), ("on", switch, vlan, fresh) with fresh when it came from a
    partition and not from a trunk, ("out", vlan). What is known of the system is read from its adapters alone."""

    def __init__(self, house: Gannet) -> None:
        state = house.state
        self.modes = {one.switch_id: one.mode for one in state.all(VirtualSwitch)}
        servers = {one.uuid: one.state == "running" for one in state.all(VirtualIOServer)}
        self.adapters = {one.uuid: one for one in state.all(ClientNetworkAdapter)}
        seas = {
            (sea.vio_uri.rpartition("/")[2], trunk.virtual_slot_number): (bridge, place)
            for bridge in state.all(NetworkBridge)
            for sea in bridge.seas
            for place, trunk in enumerate(sea.trunk_adapters)
        }
        self.bridged = {key for key, one in self.adapters.items() if (one.parent, one.slot) in seas}
        self.live, self.outer = set(), {}
        for key, one in self.adapters.items():
            on = servers.get(one.parent or "", house.state.kind_of(one.parent or "") == "LogicalPartition")
            if on and key in self.bridged:
                bridge, place = seas[one.parent or "", one.slot]
                both = sum(servers[sea.vio_uri.rpartition("/")[2]] for sea in bridge.seas) == 2
                first = one.trunk_pri == 1
                shares = both and bridge.seas[0].ha_mode == "sharing"
                on = (place % 2 == (not first)) if shares else (first or not both)
                self.outer[key] = bridge.pvid
            partition = next((p for p in _partitions(house) if p.uuid == one.parent), None)
            if on and partition is not None and partition.state == "running":
                self.live.add(key)

    def trunk(self, switch: int, vlan: int) -> str | None:
        """The trunk that has a VLAN."""
        found = [
            (one.trunk_pri, key)
            for key, one in self.adapters.items()
            if key in self.live and one.has("trunk_pri") and one.vswitch_id == switch and vlan in _of(one)
        ]
        return min(found)[1] if found else None

    def steps(self, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if place[0] == "at":
            one = self.adapters[place[1]]
            for vlan in _of(one):
                if not one.has("trunk_pri") or self.trunk(one.vswitch_id, vlan) == place[1]:
                    yield "on", one.vswitch_id, vlan, not one.has("trunk_pri")
        elif place[0] == "on":
            _, switch, vlan, fresh = place
            holder = self.trunk(switch, vlan)
            for key, one in self.adapters.items():
                there = key in self.live and not one.has("trunk_pri") and one.vswitch_id == switch
                if there and vlan in _of(one) and (self.modes[switch] == "Veb" or not fresh):
                    yield "end", key
            if holder is not None and fresh:
                if holder in self.bridged:
                    yield "out", 0 if vlan == self.outer[holder] else vlan
                else:
                    yield "end", holder
        elif place[0] == "out":
            for switch in self.modes:
                for vlan in range(1, 10):
                    holder = self.trunk(switch, vlan)
                    if holder in self.bridged and (0 if vlan == self.outer[holder] else vlan) == place[1]:
                        yield "on", switch, vlan, False

    def ends(self, start: str) -> set[str]:
        if start not in self.live:
            return set()
        seen: set[tuple[Any, ...]] = set()
        ahead: list[tuple[Any, ...]] = [("at", start)]
        while ahead:
            place = ahead.pop()
            if place not in seen:
                seen.add(place)
                ahead += self.steps(place)
        return {place[1] for place in seen if place[0] == "end"} | (
            {"outside"} if any(p[0] == "out" for p in seen) else set()
        )


def _of(adapter: ClientNetworkAdapter) -> list[int]:
    return [adapter.pvid, *map(int, adapter.tagged_vlans.split())]


def _partitions(house: Gannet) -> list[BasePartition]:
    return [*house.state.all(LogicalPartition), *house.state.all(VirtualIOServer)]


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(system=_SYSTEM)
def test_it_agrees_with_every_step_a_frame_could_take(
    tmp_path_factory: pytest.TempPathFactory, system: dict[str, Any]
) -> None:
    house = Gannet(tmp_path_factory.mktemp("data"))
    names = made(house, system)
    frames, found = Frames(house), Reachability(house.state)
    for one in names:
        source = house.partition(one)
        mine = [key for key, adapter in frames.adapters.items() if adapter.parent == source.uuid]
        ends = {end for key in mine for end in frames.ends(key)}
        for other in names:
            if other != one:
                target = house.partition(other)
                theirs = {key for key, adapter in frames.adapters.items() if adapter.parent == target.uuid}
                answer = found.between(source, target)
                assert bool(answer.ways) == bool(ends & theirs), (one, other, answer)
                assert bool(answer.ways) != bool(answer.obstacles), "either a way or a reason"
                assert bool(answer.ways) == bool(found.between(target, source).ways)
        assert bool(found.outside(source).ways) == ("outside" in ends), (one, found.outside(source))


def with_address(house: Gannet, vios: str, address: str = "192.0.2.7", state: str = "Active") -> None:
    """The server's own address on its shared Ethernet adapter."""
    bridge = house.only(NetworkBridge, pvid=1)
    parent = stored(house, vios).uuid
    seas = [
        sea.evolve(ip_interface=IPInterface(name="en8", ip_address=address, state=state))
        if str(sea.vio_uri).endswith(parent)
        else sea
        for sea in bridge.seas
    ]
    put(house, bridge.evolve(seas=seas))


def test_a_server_is_reached_by_its_own_address(house: Gannet) -> None:
    """Where the adapter carries the frames of others nothing leaves the system; where it stands by, the way is outside."""
    wire(house, "vm1", 1)
    wire(house, "vm2", 55)
    for one in ("vm1", "outside"):
        assert not any("192.0.2.7" in way.source for way in asked(house, "vios1", one).ways)
    with_address(house, "vios1")
    (own,) = [way for way in asked(house, "vm1", "vios1").ways if way.target == "en8 (192.0.2.7)"]
    assert own.via[-1].endswith(" of vios1")
    assert own.via[0] == "ETHERNET0"
    assert "outside" not in own.via
    (back,) = [way for way in asked(house, "vios1", "vm1").ways if way.source == "en8 (192.0.2.7)"]
    assert back.via == tuple(reversed(own.via))
    (out,) = [way for way in asked(house, "vios1", "outside").ways if way.source == "en8 (192.0.2.7)"]
    assert (out.vlan, out.sends, out.gets) == (0, "untagged", "untagged")
    assert not any(way.target == "en8 (192.0.2.7)" for way in asked(house, "vm2", "vios1").ways)

    with_address(house, "vios2", "192.0.2.8")
    (standing_by,) = [way for way in asked(house, "vm1", "vios2").ways if way.target == "en8 (192.0.2.8)"]
    assert "outside" in standing_by.via
    assert standing_by.via[-1].endswith(" of vios2")
    assert any("outside" in way.via for way in asked(house, "vios1", "vios2").ways)
    with_address(house, "vios1", state="Inactive")
    assert not any(way.target.startswith("en8") for way in asked(house, "vm1", "vios1").ways)
