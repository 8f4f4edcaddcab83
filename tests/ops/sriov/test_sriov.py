"""SR-IOV adapters, logical ports and virtual NICs: what a client may make of them, and why not; capacities add up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openlpar.messages import Message, general
from openlpar.messages import network as say_network
from openlpar.messages import partition as say_partition
from openlpar.messages import sriov as say
from openlpar.ops.core import Operation
from openlpar.ops.lpar.observe import observe
from openlpar.ops.sriov.ports import WHOLE, ports_of
from openlpar.ops.views import shown
from openlpar.ports.hypervisor import Observation
from openlpar.ports.records import ErrorEntry
from openlpar.uom.error_log import VNIC_ACTIVE
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.sriov import SRIOVEthernetLogicalPort, SRIOVEthernetPhysicalPort
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.vnic import (
    VirtualNICBackingDeviceChoice,
    VirtualNICDedicated,
    VirtualNICDetails,
    VirtualNICSRIOVBackingDevice,
)
from tests.closing.gannet import Gannet, request


@pytest.fixture
def house(tmp_path: Path) -> Gannet:
    """The default system: adapters 1 and 2 are shared, with four ports each; the third is not."""
    return Gannet(tmp_path / "data")


def refused(house: Gannet, operation: Operation, message: Message, *words: str) -> None:
    before = house.everything()
    failure = house.refusal(operation)
    assert failure is not None and failure.message is message, failure
    for word in words:
        assert word in failure.text, failure.text
    assert house.everything() == before


def wish(parent: str, adapter: int = 1, port: int = 0, **fields: Any) -> SRIOVEthernetLogicalPort:
    return SRIOVEthernetLogicalPort(parent=parent, sriov_adap_id=adapter, pport_id=port, **fields)


def physical(house: Gannet) -> Iterator[tuple[int, SRIOVEthernetPhysicalPort]]:
    """(adapter id, port) as clients see them."""
    for choice in house.only(ManagedSystem).asio_config.sriov_adapters:
        for port in ports_of(choice.sriov_adapter):
            yield choice.sriov_adapter.sriov_adap_id, port


def switched(house: Gannet, place: int, *, port: dict[str, Any] | None = None, **fields: Any) -> ManagedSystem:
    """A client's version of the system in which an adapter, or its first port, is changed."""
    system: ManagedSystem = house.only(ManagedSystem)
    choices = list(system.asio_config.sriov_adapters)
    adapter = choices[place].sriov_adapter.evolve(**fields)
    if port:
        first, *others = adapter.converged_ports
        adapter = adapter.evolve(converged_ports=(first.evolve(**port), *others))
    choices[place] = choices[place].evolve(sriov_adapter=adapter)
    return system.evolve(asio_config=system.asio_config.evolve(sriov_adapters=tuple(choices)))


# adapters


def test_an_adapter_in_use_keeps_its_mode(house: Gannet) -> None:
    house.create(wish(house.lpar("vm1").uuid))
    for mode in ("Dedicated", "ForceDedicated"):
        refused(house, request("update", switched(house, 0, mode=mode)), say.ADAPTER_IN_USE, "1 logical ports")
    refused(house, request("update", switched(house, 0, mode="Half")), general.BAD_VALUE, "Half")
    refused(house, request("update", switched(house, 0, personality="NO_QOS")), general.UNSUPPORTED, "SR-IOV")
    house.do(request("update", switched(house, 2, mode="Sriov")))
    assert {adapter for adapter, _ in physical(house)} == {1, 2, 3}
    house.do(request("update", switched(house, 2, mode="ForceDedicated")))
    assert house.only(ManagedSystem).asio_config.sriov_adapters[2].sriov_adapter.mode == "Dedicated"


def test_a_slot_of_a_partition_is_not_shared(house: Gannet) -> None:
    system = house.state.get(ManagedSystem, house.only(ManagedSystem).uuid)
    choices = list(system.asio_config.sriov_adapters)
    owned = next(slot for slot in house.only(ManagedSystem).asio_config.io_slots if slot.part_name == "vios1")
    choices[2] = choices[2].evolve(sriov_adapter=choices[2].sriov_adapter.evolve(phys_loc_code=owned.drc_name))
    with house.engine.alter() as change:
        change.put(system.evolve(asio_config=system.asio_config.evolve(sriov_adapters=tuple(choices))))
    refused(house, request("update", switched(house, 2, mode="Sriov")), say.ADAPTER_IN_USE, "vios1")


