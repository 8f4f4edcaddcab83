"""RMC of simulated partitions: the management network, how long it takes, and what a guest can be asked over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.hypervisor.qemu.backend import Qemu
from openlpar.hypervisor.sim.rmc import link_local
from openlpar.messages import Failure, Message
from openlpar.messages import partition as say
from openlpar.ops.lpar.connection import connections, why_not_connected
from openlpar.ops.lpar.observe import observe
from openlpar.ops.simulation import faults
from openlpar.ports.hypervisor import Stop, Surroundings
from openlpar.ports.records import Due, RmcConnection
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.partition_processors import DedicatedProcessorConfiguration
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.closing.gannet import LONG_MS, Gannet, request
from tests.closing.samples import adapter


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    made.engine.followers.append(made.hypervisor.committed)
    await made.engine.start()
    await made.hypervisor.open()
    yield made
    await made.engine.stop()


def behave(house: Gannet, *guests: dict[str, Any], **more: Any) -> None:
    data = house.hypervisor.behaviour()
    house.hypervisor.behave({**data, "guests": list(guests), **more})


def managed(house: Gannet, name: str, **fields: Any) -> ClientNetworkAdapter:
    switch = house.only(VirtualSwitch, name="MGMTSWITCH").switch_id
    return adapter(house.partition(name).uuid, **{"vswitch_id": switch, "pvid": 4094, **fields})


def on_mgmtswitch(house: Gannet, name: str, **fields: Any) -> ClientNetworkAdapter:
    """A new adapter of the partition in the management network."""
    made: ClientNetworkAdapter = house.create(managed(house, name, **fields))
    return made


async def boot(house: Gannet, name: str, **fields: Any) -> Any:
    """A partition with an adapter in the management network, long after its operating system has come up."""
    made = house.lpar(name)
    on_mgmtswitch(house, name, **fields)
    assert (await house.job("LogicalPartition", made.uuid, "PowerOn")).status == "COMPLETED_OK"
    return house.partition(name)


def why(house: Gannet, name: str) -> str:
    return why_not_connected(house.state, house.partition(name))


async def seconds_until(house: Gannet, name: str, state: str, *, limit_s: int = 900) -> int:
    """How long it takes until the partition's RMC is in that state."""
    for second in range(limit_s):
        if house.partition(name).rmc_state == state:
            return second
        await house.engine.step(1000)
    pytest.fail(f"RMC of {name} is not {state} after {limit_s} s: {why(house, name)}")


# the network


def test_an_address_follows_from_the_mac_address_as_ipv6_says() -> None:
    assert link_local("468CA1242EC8") == "fe80::448c:a1ff:fe24:2ec8"
    assert link_local("02:00:00:00:00:01") == "fe80::ff:fe00:1"


async def test_servers_that_were_running_have_their_addresses(house: Gannet) -> None:
    await house.engine.settled()
    assert house.partition("vios1").rmc_ip == "fe80::448c:a1ff:fe24:2ec8"
    assert house.partition("vios2").rmc_ip == "fe80::3431:ff:feed:375b"


async def test_a_partition_on_mgmtswitch_is_connected_by_its_link_local_address(house: Gannet) -> None:
    seen = await boot(house, "vm1", mac="02AABBCCDDEE")
    assert (seen.rmc_state, seen.rmc_ip) == ("active", "fe80::aa:bbff:fecc:ddee")
    assert seen.capabilities.mem_dlpar and seen.capabilities.proc_dlpar and seen.capabilities.io_dlpar
    assert seen.capabilities.rmc_shutdown_capable
    assert why(house, "vm1") == ""


async def test_a_partition_without_an_adapter_there_uses_an_outside_network_if_there_is_one(house: Gannet) -> None:
    seen = await house.running("vm1")
    assert (seen.rmc_state, seen.rmc_ip) == ("active", "")
    behave(house, outside_rmc=False)
    seen = await house.running("vm2")
    assert seen.rmc_state == "inactive"
    assert why(house, "vm2") == "it has no virtual Ethernet adapter on MGMTSWITCH in VLAN 4094"
    on_mgmtswitch_later = request("create", managed(house, "vm2"))
    refusal = house.refusal(on_mgmtswitch_later)
    assert refusal is not None and refusal.message is say.DLPAR_NO_RMC and "MGMTSWITCH in VLAN 4094" in refusal.text


