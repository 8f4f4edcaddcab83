"""A managed system in memory, and its Virtual I/O Servers' command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openlpar import ops
from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.engine import Engine
from openlpar.engine.events import EventQueue
from openlpar.engine.world import State
from openlpar.ops.capacity import TALLIES
from openlpar.ops.core import Edges
from openlpar.ops.indexes import INDEXED
from openlpar.ops.inventory.complete import complete
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.io_server import CommandResult
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.vios.simulated import SimulatedVios
from openlpar.wire import inventory

SYSTEM = Path(__file__).with_name("system.yaml")
NOW = 1464901557123  # 2 June 2016, as in the tutorial's backups
VLAN = 300
"""Of the bridge that ``made`` makes."""


class _NoStore:
    """Nothing is committed: the tests look at the state in memory."""


class _Power:
    """A hypervisor that a shutdown reaches: it writes down what it is told."""

    def __init__(self) -> None:
        self.stopped: list[tuple[str, str, bool]] = []

    def stop(self, change: Any, partition: Any, how: Any, restart: bool) -> None:
        self.stopped.append((partition.name, how.value, restart))

    def undefine(self, change: Any, partition: Any) -> None:
        """Nothing runs that could be taken away."""


@dataclass
class Padmin:
    """Runs commands on a Virtual I/O Server of a system of its own."""

    engine: Engine
    files: Path

    def run(self, command: str, vios: str = "vios1") -> CommandResult:
        operation = RunCommand(self.vios(vios).uuid, command)
        self.engine.perform(operation)
        return operation.result

    def out(self, command: str, vios: str = "vios1") -> str:
        """Standard output of a command that must succeed."""
        result = self.run(command, vios)
        assert (result.status, result.stderr) == (0, ""), f"{command}: {result}"
        return result.stdout

    def vios(self, name: str) -> VirtualIOServer:
        return next(self.engine.state.where(VirtualIOServer, name=name))

    @property
    def altered(self) -> bool:
        """Whether the next commit would write anything: events and audits follow from that."""
        return not self.engine.is_settled


def open_system(files: Path) -> Engine:
    ops.load()
    clock = SimulationClock("stepped", lambda: NOW / 1000, lambda: 0.0, NOW)
    nothing: Any = _NoStore()
    entropy = SeededEntropy(1)
    state = State(INDEXED, TALLIES)
    described = inventory.load(SYSTEM.read_text(), SYSTEM.name)
    for obj in complete(described.elements, clock, entropy):
        state.swap(type(obj), obj.uuid, obj)
    engine = Engine(state, nothing, clock, entropy, EventQueue((), clock.now()), {})
    hypervisor: Any = _Power()
    engine.edges = Edges(hypervisor, SimulatedVios(files))
    return engine


@pytest.fixture
def padmin(tmp_path: Path) -> Padmin:
    return Padmin(open_system(tmp_path), tmp_path)


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Padmin:
    """For commands that change nothing; all tests share it."""
    files = tmp_path_factory.mktemp("vios")
    return Padmin(open_system(files), files)


@pytest.fixture(scope="session")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Padmin:
    """For tests that do not mind what others have changed."""
    files = tmp_path_factory.mktemp("vios")
    return Padmin(open_system(files), files)


@pytest.fixture
def pair(padmin: Padmin) -> Padmin:
    """Each server has a free port and two trunk adapters of the same VLANs, those of vios2 with the second priority."""
    switch = next(padmin.engine.state.where(VirtualSwitch, name="ETHERNET0"))
    with padmin.engine.alter() as change:
        for number, name in enumerate(("vios1", "vios2"), 1):
            vios = padmin.vios(name)
            port = EthernetBackingDevice(
                dev_name="ent8", description="PCIe Ethernet Adapter", phys_loc_code=f"P{number}"
            )
            change.put(vios.evolve(free_eth_devs_for_sea=(IOAdapterChoice(ethernet_device=port),)))
            for slot, device, pvid, tags in ((30, "ent9", VLAN, ""), (31, "ent10", VLAN + 1, "310 311")):
                change.put(
                    ClientNetworkAdapter(
                        uuid=f"trunk-{name}-{slot}",
                        parent=vios.uuid,
                        lpar_id=vios.id,
                        slot=slot,
                        pvid=pvid,
                        tagged_vlans=tags,
                        is_tagged_vlan_supported=True,
                        vswitch_id=0,
                        vswitch_uri=(f"ManagedSystem/x/VirtualSwitch/{switch.uuid}",),
                        mac=f"0200000{number}00{slot}",
                        dev_name=device,
                        trunk_pri=number,
                    )
                )
    return padmin


def made(pair: Padmin, vios: str, mode: str = "auto") -> str:
    """Name of the new adapter."""
    text = f"mkvdev -sea ent8 -vadapter ent9 ent10 -default ent9 -defaultid {VLAN} -attr ha_mode={mode}"
    name, interface, _ = pair.out(text, vios).splitlines()
    device = name.partition(" ")[0]
    assert interface == device.replace("ent", "en", 1)
    return device


def join_network(padmin: Padmin, pvid: int, **fields: Any) -> None:
    """vm1 gets a virtual Ethernet adapter in this VLAN, with the uuid ``client``."""
    switch = next(padmin.engine.state.where(VirtualSwitch, name="ETHERNET0"))
    client = next(padmin.engine.state.where(LogicalPartition, name="vm1"))
    with padmin.engine.alter() as change:
        change.put(
            ClientNetworkAdapter(
                uuid="client",
                parent=client.uuid,
                lpar_id=client.id,
                slot=9,
                pvid=pvid,
                vswitch_id=0,
                vswitch_uri=(f"ManagedSystem/x/VirtualSwitch/{switch.uuid}",),
                mac="0A0000000001",
                **fields,
            )
        )