def test_what_a_port_can_be_set_to(house: Gannet) -> None:
    house.create(wish(house.lpar("vm1").uuid))
    set_to = {
        "mtu": "E_9000",
        "switch_mode": "Vepa",
        "flow_ctl": True,
        "cfg_max_lps": 1,
        "label": "prod",
        "sublabel": "a",
    }
    house.do(request("update", switched(house, 0, port=set_to)))
    first = next(port for _, port in physical(house))
    assert {name: first.get(name) for name in set_to} == set_to
    for change, word in (
        ({"mtu": "E_1"}, "E_1"),
        ({"configured_connection_speed": "E1Gbps"}, "does not support"),
        ({"cfg_max_lps": 0}, "has 1 logical ports"),
        ({"cfg_max_lps": 21}, "supports 20"),
        ({"configured_max_fcoe_logical_ports": 1}, "supports 0"),
        ({"sublabel": "x" * 9}, "8 characters"),
    ):
        refused(house, request("update", switched(house, 0, port=change)), general.BAD_VALUE, word)


def test_the_sum_of_logical_ports_is_bounded(house: Gannet) -> None:
    system = house.state.get(ManagedSystem, house.only(ManagedSystem).uuid)
    choices = list(system.asio_config.sriov_adapters)
    choices[0] = choices[0].evolve(sriov_adapter=choices[0].sriov_adapter.evolve(supp_max_lps=70))
    with house.engine.alter() as change:
        change.put(system.evolve(asio_config=system.asio_config.evolve(sriov_adapters=tuple(choices))))
    refused(house, request("update", switched(house, 0, port={"label": "x"})), general.BAD_VALUE, "80", "sum")
    house.do(request("update", switched(house, 0, port={"cfg_max_lps": 10})))


# logical ports


def test_where_logical_ports_can_be(house: Gannet) -> None:
    lpar = house.lpar("vm1").uuid
    refused(house, request("create", wish(lpar, 7)), say.NO_PORT, "no such adapter")
    refused(house, request("create", wish(lpar, 3)), say.NO_PORT, "not in Sriov mode")
    refused(house, request("create", wish(lpar, 1, 4)), say.NO_PORT, "no such port")
    for missing in ("sriov_adap_id", "pport_id"):
        refused(house, request("create", wish(lpar).evolve(**{missing: None})), general.MISSING_VALUE, "lacks")
    refused(house, request("create", wish("nobody")), general.NOT_FOUND, "nobody")
    house.do(request("update", switched(house, 0, port={"cfg_max_lps": 1})))
    made = house.create(wish(lpar))
    refused(house, request("create", wish(lpar)), say.NO_LOGICAL_PORTS, "C3-T1", "1 logical")
    refused(house, request("delete", made.evolve(parent="other")), general.NOT_FOUND)


def test_capacity_is_a_share_of_the_port(house: Gannet) -> None:
    lpar = house.lpar("vm1").uuid
    made = house.create(wish(lpar, cfg_capacity=Decimal(60), cfg_max_capacity=Decimal(80)))
    refused(house, request("create", wish(lpar, cfg_capacity=Decimal(42))), say.NO_CAPACITY, "40%", "42%")
    house.create(wish(lpar, cfg_capacity=Decimal(40)))
    refused(house, request("update", made.evolve(cfg_capacity=Decimal(62))), say.NO_CAPACITY, "0%", "2%")
    for fields, word in (
        ({"cfg_capacity": Decimal(3)}, "multiple of 2"),
        ({"cfg_capacity": Decimal(0)}, "multiple of 2"),
        ({"cfg_max_capacity": Decimal(50)}, "60 to 100"),
    ):
        failure = house.refusal(request("update", made.evolve(**fields)))
        assert failure is not None and failure.message is general.BAD_VALUE and word in str(failure), failure
    system = switched(house, 0)
    choices = system.asio_config.sriov_adapters
    weak = choices[1].sriov_adapter.evolve(personality="MIN_CAPACITY")
    stored = house.state.get(ManagedSystem, system.uuid)
    with house.engine.alter() as change:
        adapters = (stored.asio_config.sriov_adapters[0], choices[1].evolve(sriov_adapter=weak))
        change.put(stored.evolve(asio_config=stored.asio_config.evolve(sriov_adapters=adapters)))
    refused(house, request("create", wish(lpar, 2, cfg_max_capacity=Decimal(50))), general.BAD_VALUE, "MIN_CAPACITY")


def test_vlans_addresses_and_promiscuity(house: Gannet) -> None:
    lpar = house.lpar("vm1").uuid
    made = house.create(wish(lpar, is_promisc=True, allowed_vlans="10,20 10", mac="02:00:00:00:00:01"))
    assert (made.allowed_vlans, made.mac, made.cur_mac) == ("10 20", "020000000001", "020000000001")
    for fields, message, word in (
        ({"is_promisc": True}, general.BAD_VALUE, "promiscuous"),
        ({"pvid": 1}, general.BAD_VALUE, "PortVLANID"),
        ({"allowed_vlans": "1"}, general.BAD_VALUE, "1 is no VLAN"),
        ({"allowed_vlans": " "}, general.BAD_VALUE, "empty"),
        ({"mac": "020000000001"}, say_network.MAC_TAKEN, "C3-T1-S1"),
        ({"mac": "36BACB2677A6"}, say_network.MAC_TAKEN, "V2-C3"),
    ):
        refused(house, request("create", wish(lpar, **fields)), message, word)