async def test_an_adapter_in_another_vlan_leads_nowhere(house: Gannet) -> None:
    seen = await boot(house, "vm1", pvid=17)
    assert (seen.rmc_state, seen.rmc_ip) == ("inactive", "")
    assert "is in VLAN 17, not in 4094" in why(house, "vm1")


async def test_without_the_trunk_of_the_novalink_nobody_is_connected_any_more(house: Gannet) -> None:
    trunk = house.below(ClientNetworkAdapter, "novalink_212E3CA", pvid=4094)
    await boot(house, "vm1")
    house.do(request("delete", trunk))
    await house.engine.settled()
    assert house.partition("vm1").rmc_state == "active", "nobody has noticed yet"
    await house.engine.step(LONG_MS)
    for name in ("vm1", "vios1", "vios2"):
        assert house.partition(name).rmc_state == "inactive"
        assert why(house, name) == "partition novalink_212E3CA has no trunk adapter on MGMTSWITCH in VLAN 4094"
        assert not house.partition(name).capabilities.mem_dlpar


# time


async def test_it_takes_one_to_five_minutes_after_the_operating_system_has_come_up(house: Gannet) -> None:
    made = house.lpar("vm1")
    on_mgmtswitch(house, "vm1")
    await house.jobs.submit("LogicalPartition", made.uuid, "PowerOn", {}, NOBODY)
    while house.partition("vm1").state != "running":
        await house.engine.step(1000)
    assert "has come up and has not connected yet" in why(house, "vm1")
    assert 55 <= await seconds_until(house, "vm1", "active") <= 300


async def test_a_loss_is_noticed_after_two_to_five_minutes_and_mended_within_five(house: Gannet) -> None:
    await boot(house, "vm1")
    trunk = house.below(ClientNetworkAdapter, "novalink_212E3CA", pvid=4094)
    house.do(request("delete", trunk))
    await house.engine.settled()
    assert 120 <= await seconds_until(house, "vm1", "inactive") <= 301
    wish = managed(house, "novalink_212E3CA", trunk_pri=1)
    house.create(wish)
    await house.engine.settled()
    assert 55 <= await seconds_until(house, "vm1", "active") <= 301
    assert house.partition("vm1").capabilities.io_dlpar


async def test_servers_beside_real_partitions_notice_a_loss_as_well(house: Gannet, tmp_path: Path) -> None:
    """The guests tell of themselves there."""
    await boot(house, "vm1")
    real = Qemu(Surroundings(observe, house.engine.alter, house.state, tmp_path / "q"))
    house.engine.followers.remove(house.hypervisor.committed)
    house.engine.followers.append(real.committed)
    house.engine.routines["hypervisor"] = real.due
    house.do(request("delete", house.below(ClientNetworkAdapter, "novalink_212E3CA", pvid=4094)))
    await house.engine.settled()
    assert 120 <= await seconds_until(house, "vios1", "inactive") <= 301
    await house.engine.step(LONG_MS)
    assert house.partition("vios2").rmc_state == "inactive"
    assert house.partition("vm1").rmc_state == "active"
    house.create(managed(house, "novalink_212E3CA", trunk_pri=1))
    await house.engine.settled()
    assert 55 <= await seconds_until(house, "vios1", "active") <= 301


async def test_a_short_interruption_is_not_noticed(house: Gannet) -> None:
    await boot(house, "vm1")
    house.do(request("delete", house.below(ClientNetworkAdapter, "novalink_212E3CA", pvid=4094)))
    await house.engine.step(30_000)
    house.create(managed(house, "novalink_212E3CA", trunk_pri=1))
    for _ in range(60):
        await house.engine.step(10_000)
        assert house.partition("vm1").rmc_state == "active"
    assert not [due for due in house.state.all(Due) if due.what == "hypervisor"]


async def test_a_partition_that_is_off_has_no_connection_and_no_address(house: Gannet) -> None:
    await boot(house, "vm1")
    uuid = house.partition("vm1").uuid
    await house.job("LogicalPartition", uuid, "PowerOff", operation=Stop.OS.value)
    seen = house.partition("vm1")
    assert (seen.state, seen.rmc_state, seen.rmc_ip) == ("not activated", "inactive", "")
    assert why(house, "vm1") == "it is not activated"
    house.do(request("delete", seen))
    assert house.state.find(RmcConnection, uuid) is None


