"""The life of a partition: what may be asked of it, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.messages import Failure
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.lpar.update import UpdatePartition
from openlpar.ports.records import Fault, Job
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import PartitionState
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import (
    DedicatedProcessorConfiguration,
    PartitionProcessorConfiguration,
    SharedProcessorConfiguration,
)
from tests.ops.lpar.conftest import Small
from tests.ops.small_system import digest, wished


def _memory(lpar: LogicalPartition, **values: object) -> LogicalPartition:
    return lpar.evolve(mem_config=lpar.mem_config.evolve(**values))


async def test_a_new_partition_is_complete(small: Small) -> None:
    lpar = await small.create("vm1", 2048)
    assert lpar.id == 1
    assert lpar.state == "not activated"
    assert lpar.ref_code == "00000000"
    assert lpar.uuid == lpar.partition_uuid == lpar.uuid.upper()
    assert (lpar.mem_config.min, lpar.mem_config.desired, lpar.mem_config.max) == (2048, 2048, 2048)
    shared = lpar.proc_config.shared_proc_cfg
    assert (shared.desired_virtual, shared.desired_units, shared.uncapped_weight) == (1, Decimal("0.5"), 64)
    assert lpar.mem_config.current == 2048
    assert lpar.mem_config.runtime == 0


async def test_ids_fill_the_lowest_gap(small: Small) -> None:
    for name in ("a", "b", "c"):
        await small.create(name)
    await small.engine.run(DeletePartition(small.lpar("b").uuid))
    assert (await small.create("d")).id == 2
    assert (await small.create("e", id=40)).id == 40
    assert (await small.create("f")).id == 4


async def test_power_on_goes_through_firmware_to_running(small: Small) -> None:
    await small.create("vm1")
    seen: list[tuple[str, str]] = []
    job = await small.jobs.submit("LogicalPartition", small.lpar("vm1").uuid, "PowerOn", {}, NOBODY)
    for _ in range(400):
        await small.engine.step(250)
        now = (small.lpar("vm1").state, small.lpar("vm1").ref_code)
        if not seen or seen[-1] != now:
            seen.append(now)
    states = list(dict.fromkeys(state for state, _ in seen))
    assert states == ["not activated", "starting", "running"] or states == ["starting", "running"]
    codes = [code for _, code in seen]
    assert codes[-1] == "Linux ppc64le"
    assert any(code.startswith("CA00") for code in codes)
    assert small.lpar("vm1").rmc_state == "active"
    assert small.lpar("vm1").capabilities.mem_dlpar
    assert small.engine.state.get(Job, job.uuid).status == "COMPLETED_OK"


async def test_sms_waits_in_firmware(small: Small) -> None:
    await small.create("vm1")
    assert (await small.job("vm1", "PowerOn", bootmode="sms")).status == "COMPLETED_OK"
    assert small.lpar("vm1").state == PartitionState.OPEN_FIRMWARE


async def test_power_off_by_the_operating_system_needs_rmc(small: Small) -> None:
    await small.create("vm1")
    await small.job("vm1", "PowerOn")
    refused = await small.job("vm1", "PowerOff", operation="osshutdown")
    assert refused.status == "COMPLETED_WITH_ERROR"
    assert "PVME01050905" in refused.results["result"]
    await small.engine.step(120_000)
    assert (await small.job("vm1", "PowerOff", operation="osshutdown")).status == "COMPLETED_OK"
    assert small.lpar("vm1").state == "not activated"


@pytest.mark.parametrize("parameters", [{"operation": "shutdown"}, {"operation": "shutdown", "immediate": "true"}])
async def test_power_off_without_the_operating_system(small: Small, parameters: dict[str, str]) -> None:
    await small.create("vm1")
    await small.job("vm1", "PowerOn")
    assert (await small.job("vm1", "PowerOff", **parameters)).status == "COMPLETED_OK"
    assert small.lpar("vm1").ref_code == "00000000"
    assert small.lpar("vm1").mem_config.runtime == 0


async def test_restart_comes_back_running(small: Small) -> None:
    await small.create("vm1")
    await small.job("vm1", "PowerOn")
    job = await small.job("vm1", "PowerOff", operation="shutdown", immediate="true", restart="true")
    assert job.status == "COMPLETED_OK"
    assert small.lpar("vm1").state == "running"


async def test_what_is_on_cannot_be_powered_on_and_what_is_off_not_off(small: Small) -> None:
    await small.create("vm1")
    assert "PVME01050901" in (await small.job("vm1", "PowerOff")).results["result"]
    await small.job("vm1", "PowerOn")
    assert "PVME01042026" in (await small.job("vm1", "PowerOn")).results["result"]


async def test_delete_is_refused_while_powered_on(small: Small) -> None:
    await small.create("vm1")
    await small.job("vm1", "PowerOn")
    with pytest.raises(Failure) as refused:
        await small.engine.run(DeletePartition(small.lpar("vm1").uuid))
    assert str(refused.value) == "[PVME01050010-0056] This task is only allowed when the partition is powered off."


async def test_memory_of_a_partition_that_is_off_can_become_anything_in_bounds(small: Small) -> None:
    lpar = await small.create("vm1")
    await small.engine.run(UpdatePartition(lpar.uuid, _memory(lpar, min=512, desired=4096, max=8192)))
    memory = small.lpar("vm1").mem_config
    assert (memory.min, memory.desired, memory.max, memory.current, memory.current_max) == (512, 4096, 8192, 4096, 8192)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"desired": 1000}, "not a multiple"),
        ({"desired": 512}, "ascending"),
        ({"max": 512}, "ascending"),
        ({"desired": 0}, "between"),
        ({"max": 10**6}, "between"),
        ({"hpt_ratio": -3}, "HardwarePageTableRatio of partition vm1 cannot be -3.*one of 5, 6, 7, 8, 9"),
        ({"hpt_ratio": 77}, "HardwarePageTableRatio"),
        ({"ppt_ratio": 7}, "PhysicalPageTableRatio is 7"),
        ({"exp_factor": Decimal("0.5")}, "ExpansionFactor of partition vm1 cannot be 0.5: .*0, for no expansion, or 1"),
        ({"exp_factor": Decimal("-1")}, "ExpansionFactor"),
        ({"exp_factor": Decimal("10.01")}, "ExpansionFactor"),
        ({"min_huge_pages": -5}, "MinimumHugePageCount is -5"),
        ({"max_huge_pages": 1}, "MaximumHugePageCount: .* does not support it.*HugePageMemoryCapable"),
        ({"shared_enabled": True}, "SharedMemoryEnabled: .* does not support it.*ActiveMemorySharingCapable"),
    ],
)
async def test_memory_out_of_bounds_is_refused(small: Small, values: dict[str, object], said: str) -> None:
    lpar = await small.create("vm1")
    before = digest(small.engine)
    with pytest.raises(Failure, match=said):
        await small.engine.run(UpdatePartition(lpar.uuid, _memory(lpar, **values)))
    assert digest(small.engine) == before


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        ({"desired_units": Decimal("0.01")}, "DesiredProcessingUnits"),
        ({"desired_units": Decimal("1.5")}, "DesiredProcessingUnits"),
        ({"desired_units": Decimal("0.555")}, "hundredths"),
        ({"desired_virtual": 0}, "DesiredVirtualProcessors|ascending|between"),
        ({"max_virtual": 65}, "MaximumVirtualProcessors"),
        ({"uncapped_weight": 256}, "UncappedWeight"),
        ({"pool_id": 9}, "SharedProcessorPool 9"),
    ],
)
async def test_processors_out_of_bounds_are_refused(small: Small, shared: dict[str, object], said: str) -> None:
    lpar = await small.create("vm1")
    wish = lpar.evolve(
        proc_config=lpar.proc_config.evolve(shared_proc_cfg=lpar.proc_config.shared_proc_cfg.evolve(**shared))
    )
    with pytest.raises(Failure, match=said):
        await small.engine.run(UpdatePartition(lpar.uuid, wish))


async def test_a_running_partition_grows_and_shrinks_by_dlpar(small: Small) -> None:
    lpar = await small.create("vm1", 1024)
    await small.engine.run(UpdatePartition(lpar.uuid, _memory(lpar, max=4096)))
    await small.job("vm1", "PowerOn")
    running = small.lpar("vm1")
    with pytest.raises(Failure, match="RMC connection is inactive"):
        await small.engine.run(UpdatePartition(lpar.uuid, _memory(running, desired=2048)))
    await small.engine.step(120_000)
    running = small.lpar("vm1")
    await small.engine.run(UpdatePartition(lpar.uuid, _memory(running, desired=2048)))
    assert small.lpar("vm1").mem_config.runtime == 2048
    with pytest.raises(Failure, match="MaximumMemory of partition vm1 can only be changed while it is powered off"):
        await small.engine.run(UpdatePartition(lpar.uuid, _memory(small.lpar("vm1"), max=8192)))


async def test_shared_becomes_dedicated_only_when_off(small: Small) -> None:
    lpar = await small.create("vm1")
    wish = lpar.evolve(
        proc_config=PartitionProcessorConfiguration(
            has_dedicated=True,
            sharing_mode="sre idle proces",
            dedicated_proc_cfg=DedicatedProcessorConfiguration(desired=2, min=1, max=4),
        )
    )
    await small.engine.run(UpdatePartition(lpar.uuid, wish))
    processors = small.lpar("vm1").proc_config
    assert processors.has_dedicated
    assert not processors.has("shared_proc_cfg")
    assert processors.current_dedicated_proc_cfg.current == 2
    await small.job("vm1", "PowerOn")
    back = small.lpar("vm1").evolve(
        proc_config=PartitionProcessorConfiguration(
            has_dedicated=False,
            sharing_mode="uncapped",
            shared_proc_cfg=SharedProcessorConfiguration(desired_virtual=1),
        )
    )
    with pytest.raises(Failure, match="powered off"):
        await small.engine.run(UpdatePartition(lpar.uuid, back))


async def test_capacity_is_accounted(small: Small) -> None:
    await small.create("big", 40960)
    await small.create("bigger", 40960)
    assert (await small.job("big", "PowerOn")).status == "COMPLETED_OK"
    refused = await small.job("bigger", "PowerOn")
    assert "MB are free" in refused.results["result"]
    assert small.lpar("bigger").state == "not activated"
    await small.job("big", "PowerOff", operation="shutdown", immediate="true")
    assert (await small.job("bigger", "PowerOn")).status == "COMPLETED_OK"


async def test_scarce_memory_is_given_down_to_the_minimum(small: Small) -> None:
    await small.create("big", 40960)
    await small.job("big", "PowerOn")
    lpar = await small.create("flexible", 40960)
    await small.engine.run(UpdatePartition(lpar.uuid, _memory(lpar, min=1024)))
    assert (await small.job("flexible", "PowerOn")).status == "COMPLETED_OK"
    granted = small.lpar("flexible").mem_config.current
    assert 1024 <= granted < 40960
    assert granted % 256 == 0


@pytest.mark.parametrize("step", ["define the partition", "tell the hypervisor"])
async def test_create_unwinds(small: Small, step: str) -> None:
    before = digest(small.engine)
    small.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.create", step=step))
    with pytest.raises(Failure):
        await small.engine.run(CreatePartition(wished("vm1")))
    assert digest(small.engine) == before


@pytest.mark.parametrize("step", ["resize the partition", "assign I/O slots"])
async def test_update_unwinds(small: Small, step: str) -> None:
    lpar = await small.create("vm1")
    before = digest(small.engine)
    small.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.update", step=step))
    with pytest.raises(Failure):
        await small.engine.run(UpdatePartition(lpar.uuid, _memory(lpar, desired=2048, max=2048)))
    assert digest(small.engine) == before


@pytest.mark.parametrize("step", ["remove its virtual adapters", "tell the hypervisor", "remove the partition"])
async def test_delete_unwinds(small: Small, step: str) -> None:
    lpar = await small.create("vm1")
    before = digest(small.engine)
    small.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.delete", step=step))
    with pytest.raises(Failure):
        await small.engine.run(DeletePartition(lpar.uuid))
    assert digest(small.engine) == before


@pytest.mark.parametrize("step", ["reserve memory and processors", "start the firmware"])
async def test_power_on_unwinds(small: Small, step: str) -> None:
    await small.create("vm1")
    before = digest(small.engine)
    small.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.power_on", step=step))
    assert (await small.job("vm1", "PowerOn")).status == "COMPLETED_WITH_ERROR"
    assert digest(small.engine) == before


async def test_power_off_unwinds(small: Small) -> None:
    await small.create("vm1")
    await small.job("vm1", "PowerOn")
    await small.engine.step(300_000)
    before = digest(small.engine)
    small.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.power_off", step="stop the partition"))
    assert (await small.job("vm1", "PowerOff", operation="shutdown")).status == "COMPLETED_WITH_ERROR"
    assert digest(small.engine) == before


async def test_who_powers_a_partition_on_or_off_is_in_the_audit(small: Small) -> None:
    lpar = await small.create("vm1")
    await small.job("vm1", "PowerOn")
    await small.job("vm1", "PowerOff", operation="shutdown")
    await small.engine.settled()
    audits = list(small.engine._store.audits())  # type: ignore[attr-defined]  # the SQLite store's own
    named = [(one.operation, one.objects) for one in audits if one.operation.startswith("lpar.power")]
    itself = f"LogicalPartition/{lpar.uuid}"
    assert [(name, itself in objects) for name, objects in named] == [("lpar.power_on", True), ("lpar.power_off", True)]


async def test_memory_is_expanded_by_a_factor(small: Small) -> None:
    lpar = await small.create("vm1")
    await small.engine.run(UpdatePartition(lpar.uuid, _memory(lpar, exp_factor=Decimal("1.5"))))
    memory = small.lpar("vm1").mem_config
    assert (memory.current_exp_factor, memory.ame_enabled) == (Decimal("1.5"), True)
    await small.engine.run(UpdatePartition(lpar.uuid, _memory(small.lpar("vm1"), exp_factor=Decimal(0))))
    assert not small.lpar("vm1").mem_config.ame_enabled


async def test_what_was_left_out_of_memory_stays_as_it_is(small: Small) -> None:
    lpar = await small.create("vm1")
    wish = LogicalPartition(mem_config=PartitionMemoryConfiguration(desired=1024), name="renamed")
    await small.engine.run(UpdatePartition(lpar.uuid, wish))
    assert small.lpar("renamed") == lpar.evolve(name="renamed")


async def test_what_has_bounds_is_checked_though_nothing_is_resized(small: Small) -> None:
    await small.create("vm1")
    lpar = small.lpar("vm1")
    with pytest.raises(Failure, match="AvailabilityPriority is 300"):
        await small.engine.run(UpdatePartition(lpar.uuid, lpar.evolve(avail_priority=300)))
    slots = lpar.evolve(io_config=lpar.io_config.evolve(max_virtual_slots=3))
    with pytest.raises(Failure, match="MaximumVirtualIOSlots is 3"):
        await small.engine.run(UpdatePartition(lpar.uuid, slots))


async def test_a_slot_in_use_stays_within_the_slots(small: Small) -> None:
    await small.create("vm1")
    lpar = small.lpar("vm1")
    with small.engine.alter() as change:
        change.put(ClientNetworkAdapter(uuid="cna", parent=lpar.uuid, slot=10))
    fewer = lpar.evolve(io_config=lpar.io_config.evolve(max_virtual_slots=10))
    with pytest.raises(Failure, match="between 11 and 65535"):
        await small.engine.run(UpdatePartition(lpar.uuid, fewer))


async def test_the_number_of_slots_of_a_running_partition_is_fixed(small: Small) -> None:
    await small.create("vm1")
    await small.job("vm1", "PowerOn")
    lpar = small.lpar("vm1")
    more = lpar.evolve(io_config=lpar.io_config.evolve(max_virtual_slots=lpar.io_config.max_virtual_slots + 1))
    with pytest.raises(Failure, match="powered off"):
        await small.engine.run(UpdatePartition(lpar.uuid, more))


async def test_ibm_i_does_not_boot_linux(small: Small) -> None:
    await small.engine.run(CreatePartition(wished("ibmi").evolve(env="OS400")))
    await small.job("ibmi", "PowerOn")
    running = small.lpar("ibmi")
    assert (running.state, running.ref_code, running.operating_system) == ("running", "00000000", "IBM i 7.3.0")
