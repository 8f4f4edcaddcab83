"""SR-IOV adapters with RoCE ports: listed apart, and divided into Ethernet logical ports like all others."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.ops.inventory.complete import complete
from openlpar.ops.network.reachability import Reachability
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.sriov import SRIOVAdapter, SRIOVRoCEPhysicalPort
from openlpar.wire import inventory
from openlpar.wire.reader import decode, parse
from openlpar.wire.writer import render
from tests.closing.gannet import START_S, Gannet
from tests.ops.network.test_reachability import running
from tests.ops.small_system import SYSTEM
from tests.ops.sriov.test_sriov import device, physical, vnic, wish

PLAIN = "phys_loc_code: U78CB.001.WZS06S2-P1-C3,"


@pytest.fixture
def house(tmp_path: Path) -> Gannet:
    """The default system with another card in the place of its first SR-IOV adapter."""
    text = resources.files("openlpar.systems").joinpath("gannet.yaml").read_text()
    card = f"{PLAIN} description: PCIe4 LP 2-port 100Gb ROCE EN LP adapter,"
    assert PLAIN in text
    described = inventory.load(text.replace(PLAIN, card), "gannet.yaml").elements
    clock = SimulationClock("stepped", lambda: START_S, lambda: 0.0)
    own = [one.evolve(uuid=SYSTEM.uuid) if isinstance(one, ManagedSystem) else one for one in described]
    return Gannet(tmp_path / "data", complete(own, clock, SeededEntropy(1)))


def adapter(house: Gannet) -> SRIOVAdapter:
    found: SRIOVAdapter = house.only(ManagedSystem).asio_config.sriov_adapters[0].sriov_adapter
    return found


def test_ports_of_a_roce_card_are_listed_apart(house: Gannet) -> None:
    found = adapter(house)
    assert [port.loc_code[-2:] for port in found.roce_ports] == ["T1", "T2"]
    assert not found.converged_ports and not found.ethernet_ports and found.supp_max_lps == 40
    assert {port.curr_speed for port in found.roce_ports} == {"E100Gbps"}
    system = house.only(ManagedSystem)
    text = render(system).body.replace(b"\x02", b"http://h:1")
    assert text.count(b"<SRIOVRoCEPhysicalPort ") == 2
    read = decode(parse(text), ManagedSystem, None).asio_config.sriov_adapters[0].sriov_adapter
    assert all(type(port) is SRIOVRoCEPhysicalPort for port in read.roce_ports) and len(read.roce_ports) == 2


def test_ethernet_logical_ports_and_virtual_nics_are_made_of_them(house: Gannet) -> None:
    running(house, "vm1")
    made = house.create(wish(house.partition("vm1").uuid))
    assert made.loc_code == "U78CB.001.WZS06S2-P1-C3-T1-S1"
    shown = next(port for number, port in physical(house) if number == 1)
    assert (shown.cfg_lps, shown.allocated_capacity) == (1, made.cfg_capacity)
    assert (
        "SR-IOV port U78CB.001.WZS06S2-P1-C3-T1"
        in Reachability(house.state).outside(house.partition("vm1")).ways[0].via
    )
    house.create(vnic(house.partition("vm1").uuid, device(house, "vios1", 1, 1)))
    assert [port.cfg_lps for number, port in physical(house) if number == 1] == [1, 1]