# what keeps guests from it


@pytest.mark.parametrize(
    ("level", "connected"), [("3.2.1.0", True), ("3.2.10.0", True), ("3.2.0.9", False), ("3.1.4.0", False)]
)
async def test_a_guest_needs_rsct_3_2_1_0(house: Gannet, level: str, connected: bool) -> None:
    behave(house, {"name": "vm*", "rsct": level})
    seen = await boot(house, "vm1")
    assert (seen.rmc_state == "active") is connected
    if not connected:
        assert why(house, "vm1") == f"its RSCT is {level}, and RMC with a NovaLink needs 3.2.1.0 or later"
        with pytest.raises(Failure, match=f"RSCT is {level}"):
            await house.engine.run(resized(house, 2048))


async def test_a_fault_rule_is_named_while_a_partition_comes_up(house: Gannet) -> None:
    made = house.lpar("vm1")
    on_mgmtswitch(house, "vm1")
    with house.engine.alter() as change:
        faults.add(change, {"name": "lpar-rmc-lost", "subject": "vm1"})
    assert why(house, "vm1") == "it is not activated"
    await house.jobs.submit("LogicalPartition", made.uuid, "PowerOn", {}, NOBODY)
    seen: dict[str, str] = {}
    for _ in range(600):
        await house.engine.step(1000)
        partition = house.partition("vm1")
        seen.setdefault(partition.state, why(house, "vm1"))
    rule = "fault rule fault-1 keeps it from the management network"
    assert seen.pop("running") == rule, "from the first moment, also before it could have connected"
    seen.pop("not activated", None)
    assert seen and all(text == f"it is {state}, and {rule}" for state, text in seen.items())


@pytest.mark.parametrize(("fault", "name"), [("vios-rmc-lost", "vios1"), ("lpar-rmc-lost", "vm1")])
async def test_a_fault_rule_keeps_a_partition_from_the_network(house: Gannet, fault: str, name: str) -> None:
    await boot(house, "vm1")
    address = house.partition(name).rmc_ip
    with house.engine.alter() as change:
        rule = faults.add(change, {"name": fault})
    lost = [one["name"] for one in connections(house.state) if one["state"] == "running" and one["rmc"] == "inactive"]
    assert name in lost and not set(lost) & ({"vm1"} if fault.startswith("vios") else {"vios1", "vios2"})
    assert why(house, name) == f"fault rule {rule.uuid} keeps it from the management network"
    await house.engine.step(LONG_MS)
    assert house.partition(name).rmc_state == "inactive"
    with house.engine.alter() as change:
        faults.remove(change, rule.uuid)
    assert (house.partition(name).rmc_state, house.partition(name).rmc_ip, why(house, name)) == ("active", address, "")


# dynamic changes (comanagement-rmc 5)


def resized(house: Gannet, memory_mb: int, units: str = "") -> Any:
    now = house.partition("vm1")
    wish = now.evolve(mem_config=now.mem_config.evolve(desired=memory_mb))
    if units:
        shared = now.proc_config.shared_proc_cfg.evolve(desired_units=Decimal(units))
        wish = wish.evolve(proc_config=now.proc_config.evolve(shared_proc_cfg=shared))
    return request("update", wish)


def network_adapter(house: Gannet) -> Any:
    return request("create", adapter(house.partition("vm1").uuid, pvid=9))


async def sized(house: Gannet, maximum: int = 4) -> Any:
    """vm1 runs with 1024 MB and half a processor, and could have up to 2048 MB and some processors."""
    made = house.lpar("vm1")
    shared = made.proc_config.shared_proc_cfg
    wish = shared.evolve(min_units=Decimal("0.1"), max_units=Decimal(maximum), desired_virtual=4, max_virtual=8)
    house.update(made.evolve(proc_config=made.proc_config.evolve(shared_proc_cfg=wish)))
    on_mgmtswitch(house, "vm1")
    await house.job("LogicalPartition", made.uuid, "PowerOn")
    return house.partition("vm1")