async def test_a_running_partition_keeps_its_capacity_and_needs_rmc(house: Gannet) -> None:
    await house.engine.start()
    lpar = await house.running("vm1")
    made = house.create(wish(lpar.uuid))
    house.do(request("update", made.evolve(pvid=9)))
    again = made.evolve(pvid=9, cfg_capacity=Decimal(4))
    refused(house, request("update", again), say_partition.NEEDS_POWER_OFF, "ConfiguredCapacity", "vm1")
    with house.engine.alter() as change:
        change.put(lpar.evolve(rmc_state="inactive"))
    refused(house, request("delete", made), say_partition.DLPAR_NO_RMC, "vm1")
    await house.engine.stop()


# virtual NICs


def device(house: Gannet, server: str, adapter: int, port: int = 0, **fields: Any) -> VirtualNICSRIOVBackingDevice:
    href = f"VirtualIOServer/{house.partition(server).uuid}"
    return VirtualNICSRIOVBackingDevice(vios_href=href, sriov_adap_id=adapter, pport_id=port, **fields)


def vnic(parent: str, *devices: VirtualNICSRIOVBackingDevice, **details: Any) -> VirtualNICDedicated:
    return VirtualNICDedicated(
        parent=parent,
        use_next_slot=True,
        details=VirtualNICDetails(**details),
        back_devs=(VirtualNICBackingDeviceChoice(sriov=devices),),
    )


def actives(house: Gannet, made: VirtualNICDedicated) -> list[bool]:
    now = shown(house.state, house.state.get(VirtualNICDedicated, made.uuid))
    return [one.is_active for one in now.back_devs[0].sriov]


def power(house: Gannet, server: str, *, on: bool) -> None:
    """As the hypervisor would tell it."""
    with house.engine.alter() as change:
        observe(change, house.partition(server).uuid, Observation(state="running" if on else "not activated"))


def test_the_best_working_device_is_active(house: Gannet) -> None:
    lpar = house.lpar("vm1").uuid
    devices = device(house, "vios1", 1, failover_pri=20), device(house, "vios2", 2, failover_pri=10)
    made = house.create(vnic(lpar, *devices))
    assert actives(house, made) == [False, True]
    power(house, "vios2", on=False)
    assert actives(house, made) == [True, False]
    noted = [entry for entry in house.state.all(ErrorEntry) if entry.label == VNIC_ACTIVE.label]
    vios1 = house.partition("vios1").uuid
    assert [(entry.vios, entry.resource, entry.detail[-1]) for entry in noted] == [
        (vios1, "vnicserver0", str(made.slot))
    ]
    power(house, "vios1", on=False)
    assert actives(house, made) == [False, False]
    power(house, "vios2", on=True)
    assert actives(house, made) == [False, True]


def test_without_failback_the_active_device_stays(house: Gannet) -> None:
    lpar = house.lpar("vm1").uuid
    devices = device(house, "vios1", 1, failover_pri=20), device(house, "vios2", 2, failover_pri=10)
    made = house.create(vnic(lpar, *devices, auto_pri_failover=False))
    assert actives(house, made) == [False, True]
    power(house, "vios2", on=False)
    power(house, "vios2", on=True)
    assert actives(house, made) == [True, False], "it does not go back by itself"
    now = shown(house.state, house.state.get(VirtualNICDedicated, made.uuid))
    house.do(request("update", now.evolve(details=now.details.evolve(auto_pri_failover=True))))
    assert actives(house, made) == [False, True]


