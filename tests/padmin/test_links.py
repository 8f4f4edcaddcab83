"""What a pulled cable means: the shared Ethernet adapter over it is in limbo, its peer takes over, and each server tells."""

from __future__ import annotations

import pytest

from openlpar.messages import Failure, simulation
from openlpar.ops.network.reachability import Reachability
from openlpar.ops.simulation import faults
from openlpar.ports.records import LinkAggregation
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import NetworkBridge
from tests.padmin.conftest import VLAN, Padmin, join_network, made
from tests.padmin.test_shared_ethernet import states


def _bridge(pair: Padmin) -> NetworkBridge:
    return next(bridge for bridge in pair.engine.state.all(NetworkBridge) if bridge.pvid == VLAN)


def _places(pair: Padmin) -> list[str]:
    """Location codes of the ports of the bridge, that of vios1 first."""
    by_server = {sea.vio_uri[-36:]: sea.backing_device.ethernet_device.phys_loc_code for sea in _bridge(pair).seas}
    return [by_server[pair.vios(name).uuid] for name in ("vios1", "vios2")]


def _pull(pair: Padmin, place: str) -> str:
    with pair.engine.alter() as change:
        return faults.add(change, {"name": "link-lost", "subject": place}).uuid


def _plug(pair: Padmin, rule: str) -> None:
    with pair.engine.alter() as change:
        faults.remove(change, rule)


def _errors(pair: Padmin, vios: str) -> list[str]:
    """Resource and description of each entry, the oldest first."""
    lines = pair.out("errlog", vios).splitlines()[1:]
    return [" ".join(line.split()[4:]) for line in reversed(lines)]


def test_the_peer_takes_over_and_gives_back(pair: Padmin) -> None:
    one, other = made(pair, "vios1"), made(pair, "vios2")
    before = _errors(pair, "vios1"), _errors(pair, "vios2")
    rule = _pull(pair, _places(pair)[0])
    assert states(pair, one, "vios1") == ["LIMBO", "None", "Auto"]
    assert states(pair, other, "vios2") == ["PRIMARY", "All", "Auto"]
    assert "Link Status: Down" in pair.out("entstat -all ent8", "vios1")
    assert "  Priority: 1  Active: False" in pair.out("entstat -all ent9", "vios1")
    assert _errors(pair, "vios1")[len(before[0]) :] == ["ent8 ETHERNET DOWN"]
    assert _errors(pair, "vios2")[len(before[1]) :] == [f"{other} BECOME PRIMARY"]
    _plug(pair, rule)
    assert states(pair, one, "vios1") == ["PRIMARY", "All", "Auto"]
    assert states(pair, other, "vios2") == ["BACKUP", "None", "Auto"]
    assert "Link Status: Up" in pair.out("entstat -all ent8", "vios1")
    assert _errors(pair, "vios1")[len(before[0]) + 1 :] == [f"{one} BECOME PRIMARY"]
    assert _errors(pair, "vios2")[len(before[1]) + 1 :] == [f"{other} BECOME BACKUP"]


def test_without_any_link_nothing_leads_outside(pair: Padmin) -> None:
    one, other = made(pair, "vios1"), made(pair, "vios2")
    join_network(pair, VLAN)
    client = next(pair.engine.state.where(LogicalPartition, name="vm1"))
    with pair.engine.alter() as change:
        change.put(client.evolve(state="running"))

    def outside() -> tuple[int, str]:
        state = pair.engine.state
        answer = Reachability(state).outside(state.get(LogicalPartition, client.uuid))
        return len(answer.ways), " ".join(answer.obstacles)

    assert outside()[0] == 1
    first, second = (_pull(pair, place) for place in _places(pair))
    assert (states(pair, one, "vios1")[0], states(pair, other, "vios2")[0]) == ("LIMBO", "LIMBO")
    ways, obstacles = outside()
    assert ways == 0
    for place, rule in zip(_places(pair), (first, second), strict=True):
        assert f"{place} has no link: fault rule {rule} keeps its cable unplugged" in obstacles
    _plug(pair, second)
    assert outside()[0] == 1


def test_a_link_aggregation_has_a_link_as_long_as_one_of_its_ports_has(pair: Padmin) -> None:
    device = made(pair, "vios1")
    vios = pair.vios("vios1")
    ports = tuple({"DeviceName": f"ent{n}", "PhysicalLocation": f"U1-P1-C1-T{n}"} for n in (1, 2))
    pair.engine.put_record(
        LinkAggregation(uuid=f"{vios.uuid}/ent8", vios=vios.uuid, name="ent8", mode="standard", ports=ports)
    )
    first = _pull(pair, "U1-P1-C1-T1")
    assert states(pair, device, "vios1") == ["PRIMARY", "All", "Auto"]
    assert _errors(pair, "vios1")[-1] == "ent1 ETHERNET DOWN"
    _plug(pair, first)
    _pull(pair, "U1-P1-C1-T*")
    assert states(pair, device, "vios1") == ["LIMBO", "None", "Auto"]


def test_sharing_ends_with_a_link(pair: Padmin) -> None:
    one, other = made(pair, "vios1", "sharing"), made(pair, "vios2", "sharing")
    rule = _pull(pair, _places(pair)[1])
    assert states(pair, one, "vios1")[:2] == ["PRIMARY", "All"]
    assert states(pair, other, "vios2")[:2] == ["LIMBO", "None"]
    _plug(pair, rule)
    assert states(pair, other, "vios2")[:2] == ["BACKUP_SH", "Partial"]


def test_a_rule_for_a_port_that_is_not_there_says_so(pair: Padmin) -> None:
    made(pair, "vios1")
    state, place = pair.engine.state, _bridge(pair).seas[0].backing_device.ethernet_device.phys_loc_code
    known, unknown = (faults.made({"name": "link-lost", "subject": name}, "f") for name in (place, "U1-P1-C99-T1"))
    assert faults.waits_for(state, known) == ""
    assert faults.waits_for(state, unknown).startswith("no Ethernet port is called U1-P1-C99-T1 now")
    with pytest.raises(Failure) as refused:
        faults.made({"name": "link-lost"}, "f")
    assert refused.value.message is simulation.BAD_RULE