async def test_a_connected_partition_is_changed_while_it_runs(house: Gannet) -> None:
    await sized(house)
    await house.engine.run(resized(house, 2048, "1.5"))
    now = house.partition("vm1")
    assert (now.mem_config.desired, now.mem_config.current, now.mem_config.runtime) == (2048, 2048, 2048)
    assert now.proc_config.current_shared_proc_cfg.current_units == Decimal("1.5")
    await house.engine.run(network_adapter(house))


async def test_of_a_partition_that_is_off_the_configuration_is_changed_and_nothing_runs(house: Gannet) -> None:
    house.lpar("vm1")
    await house.engine.run(resized(house, 2048))
    memory = house.partition("vm1").mem_config
    assert (memory.desired, memory.current, memory.runtime) == (2048, 2048, 0)
    await house.engine.run(network_adapter(house))


async def _refused(house: Gannet, operation: Any, message: Message, *words: str) -> None:
    before = house.everything()
    with pytest.raises(Failure) as caught:
        await house.engine.run(operation)
    assert caught.value.message is message, caught.value
    for word in ("vm1", *words):
        assert word in caught.value.text
    assert house.everything() == before


@pytest.mark.parametrize("what", ["memory", "processors", "virtual Ethernet adapters"])
async def test_without_rmc_nothing_is_changed_while_it_runs(house: Gannet, what: str) -> None:
    await sized(house)
    with house.engine.alter() as change:
        faults.add(change, {"name": "lpar-rmc-lost", "subject": "vm1"})
    await house.engine.settled()
    wish = {"memory": resized(house, 2048), "processors": resized(house, 1024, "1.0")}.get(what)
    await _refused(house, wish or network_adapter(house), say.DLPAR_NO_RMC, "inactive", what, "fault-1", "MGMTSWITCH")


@pytest.mark.parametrize(
    ("able", "refused"),
    [
        (["memory"], ["processors", "virtual Ethernet adapters"]),
        (["processors", "I/O"], ["memory"]),
        ([], ["memory", "processors", "virtual Ethernet adapters"]),
    ],
)
async def test_a_guest_that_cannot_change_a_resource_is_not_asked(
    house: Gannet, able: list[str], refused: list[str]
) -> None:
    behave(house, {"dlpar": able})
    await sized(house)
    assert [one["dlpar"] for one in connections(house.state) if one["name"] == "vm1"] == [able]
    wishes = {"memory": resized(house, 2048), "processors": resized(house, 1024, "1.0")}
    for what in refused:
        await _refused(house, wishes.get(what) or network_adapter(house), say.DLPAR_NOT_CAPABLE, what)


@pytest.mark.parametrize("state", ["starting", "shutting down", "open firmware"])
async def test_a_partition_that_is_neither_off_nor_running_is_not_changed(house: Gannet, state: str) -> None:
    seen = await sized(house)
    with house.engine.alter() as change:
        change.put(change.get(type(seen), seen.uuid).evolve(state=state))
    await house.engine.settled()
    for wish in (resized(house, 2048), resized(house, 1024, "1.0"), network_adapter(house)):
        await _refused(house, wish, say.BAD_STATE, state, "running or powered off")


@pytest.mark.parametrize(
    ("field", "where", "value"),
    [
        ("MinimumMemory", "mem_config.min", 256),
        ("MaximumMemory", "mem_config.max", 4096),
        ("ExpansionFactor", "mem_config.exp_factor", Decimal("1.5")),
        ("HasDedicatedProcessors", "proc_config.has_dedicated", True),
        ("MinimumProcessingUnits", "proc_config.shared_proc_cfg.min_units", Decimal("0.2")),
        ("MaximumProcessingUnits", "proc_config.shared_proc_cfg.max_units", Decimal("3.5")),
        ("MinimumVirtualProcessors", "proc_config.shared_proc_cfg.min_virtual", 2),
        ("MaximumVirtualProcessors", "proc_config.shared_proc_cfg.max_virtual", 9),
        ("PendingProcessorCompatibilityMode", "pending_proc_compat_mode", "POWER8"),
        ("MaximumVirtualIOSlots", "io_config.max_virtual_slots", 99),
    ],
)
async def test_what_needs_the_partition_off_is_refused_with_rmc_too(
    house: Gannet, field: str, where: str, value: Any
) -> None:
    seen = await sized(house)
    wish = request("update", _with(seen, where.split("."), value))
    await _refused(house, wish, say.NEEDS_POWER_OFF, field, "running")


