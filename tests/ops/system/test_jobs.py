"""The jobs of the managed system, and those of partitions that are kept with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.messages import Failure, Message, general
from openlpar.messages import partition as say_partition
from openlpar.messages import system as say
from openlpar.ops.core import JobOperation
from openlpar.ops.lpar.clone_uuid import CloneUuid
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.lpar.power_on import PowerOn
from openlpar.ops.system.rehearse import Rehearse
from openlpar.ports.records import Console, Due, Job
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_scsi import VirtualSCSIClientAdapter, VirtualSCSIMapping, VirtualSCSIServerAdapter
from tests.ops.network.plant import NOVALINK, PARENT, VIOS1, VM1, VM2, Plant, adapter
from tests.ops.small_system import open_system


def job(group: str, name: str, target: str, **parameters: str) -> JobOperation:
    return JobOperation.by_job[(group, name)].from_job(target, parameters)


def run(plant: Plant, group: str, name: str, target: str, **parameters: str) -> dict[str, str]:
    operation = job(group, name, target, **parameters)
    plant.do(operation)
    return operation.results


def test_reserved_memory(plant: Plant) -> None:
    results = run(
        plant,
        "ManagedSystem",
        "QueryReservedMemoryRequiredForPartition",
        PARENT,
        LogicalPartitionEnvironment="AIX/Linux",
        DesiredMemory="512",
        MaximumMemory="32768",
        NumberOfVirtualEthernetAdapter="2",
        NumberOfVirtualSCSIAdapter="1",
        NumberOfVirtualFibreChannelAdapter="1",
    )
    assert results == {"RequiredMemory": "1024", "CurrentAvailableSystemMemory": str(65536 - 1024 - 3 * 1024 - 256)}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, general.MISSING_VALUE),
        ({"DesiredMemory": "x"}, general.BAD_VALUE),
        ({"DesiredMemory": "-1"}, general.BAD_VALUE),
        ({"DesiredMemory": "1", "LogicalPartitionEnvironment": "z/OS"}, general.BAD_VALUE),
        ({"DesiredMemory": "1", "Colour": "blue"}, say.UNKNOWN_PARAMETER),
    ],
)
def test_reserved_memory_parameters(parameters: dict[str, str], message: Message) -> None:
    with pytest.raises(Failure) as caught:
        job("ManagedSystem", "QueryReservedMemoryRequiredForPartition", PARENT, **parameters)
    assert caught.value.message is message


def test_affinity(plant: Plant) -> None:
    scores = json.loads(run(plant, "ManagedSystem", "GetDPOStatus", PARENT)["result"])
    assert [score["LPAR_ID"] for score in scores] == [1, 2, 4, 5]
    assert scores[0] == {"LPAR_ID": 1, "LPAR_NAME": "novalink", "CURRENT_AFFINITY_SCORE": 100}


# CloneUUID


def test_a_surrogate_takes_over_the_uuid(plant: Plant) -> None:
    mapping = VirtualSCSIMapping(
        uuid="m1",
        parent=VIOS1,
        client_lpar_href=f"ManagedSystem/{PARENT}/LogicalPartition/{VM2}",
        client_adapter=VirtualSCSIClientAdapter(lpar_id=5, lpar_slot_num=3),
        server_adapter=VirtualSCSIServerAdapter(lpar_id=5, vios_slot_num=9),
    )
    plant.add(adapter(VM1, 4, 2, 7), adapter(VM2, 5, 2, 8), mapping)
    plant.engine.put_record(Console(uuid=VM2, text="login:"))
    plant.engine.put_record(Due(uuid="d1", at=1 << 50, what="hypervisor", subject=VM2))
    plant.unwinds(lambda: job("LogicalPartition", "CloneUUID", VM1, targetLparName="vm2"))
    after = plant.state.get(LogicalPartition, VM1)
    assert (after.name, after.id, after.partition_uuid, after.state) == ("vm2", 5, VM1, "running")
    assert plant.state.find(LogicalPartition, VM2) is None
    (kept,) = plant.state.all(ClientNetworkAdapter)
    assert (kept.uuid, kept.parent) == ("a52", VM1)
    assert [network.vlan for network in plant.state.all(VirtualNetwork)] == [8]
    href = plant.state.get(VirtualSCSIMapping, "m1").client_lpar_href
    assert href == f"ManagedSystem/{PARENT}/LogicalPartition/{VM1}"
    assert plant.state.get(Console, VM1).text == "login:"
    assert plant.state.get(Due, "d1").subject == VM1


async def test_a_surrogate_has_the_same_place_after_a_restart(plant: Plant, tmp_path: Path) -> None:
    def names(state: Any) -> list[str]:
        return [partition.name for partition in state.all(LogicalPartition)]

    await plant.engine.start()
    third = plant.state.get(LogicalPartition, VM1).evolve(uuid="v3", partition_uuid="v3", id=6, name="vm3")
    plant.add(third)
    await plant.engine.run(job("LogicalPartition", "CloneUUID", VM1, targetLparName="vm2"))
    before = names(plant.state)
    await plant.engine.stop()
    engine, _ = open_system(tmp_path / "data", "stepped")
    assert names(engine.state) == before == ["novalink", "vm3", "vm2"]


def test_a_surrogate_is_checked(plant: Plant) -> None:
    def clone(target: str, name: str) -> CloneUuid:
        return CloneUuid.from_job(target, {"targetLparName": name})

    plant.refuses(clone(VM2, "vm1"), say_partition.MUST_BE_OFF)
    plant.refuses(clone(VM1, "nobody"), general.NOT_FOUND, "nobody")
    plant.refuses(clone(VM1, "vm1"), say.OTHER_TYPE)
    plant.refuses(clone(VM1, "novalink"), say.OTHER_TYPE, "management partition")
    plant.add(plant.state.get(LogicalPartition, VM2).evolve(env="OS400"))
    plant.refuses(clone(VM1, "vm2"), say.OTHER_TYPE, "OS400")
    plant.refuses(clone(VIOS1, "vm2"), general.NOT_FOUND)
    with pytest.raises(Failure, match="targetLparName"):
        CloneUuid.from_job(VM1, {})


# what awaits a state of a partition that is deleted


@pytest.mark.parametrize(
    ("awaits", "status"), [(("running", "open firmware"), "COMPLETED_WITH_ERROR"), (("in service",), "RUNNING")]
)
def test_a_job_that_awaits_a_partition_ends_with_it(plant: Plant, awaits: tuple[str, ...], status: str) -> None:
    """What somebody else ends is left to him."""
    for number, target in enumerate((VM1, VM2)):
        plant.engine.put_record(
            Job(
                uuid=str(number),
                group="LogicalPartition",
                target=target,
                operation="PowerOn",
                status="RUNNING",
                awaits=awaits,
            )
        )
    plant.unwinds(lambda: DeletePartition(VM1))
    ended, going_on = (plant.state.get(Job, str(number)) for number in range(2))
    assert (ended.status, going_on.status) == (status, "RUNNING")
    if status != "RUNNING":
        assert ended.completed and "vm1" in ended.message and general.NOT_FOUND.id in ended.results["result"]


# Rehearse


async def submit(plant: Plant, target: str, **parameters: str) -> Job:
    group = "ManagedSystem" if target == PARENT else "LogicalPartition"
    return await plant.jobs.submit(group, target, "Rehearse", parameters, NOBODY)


def status(plant: Plant, one: Job) -> str:
    return plant.state.get(Job, one.uuid).status


@pytest.fixture
async def running(plant: Plant) -> Any:
    await plant.engine.start()
    yield plant
    await plant.engine.stop()


async def test_a_rehearsal_takes_its_time(running: Plant) -> None:
    first, second = await submit(running, PARENT, seconds="10"), await submit(running, VM1, seconds="30")
    await running.engine.step(9_000)
    assert [status(running, one) for one in (first, second)] == ["RUNNING", "RUNNING"]
    await running.engine.step(2_000)
    assert [status(running, one) for one in (first, second)] == ["COMPLETED_OK", "RUNNING"]
    ended = running.state.get(Job, first.uuid)
    assert ended.results == {"returnCode": "0", "result": "Rehearsed for 10 seconds."}
    assert ended.completed
    await running.engine.step(30_000)
    assert status(running, second) == "COMPLETED_OK"
    assert not running.state.count(Due)


async def test_equal_rehearsals_end_each_by_its_own_time(running: Plant) -> None:
    first = await submit(running, PARENT, seconds="10")
    await running.engine.step(5_000)
    second = await submit(running, PARENT, seconds="10")
    await running.engine.step(6_000)
    assert [status(running, one) for one in (first, second)] == ["COMPLETED_OK", "RUNNING"]


async def test_a_rehearsal_is_cancelled(running: Plant) -> None:
    one = await submit(running, VM2)
    await running.engine.step(100_000)
    assert status(running, one) == "RUNNING"
    await running.jobs.cancel(running.state.get(Job, one.uuid))
    assert status(running, one) == "FAILED_BEFORE_COMPLETION"
    assert not running.state.count(Due)


async def test_a_rehearsal_goes_on_after_a_restart(plant: Plant, tmp_path: Path) -> None:
    await plant.engine.start()
    one = await submit(plant, PARENT, seconds="10")
    await plant.engine.step(4_000)
    await plant.engine.stop()
    engine, _ = open_system(tmp_path / "data", "stepped")
    await engine.start()
    assert engine.state.get(Job, one.uuid).status == "RUNNING"
    await engine.step(20_000)
    assert engine.state.get(Job, one.uuid).status == "COMPLETED_OK"
    await engine.stop()


def test_rehearsals_are_checked(plant: Plant) -> None:
    plant.refuses(Rehearse("none", 1), general.NOT_FOUND)
    for seconds in ("-1", "x", "86401", ""):
        with pytest.raises(Failure):
            Rehearse.from_job(PARENT, {"seconds": seconds})
    with pytest.raises(Failure, match="minutes"):
        Rehearse.from_job(PARENT, {"minutes": "1"})


def test_the_management_partition_is_no_original(plant: Plant) -> None:
    plant.add(plant.state.get(LogicalPartition, NOVALINK).evolve(state="not activated"))
    clone = CloneUuid.from_job(NOVALINK, {"targetLparName": "vm2"})
    plant.refuses(clone, say_partition.MANAGEMENT_PARTITION, "novalink")


def test_a_clone_of_a_partition_being_powered_on_is_refused(plant: Plant) -> None:
    plant.do(PowerOn(VM1))
    plant.refuses(CloneUuid.from_job(VM1, {"targetLparName": "vm2"}), say_partition.MUST_BE_OFF)
