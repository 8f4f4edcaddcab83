"""Ports that join and leave a link aggregation."""

from __future__ import annotations

import pytest

from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import Padmin


@pytest.fixture
def ports(padmin: Padmin) -> Padmin:
    """vios1 with ten free ports, ent20 to ent29."""
    free = tuple(
        IOAdapterChoice(
            ethernet_device=EthernetBackingDevice(
                dev_name=f"ent{number}", description="PCIe Ethernet Adapter", phys_loc_code=f"P{number}"
            )
        )
        for number in range(20, 30)
    )
    with padmin.engine.alter() as change:
        change.put(padmin.vios("vios1").evolve(free_eth_devs_for_sea=free))
    return padmin


def members(padmin: Padmin, device: str) -> str:
    return padmin.out(f"lsdev -dev {device} -attr adapter_names").split()[-1]


def free(padmin: Padmin) -> list[str]:
    return [choice.ethernet_device.dev_name for choice in padmin.vios("vios1").free_eth_devs_for_sea]


def test_ports_come_and_go_while_it_is_in_use(ports: Padmin) -> None:
    device = ports.out("mkvdev -lnagg ent20 ent21").split()[0]
    assert ports.out(f"cfglnagg -add {device} ent22") == f"{device} changed\n"
    assert members(ports, device) == "ent20,ent21,ent22"
    assert "ent22" not in free(ports)
    ports.out(f"cfglnagg -rm -parent ent6 {device} ent20")
    assert members(ports, device) == "ent21,ent22"
    assert free(ports)[1:3] == ["ent20", "ent23"]
    ports.out(f"rmvdev -lnagg {device}")
    assert free(ports) == [f"ent{number}" for number in range(20, 30)]


def test_what_cannot_join_or_leave(ports: Padmin) -> None:
    device = ports.out("mkvdev -lnagg ent20").split()[0]
    other = ports.out("mkvdev -lnagg ent21").split()[0]
    for text, said in (
        (f"-add {device} {other}", f"{other} is a link aggregation itself"),
        (f"-rm {device} ent20", "is the last port"),
        (f"-rm {device} ent21", "is not one of its ports, ent20"),
        (f"-add {device} ent0", "ent0"),
    ):
        refused = ports.run(f"cfglnagg {text}")
        assert (refused.status, said in refused.stderr) == (Status.SYNTAX, True), refused
    for number in range(22, 29):
        ports.out(f"cfglnagg -add {device} ent{number}")
    assert "has 8 ports already" in ports.run(f"cfglnagg -add {device} ent29").stderr
