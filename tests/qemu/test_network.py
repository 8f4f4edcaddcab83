"""What the virtual switch is told to carry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu.network import management_addresses, wanted
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.ops.small_system import SYSTEM, open_system

NOVALINK, VIOS, VM = (f"0000000{n}-0000-4000-8000-00000000000{n}" for n in (1, 2, 4))
BELOW = {"parent": SYSTEM.uuid}


def adapter(parent: str, slot: int, switch: int = 0, **fields: Any) -> ClientNetworkAdapter:
    given = {"pvid": 1, "mac": f"FA163E00000{slot}", "vswitch_id": switch, "tagged_vlans": "", **fields}
    return ClientNetworkAdapter(uuid=f"{parent[:8]}-{slot}", parent=parent, slot=slot, **given)


SYSTEMS: tuple[Element, ...] = (
    VirtualSwitch(uuid="e0", switch_id=0, mode="Veb", name="ETHERNET0", **BELOW),
    VirtualSwitch(uuid="e1", switch_id=1, mode="Vepa", name="MGMTSWITCH", **BELOW),
    LogicalPartition(uuid=NOVALINK, id=1, name="novalink", is_mgmt_partition=True, state="running", **BELOW),
    LogicalPartition(uuid=VM, id=4, name="vm1", state="not activated", **BELOW),
    VirtualIOServer(uuid=VIOS, id=2, name="vios1", state="running", **BELOW),
)


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Any]:
    """The ports by name, for a system with these adapters."""

    def made(*adapters: ClientNetworkAdapter, replaced: tuple[Element, ...] = ()) -> dict[str, dict[str, Any]]:
        objects = {obj.uuid: obj for obj in (*SYSTEMS, *adapters, *replaced)}
        engine, _ = open_system(tmp_path / "data", "immediate", *objects.values())
        asked = wanted(engine.state)
        assert asked["switches"] == [
            {"name": "ETHERNET0 (0)", "mode": "Veb"},
            {"name": "MGMTSWITCH (1)", "mode": "Vepa"},
        ]
        return {port["name"]: port for port in asked["ports"]}

    yield made


def test_an_adapter_of_a_partition_is_a_guests_end(ports: Any) -> None:
    assert ports(adapter(VM, 3, pvid=7, tagged_vlans="10 20", allowed_macs="FA163E000009 FA163E00000A")) == {
        "4-3": {
            "name": "4-3",
            "switch": "ETHERNET0 (0)",
            "pvid": 7,
            "tagged": [10, 20],
            "mac": "fa:16:3e:00:00:03",
            "enabled": True,
            "kind": "guest",
            "allowed_macs": ["fa:16:3e:00:00:09", "fa:16:3e:00:00:0a"],
        }
    }


@pytest.mark.parametrize(("text", "allowed"), [("ALL", "all"), ("NONE", "none"), ("", "all")])
def test_all_or_no_addresses_may_be_allowed(ports: Any, text: str, allowed: str) -> None:
    assert ports(adapter(VM, 3, allowed_macs=text))["4-3"]["allowed_macs"] == allowed


def test_an_adapter_that_is_disabled_is_carried_so(ports: Any) -> None:
    assert not ports(adapter(VM, 3, enabled=False))["4-3"]["enabled"]


def test_on_the_management_switch_others_than_guests_have_a_responder(ports: Any) -> None:
    found = ports(adapter(NOVALINK, 6, 1, trunk_pri=1), adapter(VIOS, 6, 1), adapter(VM, 6, 1))
    assert {name: port["kind"] for name, port in found.items()} == {
        "1-6": "responder",
        "2-6": "responder",
        "4-6": "guest",
    }


def test_on_other_switches_only_trunks_of_servers_have_an_end(ports: Any) -> None:
    found = ports(adapter(NOVALINK, 3), adapter(VIOS, 3, trunk_pri=2), adapter(VIOS, 4))
    assert found.keys() == {"2-3"}
    assert (found["2-3"]["trunk"], found["2-3"]["trunk_priority"]) == (True, 2)
    assert "allowed_macs" not in found["2-3"]


def test_a_server_that_is_off_has_no_port(ports: Any) -> None:
    off = VirtualIOServer(uuid=VIOS, id=2, name="vios1", state="not activated", **BELOW)
    assert not ports(adapter(VIOS, 3, trunk_pri=1), replaced=(off,))


def test_an_adapter_on_a_switch_that_is_gone_is_not_carried(ports: Any) -> None:
    assert not ports(adapter(VM, 3, 9))


def test_a_partition_is_known_on_the_management_network_by_its_adapter_there(tmp_path: Path) -> None:
    cards = (adapter(VM, 3, mac="FA163E000003"), adapter(VM, 6, 1, mac="FA163E0000FF"))
    engine, _ = open_system(tmp_path / "data", "immediate", *SYSTEMS, *cards)
    partition = engine.state.get(LogicalPartition, VM)
    assert management_addresses(engine.state, partition) == {"fe80::f816:3eff:fe00:ff"}
    engine._store.close()