def test_what_can_back_a_virtual_nic(house: Gannet) -> None:
    lpar = house.lpar("vm1").uuid
    one = device(house, "vios1", 1)

    def of(*devices: VirtualNICSRIOVBackingDevice, **details: Any) -> Operation:
        return request("create", vnic(lpar, *devices, **details))

    refused(house, of(), say.BAD_BACKING, "0")
    refused(house, of(one, one), say.BAD_BACKING, "twice")
    refused(house, of(*(device(house, "vios1", 1 + n // 4, n % 4) for n in range(7))), say.BAD_BACKING, "7")
    refused(house, of(one.evolve(vios_href="VirtualIOServer/x")), say.BAD_BACKING, "x")
    refused(house, of(one.evolve(pport_id=None)), say.BAD_BACKING, "no port")
    refused(house, of(one.evolve(failover_pri=101)), say.BAD_BACKING, "101")
    refused(house, of(one, pvid=1), general.BAD_VALUE, "PortVLANID")
    refused(house, of(one, mac="36BACB2677A6"), say_network.MAC_TAKEN)
    vios = house.state.get(VirtualIOServer, house.partition("vios1").uuid)
    for fields, word in (
        ({"vnic_capable": False}, "not vNIC capable"),
        ({"state": "not activated"}, "is not activated"),
    ):
        with house.engine.alter() as change:
            change.put(vios.evolve(**fields))
        refused(house, of(one), say.BAD_BACKING, word)
    with house.engine.alter() as change:
        change.put(vios.evolve(vnic_failover_capable=False))
    refused(house, of(one, device(house, "vios2", 2)), say.BAD_BACKING, "vios1 is not vNIC failover")
    system = house.state.get(ManagedSystem, house.only(ManagedSystem).uuid)
    for able, word in (("vnic_failover_capable", "not vNIC failover"), ("vnic_capable", "not vNIC capable")):
        capabilities = system.associated_capabilities.evolve(**{able: False})
        with house.engine.alter() as change:
            change.put(system.evolve(associated_capabilities=capabilities))
        refused(house, of(one, device(house, "vios2", 2)), say.BAD_BACKING, word)


def test_ports_behind_a_virtual_nic_follow_it(house: Gannet) -> None:
    lpar = house.lpar("vm1").uuid
    made = shown(house.state, house.create(vnic(lpar, device(house, "vios1", 1), pvid=7)))
    port = next(house.state.all(SRIOVEthernetLogicalPort))
    assert (port.parent, port.pvid, port.vnic_port_usage) == (house.partition("vios1").uuid, 7, "DEDICATED_VNIC")
    refused(house, request("update", port.evolve(pvid=8)), say.PORT_BACKS_VNIC, "vm1", "changed")
    refused(house, request("delete", port), say.PORT_BACKS_VNIC, "vm1", "deleted")
    house.do(request("update", made.evolve(details=made.details.evolve(pvid=8, allowed_vlans="20"))))
    port = next(house.state.all(SRIOVEthernetLogicalPort))
    assert (port.pvid, port.allowed_vlans) == (8, "20")
    refused(house, request("delete", made.evolve(parent="other")), general.NOT_FOUND)
    house.do(request("delete", house.state.get(VirtualNICDedicated, made.uuid)))
    assert not list(house.state.all(SRIOVEthernetLogicalPort))


def test_a_server_that_backs_virtual_nics_is_not_deleted(house: Gannet) -> None:
    made = house.create(vnic(house.lpar("vm1").uuid, device(house, "vios1", 1)))
    vios = house.state.get(VirtualIOServer, house.partition("vios1").uuid)
    with house.engine.alter() as change:
        change.put(vios.evolve(state="not activated"))
    failure = house.refusal(request("delete", vios))
    assert failure is not None and failure.message is say_partition.HAS_CLIENTS and f" {made.lpar_id}" in failure.text


# what is taken and what is free always add up

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(("port", "vnic", "shrink", "delete")),
        st.integers(1, 2),
        st.integers(0, 1),
        st.integers(1, 30).map(lambda n: Decimal(2 * n)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_used_and_free_are_the_whole(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]) -> None:
    house = Gannet(tmp_path_factory.mktemp("data"))
    lpar = house.lpar("vm1").uuid
    for what, adapter, port, capacity in steps:
        ports = [one for one in house.state.all(SRIOVEthernetLogicalPort) if one.vnic_port_usage == "NOT_VNIC"]
        vnics = list(house.state.all(VirtualNICDedicated))
        if what == "port":
            house.refusal(request("create", wish(lpar, adapter, port, cfg_capacity=capacity)))
        elif what == "vnic":
            backing = device(house, f"vios{adapter}", adapter, port, capacity=capacity)
            house.refusal(request("create", vnic(lpar, backing, device(house, "vios1", 3 - adapter, port))))
        elif what == "shrink" and ports:
            house.refusal(request("update", ports[0].evolve(cfg_capacity=capacity)))
        elif what == "delete" and (vnics or ports):
            house.refusal(request("delete", (vnics or ports)[0]))
    found = list(house.state.all(SRIOVEthernetLogicalPort))
    for number, one in physical(house):
        mine = [each for each in found if (each.sriov_adap_id, each.pport_id) == (number, one.port_id)]
        assert one.allocated_capacity == sum((each.cfg_capacity for each in mine), Decimal(0)) <= WHOLE
        assert one.cfg_lps == len(mine) <= one.cfg_max_lps
    backed = {
        d.lport_href.rpartition("/")[2] for v in house.state.all(VirtualNICDedicated) for d in v.back_devs[0].sriov
    }
    assert backed == {each.uuid for each in found if each.vnic_port_usage != "NOT_VNIC"}
    assert len({each.loc_code for each in found}) == len({each.mac for each in found}) == len(found)
