"""Ethernet cards that are given to and taken from Virtual I/O Servers, beside a tiny reference model: per server, which ports it
has found, and which of them are in a link aggregation."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from openlpar.messages import system as say
from openlpar.ops.core import Operation
from openlpar.ops.network.ethernet_devices import aggregations, ports_of
from openlpar.ops.network.link_aggregation import CreateLinkAggregation, DeleteLinkAggregation
from openlpar.ops.network.shared_ethernet import CreateSharedEthernetAdapter
from openlpar.ops.vios.configure_devices import ConfigureDevices
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.ethernet_ports import ETHERNET
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.io_slot import AssociatedIOSlot, IOSlot
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.network_bridge import BackingDeviceChoice, SharedEthernetAdapter, TrunkAdapter
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.closing.gannet import Gannet, request

VIOSES = ("vios1", "vios2")
CARDS = {0x21990001: ("C31", "10 Gigabit Ethernet-SR Dual Port Adapter", 2), 0x21990002: ("C32", "100/10 Ethernet", 1)}

cards, servers = st.sampled_from(sorted(CARDS)), st.sampled_from(VIOSES)


def place(card: int) -> str:
    return f"U78CB.001.WZS06S2-P1-{CARDS[card][0]}"


def with_cards(folder: Path) -> Gannet:
    house = Gannet(folder)
    system = house.state.get(ManagedSystem, house.only(ManagedSystem).uuid)
    more = [
        IOSlot(drc_index=card, drc_name=place(card), description=text, pci_class=ETHERNET)
        for card, (_, text, _) in CARDS.items()
    ]
    io = system.asio_config
    with house.engine.alter() as change:
        change.put(system.evolve(asio_config=io.evolve(io_slots=(*io.io_slots, *more))))
    return house


def moved(house: Gannet, vios: str, card: int, *, given: bool) -> Operation:
    """The request that gives a card to a server, or takes it away."""
    now = house.partition(vios)
    slots = [entry for entry in now.io_config.io_slots if entry.slot.drc_index != card]
    if given:
        slots.append(ProfileIOSlot(slot=AssociatedIOSlot(drc_index=card), required=False))
    return request("update", now.evolve(io_config=now.io_config.evolve(io_slots=slots)))


def free(house: Gannet, vios: str) -> dict[str, str]:
    """Location code of each free device on one of the cards -> name."""
    places = {f"{place(card)}-T{port}" for card, (_, _, count) in CARDS.items() for port in range(1, count + 1)}
    devices = [choice.ethernet_device for choice in house.partition(vios).free_eth_devs_for_sea]
    return {device.phys_loc_code: device.dev_name for device in devices if device.phys_loc_code in places}


def switched(house: Gannet, vios: str, state: str) -> None:
    found = house.state.get(VirtualIOServer, house.partition(vios).uuid)
    with house.engine.alter() as change:
        change.put(found.evolve(state=state, rmc_state="active" if state == "running" else "inactive"))


class Cards(RuleBasedStateMachine):
    """owners: who has each card. found: the ports each server knows. joined: name of a link aggregation -> server and ports."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.house = with_cards(self.folder / "data")
        self.owners: dict[int, str] = {}
        self.found: dict[str, set[str]] = {name: set() for name in VIOSES}
        self.joined: dict[tuple[str, str], frozenset[str]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def ports(self, card: int) -> set[str]:
        return {f"{place(card)}-T{port}" for port in range(1, CARDS[card][2] + 1)}

    def owned(self, vios: str) -> set[str]:
        return {port for card, owner in self.owners.items() if owner == vios for port in self.ports(card)}

    @rule(card=cards, vios=servers)
    def give(self, card: int, vios: str) -> None:
        allowed = self.owners.get(card, vios) == vios
        assert self.house.tried(moved(self.house, vios, card, given=True)) == allowed
        if allowed:
            self.owners[card] = vios

    @precondition(lambda self: self.owners)
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        card = data.draw(st.sampled_from(sorted(self.owners)))
        used = any(ports & self.ports(card) for ports in self.joined.values())
        assert self.house.tried(moved(self.house, self.owners[card], card, given=False)) == (not used)
        if not used:
            self.found[self.owners.pop(card)] -= self.ports(card)

    @rule(vios=servers)
    def look(self, vios: str) -> None:
        assert self.house.tried(ConfigureDevices(self.house.partition(vios).uuid))
        self.found[vios] = self.owned(vios)

    @rule(vios=servers)
    def restart(self, vios: str) -> None:
        switched(self.house, vios, "not activated")
        switched(self.house, vios, "running")
        self.found[vios] = self.owned(vios)

    @rule(vios=servers, data=st.data())
    def join(self, vios: str, data: st.DataObject) -> None:
        now = free(self.house, vios)
        if now:
            ports = data.draw(st.sets(st.sampled_from(sorted(now)), min_size=1))
            operation = CreateLinkAggregation(self.house.partition(vios).uuid, tuple(now[port] for port in ports))
            assert self.house.tried(operation)
            self.joined[vios, operation.device] = frozenset(ports)

    @precondition(lambda self: self.joined)
    @rule(data=st.data())
    def part(self, data: st.DataObject) -> None:
        vios, device = data.draw(st.sampled_from(sorted(self.joined)))
        assert self.house.tried(DeleteLinkAggregation(self.house.partition(vios).uuid, device))
        del self.joined[vios, device]

    @invariant()
    def agrees(self) -> None:
        for vios in VIOSES if hasattr(self, "owners") else ():
            joined = {port for (owner, _), ports in self.joined.items() if owner == vios for port in ports}
            assert set(free(self.house, vios)) == self.found[vios] - joined
            server = self.house.partition(vios)
            names = [choice.ethernet_device.dev_name for choice in server.free_eth_devs_for_sea]
            names += [
                port.dev_name for group in aggregations(self.house.state, server.uuid) for port in ports_of(group)
            ]
            names += [one.dev_name for one in self.house.state.all(ClientNetworkAdapter, server.uuid)]
            names += [n for sea in server.seas for n in (sea.dev_name, sea.backing_device.ethernet_device.dev_name)]
            assert len(set(names)) == len(names), "each device has a name of its own"


Cards.TestCase.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCards = Cards.TestCase


def test_a_card_whose_port_carries_something_stays(tmp_path: Path) -> None:
    house = with_cards(tmp_path / "data")
    vios, card = house.partition("vios1").uuid, min(CARDS)
    house.do(moved(house, "vios1", card, given=True))
    assert not free(house, "vios1"), "nobody has looked for it yet"
    house.do(ConfigureDevices(vios))
    device = free(house, "vios1")[f"{place(card)}-T2"]
    trunk: Any = house.create(ClientNetworkAdapter(parent=vios, pvid=50, trunk_pri=1, use_next_slot=True))
    wish = SharedEthernetAdapter(
        backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name=device)),
        trunk_adapters=(TrunkAdapter(dev_name=trunk.dev_name),),
    )
    house.do(CreateSharedEthernetAdapter(vios, wish))
    before = house.everything()
    failure = house.refusal(moved(house, "vios1", card, given=False))
    assert failure is not None and failure.message is say.SLOT_SERVES
    assert f"with {device}" in failure.text and house.everything() == before
