"""The model of what simulated partitions use: cycles and traffic add up, and the same seed and time give the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.engine.world import State
from openlpar.hypervisor.sim.meter import SLOT_MS, WorkloadMeter, shared_out, wanted
from openlpar.ports.metrics import KINDS, Workload, rule, workload_of
from openlpar.uom.metering import (
    COUNTERS,
    CYCLES_PER_SECOND,
    TRAFFIC,
    AdapterKind,
    MeteredAdapter,
    MeteredPartition,
    MeteredPool,
    Survey,
)

NOON = 1_700_000_000_000 // SLOT_MS * SLOT_MS


def world(*rules: dict[str, Any]) -> State:
    made = State({}, {})
    for wish in rules:
        one = rule(wish)
        made.swap(type(one), one.uuid, one)
    return made


def partition(number: int, **fields: Any) -> MeteredPartition:
    values: dict[str, Any] = {
        "uuid": f"0000{number:04}-0000-4000-8000-000000000000",
        "id": number,
        "name": f"lpar{number}",
        "type": "AIX/Linux",
        "state": "running",
        "active": True,
        "reachable": True,
        "os": "Linux",
        "vios": False,
        "memory_mib": 1024,
        "mode": "uncap",
        "pool": 0,
        "units": 50,
        "virtual": 2,
        "max_units": 4.0,
        "max_virtual": 4,
        "weight": 128,
    }
    return MeteredPartition(**(values | fields))


def survey(*partitions: MeteredPartition, units: int = 400, pools: tuple[MeteredPool, ...] = ()) -> Survey:
    default = MeteredPool(id=0, name="DefaultPool", max_units=0, reserved=0)
    return Survey(
        system="s",
        mtms="8247-21L*212E3CA",
        uuid="u",
        units=units,
        configurable_units=units,
        available_units=0,
        memory_mib=65536,
        configurable_mib=65536,
        available_mib=0,
        firmware_mib=1024,
        pools=(default, *pools),
        partitions=partitions,
    )


def used(
    what: Survey, begin: int = NOON, end: int = NOON + SLOT_MS, *, rules: tuple[dict[str, Any], ...] = (), seed: int = 1
) -> dict[str, dict[str, int]]:
    """The counters by name, of everything by its key."""
    row = WorkloadMeter(seed).used(world(*rules), what, begin, end)
    assert len(row) == what.width
    words = {len(COUNTERS): COUNTERS, len(TRAFFIC): TRAFFIC, 1: ("cycles",)}
    return {
        key: dict(zip(words[count], row[start : start + count], strict=True)) for key, start, count in what.places()
    }


# what a partition wants


def test_the_same_seed_and_time_give_the_same() -> None:
    what = survey(partition(1), partition(2))
    assert used(what) == used(what)
    assert used(what) != used(what, seed=2)
    assert used(what) != used(what, NOON + SLOT_MS, NOON + 2 * SLOT_MS)


def test_it_does_not_matter_in_how_many_parts_time_is_measured() -> None:
    what = survey(partition(1))
    whole = used(what, NOON, NOON + 2 * SLOT_MS)[what.partitions[0].uuid]
    parts = [used(what, NOON + start, NOON + start + 5000)[what.partitions[0].uuid] for start in range(0, 60_000, 5000)]
    for name in COUNTERS:
        assert abs(sum(part[name] for part in parts) - whole[name]) <= len(parts)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_stays_within_what_it_was_told(kind: str) -> None:
    workload = Workload(kind, KINDS[kind])
    level, peak = KINDS[kind]["level"], KINDS[kind].get("peak", KINDS[kind]["level"])
    levels = [wanted(workload, 99, slot) for slot in range(2880 * 3)]
    assert level * 0.94 <= min(levels) and max(levels) <= peak * 1.06
    if peak > level:
        assert min(levels) < level * 1.1 and max(levels) > peak * 0.9


def test_a_diurnal_workload_has_its_peak_at_its_hour() -> None:
    workload = Workload("diurnal", {**KINDS["diurnal"], "hour": 6})
    by_hour = {hour: wanted(workload, 7, hour * 120) for hour in range(24)}
    assert max(by_hour, key=by_hour.__getitem__) in (5, 6, 7)
    assert by_hour[18] < 0.2


def test_a_bursty_workload_is_at_its_peak_for_its_share_of_the_time() -> None:
    workload = Workload("bursty", {**KINDS["bursty"], "share": 0.25})
    slots = [wanted(workload, 3, slot) > 1 for slot in range(28_800)]
    assert 0.2 < sum(slots) / len(slots) < 0.3
    assert all(len(set(slots[at : at + 10])) == 1 for at in range(0, 1000, 10)), "a burst lasts five minutes"


def test_the_rule_that_was_set_last_counts() -> None:
    rules = [rule({"partition": "db*", "kind": "idle"}), rule({"partition": "*", "kind": "steady", "level": 0.7})]
    assert workload_of(rules, "db1", False).settings["level"] == 0.7
    assert workload_of(rules[::-1], "db1", False).kind == "idle"
    assert workload_of([], "db1", False).kind == "steady" and workload_of([], "vios1", True).kind == "idle"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"kind": "idle"}, "partition is missing"),
        ({"partition": "x", "kind": "lazy"}, "'lazy', not one of idle"),
        ({"partition": "x", "kind": "steady", "peak": 2}, "has no 'peak'"),
        ({"partition": "x", "kind": "steady", "level": "much"}, "level is 'much'"),
        ({"partition": "x", "kind": "steady", "level": -1}, "from 0 to 100"),
        ({"partition": "x", "kind": "steady", "level": True}, "level is True"),
        ({"partition": "x", "kind": "steady", "level": float("nan")}, "level is nan"),
    ],
)
def test_a_rule_that_is_none_is_refused(wish: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rule(wish)


# what it gets


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 255)), max_size=8), st.floats(0, 20))
def test_an_amount_is_shared_out_by_weight_and_never_exceeded(wishes: list[tuple[float, int]], amount: float) -> None:
    given_ = shared_out([wish for wish, _ in wishes], [weight for _, weight in wishes], amount)
    assert sum(given_) <= amount + 1e-6
    assert all(0 <= got <= wish + 1e-9 for got, (wish, _) in zip(given_, wishes, strict=True))
    hungry = [
        (got / weight) for got, (wish, weight) in zip(given_, wishes, strict=True) if weight and got < wish - 1e-6
    ]
    assert not hungry or max(hungry) - min(hungry) < 1e-6, "who is not sated has got the same for each weight"


PARTITIONS = st.lists(
    st.fixed_dictionaries(
        {
            "units": st.integers(5, 300),
            "virtual": st.integers(1, 6),
            "weight": st.integers(0, 255),
            "mode": st.sampled_from(["cap", "uncap", "share_idle_procs", "share_idle_procs_active", "keep_idle_procs"]),
            "active": st.booleans(),
            "pool": st.sampled_from([0, 1]),
            "level": st.floats(0, 10),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150)
@given(PARTITIONS, st.integers(1, 1000), st.integers(50, 500))
def test_cycles_add_up(wishes: list[dict[str, Any]], seed: int, pool_units: int) -> None:
    made, rules = [], []
    for number, wish in enumerate(wishes, 1):
        level = wish.pop("level")
        if not wish["mode"].endswith("cap"):
            wish |= {"pool": -1, "units": wish["virtual"] * 100, "weight": 0}
        wish["virtual"] = max(wish["virtual"], -(-wish["units"] // 100))
        made.append(partition(number, **wish))
        rules.append({"partition": f"lpar{number}", "kind": "steady", "level": level})
    entitled = sum(one.units for one in made if one.active)
    in_pool = sum(one.units for one in made if one.active and one.pool == 1)
    pools = (MeteredPool(id=1, name="SharedPool01", max_units=max(pool_units, in_pool), reserved=0),)
    what = survey(*made, units=max(400, -(-entitled // 100) * 100), pools=pools)
    found = used(what, rules=tuple(rules), seed=seed)
    second = 30 * CYCLES_PER_SECOND
    total = found["firmware"]["cycles"]
    for one in made:
        row = found[one.uuid]
        assert all(value >= 0 for value in row.values())
        if not one.active:
            assert not any(row.values())
            continue
        assert row["entitled"] == int(one.units * second / 100)
        assert row["capped"] <= row["entitled"]
        assert row["capped"] + row["uncapped"] <= one.virtual * second + 1
        assert row["idle"] <= row["capped"] + row["uncapped"]
        if one.mode != "uncap":
            assert row["uncapped"] == 0
        if one.is_dedicated:
            assert row["capped"] + row["donated"] == row["entitled"]
        else:
            assert row["donated"] == 0
        total += row["capped"] + row["uncapped"] - row["idle"]
    assert total <= what.configurable_units * second / 100 + len(made)
    for pool in what.pools:
        members = [found[one.uuid] for one in made if one.pool == pool.id]
        passed = sum(row["capped"] + row["uncapped"] for row in members)
        assert found[f"pool {pool.id}"]["cycles"] == passed
        assert passed <= (pool.max_units or what.configurable_units) * second / 100 + len(members)


def test_what_nobody_needs_goes_to_the_uncapped_by_weight() -> None:
    rules = tuple({"partition": f"lpar{n}", "kind": "steady", "level": 20} for n in (1, 2))
    what = survey(
        partition(1, weight=200, virtual=4), partition(2, weight=100, virtual=4), partition(3, mode="cap"), units=250
    )
    found = used(what, rules=(*rules, {"partition": "lpar3", "kind": "steady", "level": 0}))
    one, two, capped = (found[member.uuid] for member in what.partitions)
    assert one["uncapped"] / two["uncapped"] == pytest.approx(2, rel=0.01)
    assert one["waiting"] > 0 and capped["waiting"] == 0
    assert one["capped"] == one["entitled"]


def test_a_dedicated_processor_gives_away_what_it_does_not_need() -> None:
    rules = ({"partition": "*", "kind": "steady", "level": 0.25},)
    modes = ("share_idle_procs_active", "keep_idle_procs")
    what = survey(*(partition(n, mode=mode, pool=-1, units=100) for n, mode in enumerate(modes)))
    giving, keeping = (used(what, rules=rules)[one.uuid] for one in what.partitions)
    assert giving["donated"] > 0.6 * giving["entitled"] and giving["idle"] > 0
    assert (
        keeping["donated"] == 0
        and keeping["capped"] == keeping["entitled"]
        and keeping["idle"] > keeping["entitled"] / 2
    )


# traffic


def bridged(*clients: MeteredPartition, vios_active: bool = True) -> Survey:
    """Clients whose networks and disks are behind a Virtual I/O Server."""
    served = [
        MeteredAdapter(key=f"vhost{n}", kind=AdapterKind.VSCSI, client=one.uuid, carried_by=("sissas0",))
        for n, one in enumerate(clients)
    ]
    own = (
        MeteredAdapter(key="trunk", kind=AdapterKind.TRUNK, vlan=1),
        MeteredAdapter(key="ent0", kind=AdapterKind.ETHERNET, bridge="ent8"),
        MeteredAdapter(key="sissas0", kind=AdapterKind.DISKS),
        *served,
    )
    server = partition(90, name="vios1", vios=True, active=vios_active, units=100, adapters=own)
    return survey(*clients, server, units=2000)


def client(number: int, **fields: Any) -> MeteredPartition:
    wire = MeteredAdapter(key=f"veth{number}", kind=AdapterKind.VETH, vlan=1, carried_by=("trunk", "ent0"))
    return partition(number, adapters=(wire,), **fields)


def test_the_virtual_io_server_counts_what_its_clients_have() -> None:
    what = bridged(client(1), client(2), client(3, active=False))
    found = used(what)
    for ours, theirs in (
        ("incoming", "outgoing"),
        ("outgoing", "incoming"),
        ("incoming_bytes", "outgoing_bytes"),
        ("outgoing_bytes", "incoming_bytes"),
    ):
        assert found["trunk"][ours] == sum(found[f"veth{n}"][theirs] for n in (1, 2, 3))
        assert found["ent0"][ours] == found["trunk"][theirs]
        assert found["sissas0"][ours] == sum(found[f"vhost{n}"][ours] for n in (0, 1, 2))
    assert found["veth1"]["incoming_bytes"] > 0 and found["vhost0"]["incoming_bytes"] > 0
    assert not any(found["veth3"].values()) and not any(found["vhost2"].values())


def test_a_virtual_io_server_works_for_its_clients() -> None:
    busy = ({"partition": "lpar*", "kind": "steady", "network": 200, "disk": 200},)
    what = bridged(client(1), client(2))
    quiet, loaded = used(what)[what.partitions[-1].uuid], used(what, rules=busy)[what.partitions[-1].uuid]
    assert loaded["capped"] > 5 * quiet["capped"]


def test_disks_of_a_virtual_io_server_that_is_off_are_not_read() -> None:
    found = used(bridged(client(1), vios_active=False))
    assert not any(found["vhost0"].values())


def test_a_network_without_a_way_out_carries_what_its_partitions_send_each_other() -> None:
    def alone(number: int, vlan: int) -> MeteredPartition:
        wire = MeteredAdapter(key=f"veth{number}", kind=AdapterKind.VETH, vlan=vlan)
        return partition(number, adapters=(wire,))

    found = used(survey(alone(1, 5), alone(2, 5), alone(3, 6)))
    sent = sum(found[f"veth{n}"]["outgoing_bytes"] for n in (1, 2))
    assert sent == sum(found[f"veth{n}"]["incoming_bytes"] for n in (1, 2)) > 0
    assert not any(found["veth3"].values()), "nobody is there to talk to"
