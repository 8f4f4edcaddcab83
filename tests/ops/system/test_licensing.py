"""Virtual serial numbers, enterprise pools, keys of the console, and the jobs of IBM i partitions."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from openlpar.messages import Failure, general
from openlpar.messages import licensing as say
from openlpar.messages import partition as say_of_partition
from openlpar.messages import system as say_of_system
from openlpar.ops.core import JobOperation
from openlpar.ops.lpar.update import UpdatePartition
from openlpar.ops.system.console import UpdateConsole
from openlpar.ops.system.enterprise_pool import UpdateEnterprisePool, UpdateMember
from openlpar.ops.views import shown
from openlpar.ports.records import Console, Identity, LicenceKeys
from openlpar.uom.enterprise_pool import PowerEnterprisePool, PowerEnterprisePoolMember
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.management_console import AuthorizedKeys, ManagementConsole
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.serial_number import VirtualSerialNumberInformation
from openlpar.uom.system_capabilities import AssociatedSystemCapabilities
from tests.ops.network.plant import PARENT, VM1, VM2, Plant
from tests.ops.small_system import SYSTEM

KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)).decode()


def job(name: str, target: str, **parameters: str) -> JobOperation:
    group = "ManagedSystem" if target == PARENT else "LogicalPartition"
    return JobOperation.by_job[(group, name)].from_job(target, parameters)


def numbers(plant: Plant) -> dict[str, tuple[int, bool]]:
    found = (shown(plant.state, one) for one in plant.state.all(VirtualSerialNumberInformation))
    return {one.vsn: (one.assoc_partition_id, one.auto_assign) for one in found}


def numbered(uuid: str, serial: str) -> UpdatePartition:
    return UpdatePartition(uuid, LogicalPartition(virtual_serial_number=serial))


# virtual serial numbers


def test_a_number_is_added_given_to_a_partition_and_removed(plant: Plant) -> None:
    plant.unwinds(lambda: job("AddVSN", PARENT, VirtualSerialNumber="V12345A"))
    plant.do(job("AddVSN", PARENT, VirtualSerialNumber="V12345B", ResetAutoAssign="true"))
    assert numbers(plant) == {"V12345A": (65535, True), "V12345B": (65535, False)}
    plant.same_after(job("AddVSN", PARENT, VirtualSerialNumber="V12345A"))
    plant.do(numbered(VM1, "V12345A"))
    assert numbers(plant)["V12345A"] == (4, True)
    assert plant.state.get(LogicalPartition, VM1).virtual_serial_number == "V12345A"
    plant.refuses(job("RemoveVSN", PARENT, VirtualSerialNumber="V12345A"), say.SERIAL_TAKEN, "vm1")
    plant.do(numbered(VM1, ""))
    plant.unwinds(lambda: job("RemoveVSN", PARENT, VirtualSerialNumber="V12345A"))
    assert numbers(plant) == {"V12345B": (65535, False)}


def test_a_number_has_one_owner_that_is_off(plant: Plant) -> None:
    plant.do(job("AddVSN", PARENT, VirtualSerialNumber="V12345A"))
    plant.refuses(numbered(VM2, "V12345A"), say_of_partition.NEEDS_POWER_OFF, "VirtualSerialNumber", "vm2")
    plant.refuses(numbered(VM1, "V99999Z"), say.NO_SERIAL, "V99999Z", "gannet")
    plant.do(numbered(VM1, "V12345A"))
    plant.add(plant.state.get(LogicalPartition, VM2).evolve(state="not activated"))
    plant.refuses(numbered(VM2, "V12345A"), say.SERIAL_TAKEN, "vm1")
    plant.same_after(numbered(VM1, "V12345A"))


@pytest.mark.parametrize("name", ["AddVSN", "RemoveVSN"])
def test_what_is_no_number_is_refused(plant: Plant, name: str) -> None:
    for parameters, message in (({"VirtualSerialNumber": "short"}, say.BAD_SERIAL), ({}, general.MISSING_VALUE)):
        with pytest.raises(Failure) as caught:
            job(name, PARENT, **parameters)
        assert caught.value.message is message
    with pytest.raises(Failure, match="Colour"):
        job(name, PARENT, VirtualSerialNumber="V12345A", Colour="blue")
    plant.refuses(job("RemoveVSN", PARENT, VirtualSerialNumber="V12345A"), say.NO_SERIAL, "V12345A")


# enterprise pools


def pool_with_two(plant: Plant) -> None:
    plant.add(
        PowerEnterprisePool(
            uuid="p1", id="0042", name="pool", sequence_number=7, total_mobile_procs=20, avail_mobile_procs=4,
            total_mobile_mem=8192, avail_mobile_mem=2048,
        ),
        PowerEnterprisePoolMember(uuid="s1", parent="p1", sys_name="gannet", mobile_procs=10, mobile_mem=4096),
        PowerEnterprisePoolMember(uuid="s2", parent="p1", sys_name="heron", mobile_procs=6, mobile_mem=2048),
    )  # fmt: skip


def member(uuid: str, **wish: int) -> UpdateMember:
    return UpdateMember(uuid, PowerEnterprisePoolMember(**wish), "p1")


def test_activations_move_and_add_up(plant: Plant) -> None:
    pool_with_two(plant)

    def sums() -> tuple[int, int]:
        pool = plant.state.get(PowerEnterprisePool, "p1")
        servers = list(plant.state.all(PowerEnterprisePoolMember))
        return (
            pool.avail_mobile_procs + sum(one.mobile_procs for one in servers),
            pool.avail_mobile_mem + sum(one.mobile_mem for one in servers),
        )

    plant.unwinds(lambda: member("s1", mobile_procs=14))
    assert sums() == (20, 8192)
    plant.refuses(member("s2", mobile_procs=7), say.POOL_UNITS, "heron", "MobileCoDProcUnits", "the pool has 0 left")
    plant.refuses(member("s2", mobile_procs=-1), say.POOL_UNITS)
    plant.do(member("s1", mobile_procs=2, mobile_mem=0))
    plant.do(member("s2", mobile_procs=18, mobile_mem=8192))
    assert sums() == (20, 8192)
    assert plant.state.get(PowerEnterprisePool, "p1").sequence_number == 10
    plant.same_after(member("s2", mobile_procs=18))


def test_a_pool_is_renamed(plant: Plant) -> None:
    pool_with_two(plant)
    plant.unwinds(lambda: UpdateEnterprisePool("p1", PowerEnterprisePool(name="north")))
    assert plant.state.get(PowerEnterprisePool, "p1").name == "north"
    plant.refuses(
        UpdateEnterprisePool("p1", PowerEnterprisePool(total_mobile_procs=99), strict=True), general.READ_ONLY
    )


# the console's keys


def keys(*lines: str) -> UpdateConsole:
    return UpdateConsole("c1", ManagementConsole(authorized_keys=AuthorizedKeys(ssh_authorized_keys=lines)))


def test_keys_of_others_are_kept_and_the_own_one_is_shown(plant: Plant) -> None:
    console = ManagementConsole(uuid="c1", name="novalink", authorized_keys=AuthorizedKeys())
    plant.add(console)
    plant.unwinds(lambda: keys(f"{KEY} root@heron\n"))
    assert plant.state.get(ManagementConsole, "c1").authorized_keys.ssh_authorized_keys == (f"{KEY} root@heron",)
    plant.same_after(keys(f"{KEY} root@heron"))
    plant.engine.put_record(Identity(uuid="c1", ssh_public_key=KEY, certificate="0"))
    stored = plant.state.get(ManagementConsole, "c1")
    assert shown(plant.state, stored).ssh_public_key == KEY
    assert not stored.has("ssh_public_key")
    plant.do(keys())
    assert plant.state.get(ManagementConsole, "c1").authorized_keys.ssh_authorized_keys == ()


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("key1", "another form"),
        (f"{KEY}\nssh-rsa AAAA", "another form"),
        ("ssh-rsa AAA", "padding"),
        (KEY.replace("ssh-ed25519 ", "ssh-rsa "), "not of the type"),
        (f"{KEY} {'x' * 8192}", "more than 8192"),
    ],
)
def test_what_is_no_key_is_refused(plant: Plant, line: str, cause: str) -> None:
    plant.add(ManagementConsole(uuid="c1", name="novalink", authorized_keys=AuthorizedKeys()))
    plant.refuses(keys(line), say.BAD_KEY, cause)


# IBM i


@pytest.fixture
def ibm_i(plant: Plant) -> Plant:
    plant.add(plant.state.get(LogicalPartition, VM2).evolve(env="OS400"))
    return plant


def test_a_licence_key_is_kept_with_its_partition(ibm_i: Plant) -> None:
    ibm_i.do(job("AddLicense", VM2, licKey=" 5770SS1 5051 A1B2 \n"))
    ibm_i.do(job("AddLicense", VM2, licKey="5770SS1 5051 A1B2"))
    ibm_i.do(job("AddLicense", VM2, licKey="5770WDS 5101 C3D4"))
    assert ibm_i.engine.state.get(LicenceKeys, VM2).keys == ("5770SS1 5051 A1B2", "5770WDS 5101 C3D4")
    ibm_i.refuses(job("AddLicense", VM2, licKey="a" * 5000), say.BAD_LICENCE, "5000 characters")
    ibm_i.refuses(job("AddLicense", VM2, licKey="a\0b"), say.BAD_LICENCE, "not printable")
    with pytest.raises(Failure):
        job("AddLicense", VM2, licKey=" ")


def test_the_panel_speaks_on_the_console_and_restarts(ibm_i: Plant) -> None:
    ibm_i.do(job("PanelFunction", VM2, operation="remotedston"))
    assert "Operator panel: remote service on" in ibm_i.state.get(Console, VM2).text
    assert job("PanelFunction", VM2, operation="dston").awaits == ()
    restart = job("PanelFunction", VM2, operation="dumprestart")
    assert "running" in restart.awaits
    ibm_i.do(restart)
    assert ibm_i.state.get(LogicalPartition, VM2).state != "running"
    with pytest.raises(Failure, match="dance"):
        job("PanelFunction", VM2, operation="dance")


def test_other_partitions_have_neither(plant: Plant) -> None:
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        ("AddLicense", {"licKey": "1 2 3"}),
        ("PanelFunction", {"operation": "dston"}),
    )
    for name, parameters in cases:
        plant.refuses(job(name, VM2, **parameters), say_of_system.ONLY_IBM_I, "vm2", "AIX/Linux", name)
        with pytest.raises(Failure):
            job(name, VM1)
    plant.add(plant.state.get(LogicalPartition, VM1).evolve(env="OS400"))
    plant.refuses(job("PanelFunction", VM1, operation="dston"), say.PANEL_STATE, "vm1", "not activated")


# security


def secured(**wish: Any) -> UpdatePartition:
    memory = PartitionMemoryConfiguration(desired=1024, min=1024, max=2048)
    return UpdatePartition(VM1, LogicalPartition(mem_config=memory, **wish))


@pytest.mark.parametrize(
    ("wish", "capability"),
    [
        ({"is_vtpm_enabled": True}, "vtpm_capable"),
        ({"pending_secure_boot": 2}, "partition_secure_boot_capable"),
        ({"keystore_kbytes": 16}, "partition_key_store_capable"),
    ],
)
def test_a_partition_is_as_secure_as_its_server_can_make_it(
    plant: Plant, wish: dict[str, Any], capability: str
) -> None:
    def able(answer: bool) -> None:
        capabilities = AssociatedSystemCapabilities(**{capability: answer})
        plant.add(plant.state.get(type(SYSTEM), PARENT).evolve(associated_capabilities=capabilities))

    able(False)
    field = LogicalPartition.by_name[next(iter(wish))].tag
    plant.refuses(secured(**wish), say.NOT_CAPABLE, "vm1", field)
    able(True)
    plant.unwinds(lambda: secured(**wish))
    assert plant.state.get(LogicalPartition, VM1).get(next(iter(wish))) == next(iter(wish.values()))


def test_security_has_bounds(plant: Plant) -> None:
    plant.refuses(secured(pending_secure_boot=3), say_of_partition.BOUNDS, "PendingSecureBoot")
    plant.refuses(secured(keystore_kbytes=65), say_of_partition.BOUNDS, "KeyStoreSize")