def _with(element: Any, path: list[str], value: Any) -> Any:
    """The element with another value in a field of it or of what is in it."""
    name, *rest = path
    if not rest:
        dedicated = DedicatedProcessorConfiguration(desired=1, min=1, max=2)
        more = {"dedicated_proc_cfg": dedicated, "sharing_mode": "keep idle procs"} if name == "has_dedicated" else {}
        return element.evolve(**{name: value}, **more)
    return element.evolve(**{name: _with(getattr(element, name), rest, value)})


@pytest.mark.parametrize(
    ("memory_mb", "message"), [(2304, say.ORDER), (256, say.ORDER), (1100, say.MEMORY_BLOCK), (1025, say.MEMORY_BLOCK)]
)
async def test_a_dynamic_change_stays_within_bounds_and_whole_regions(
    house: Gannet, memory_mb: int, message: Message
) -> None:
    await sized(house)
    await _refused(house, resized(house, memory_mb), message)


async def test_the_partition_of_the_novalink_needs_no_connection_to_itself(house: Gannet) -> None:
    novalink = house.partition("novalink_212E3CA")
    assert novalink.rmc_state != "active"
    wish = novalink.evolve(mem_config=novalink.mem_config.evolve(desired=3072))
    await house.engine.run(request("update", wish))
    assert house.partition("novalink_212E3CA").mem_config.current == 3072


async def test_a_guest_gives_or_takes_a_part_of_the_memory_in_whole_regions_and_says_so(house: Gannet) -> None:
    behave(house, {"name": "vm1", "gives": 0.7, "returns": 4})
    await sized(house)
    with pytest.raises(Failure) as caught:
        await house.engine.run(resized(house, 2048))
    assert caught.value.message is say.DLPAR_PARTIAL
    assert "has 1536 MB of memory now instead of the 2048 MB wished" in caught.value.text
    assert "the OS return code is 4." in caught.value.text
    memory = house.partition("vm1").mem_config
    assert (memory.desired, memory.current, memory.runtime) == (1536, 1536, 1536)
    with pytest.raises(Failure, match=r"1280 MB of memory now instead of the 1024 MB"):
        await house.engine.run(resized(house, 1024))


async def test_a_guest_gives_or_takes_a_part_of_the_processors(house: Gannet) -> None:
    behave(house, {"gives": 0.5})
    await sized(house)
    with pytest.raises(Failure, match=r"has 1\.00 of processors now instead of the 1\.5 wished"):
        await house.engine.run(resized(house, 1024, "1.5"))
    assert house.partition("vm1").proc_config.current_shared_proc_cfg.current_units == Decimal("1")


async def test_a_guest_that_gives_nothing_leaves_everything_as_it_was(house: Gannet) -> None:
    behave(house, {"name": "vm1", "gives": 0})
    await sized(house)
    await _refused(house, resized(house, 2048), say.DLPAR_REFUSED, "memory", "the OS return code is 255")


async def test_a_guest_refuses_adapters_with_its_own_return_code(house: Gannet) -> None:
    behave(house, {"name": "vm1", "refuses_adapters": True, "returns": 3})
    await sized(house)
    await _refused(house, network_adapter(house), say.DLPAR_REFUSED, "virtual Ethernet", "the OS return code is 3")
    mine = house.below(ClientNetworkAdapter, "vm1", pvid=4094)
    await _refused(house, request("delete", mine), say.DLPAR_REFUSED, "the OS return code is 3")
    await house.job("LogicalPartition", house.partition("vm1").uuid, "PowerOff", immediate="true")
    await house.engine.run(network_adapter(house))  # nobody is asked


@pytest.mark.parametrize(
    ("guests", "complaint"),
    [
        ({"rsct": "new"}, r"guests\[0\].rsct is 'new'"),
        ({"gives": 2}, r"guests\[0\].gives is 2"),
        ({"dlpar": ["time"]}, "time"),
        ({"colour": "blue"}, "colour"),
    ],
)
async def test_what_is_said_of_guests_is_checked(house: Gannet, guests: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        behave(house, guests)
