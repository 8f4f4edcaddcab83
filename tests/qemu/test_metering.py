"""What real partitions use is reckoned from what others have counted."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu import metering
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.metering import LAG_MS, RealMeter, Totals
from openlpar.hypervisor.qemu.switch import SwitchError
from openlpar.ops.metrics.survey import survey_of
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.metering import COUNTERS, CYCLES_PER_SECOND, TRAFFIC, Survey
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import CurrentSharedProcessorConfiguration, PartitionProcessorConfiguration
from openlpar.uom.pcm import ManagedSystemPcmPreference
from tests.ops.small_system import SYSTEM
from tests.qemu.conftest import until
from tests.qemu.test_outside import VIOS, VM, Yard, mapping

CARD = "00000009-0000-4000-8000-000000000009"
QEMU, THREADS = 7, [70, 71]


def test_what_was_counted_before_the_first_look_is_not_told() -> None:
    assert Totals().take({("vm", "7"): (100, 5)}) == {"vm": (0, 0)}


def test_counts_add_up_whoever_counts() -> None:
    totals = Totals()
    totals.take({("vm", "70"): (100,), ("vm", "71"): (10,), ("other", "1"): (5,)})
    assert totals.take({("vm", "70"): (103,), ("vm", "71"): (14,)})["vm"] == (7,)
    again = totals.take({("vm", "70"): (104,), ("vm", "80"): (1000,), ("other", "1"): (9,)})
    assert again == {"vm": (8,), "other": (4,)}, "one did not answer, another took the place of a third"
    assert totals.take({("vm", "80"): (1002,)})["vm"] == (10,)


def test_a_count_that_begins_anew_goes_on() -> None:
    totals = Totals()
    totals.take({("disk", ""): (100,)})
    assert totals.take({("disk", ""): (30,)})["disk"] == (30,)


class Plant:
    """The processes of a yard: what they have counted, and the time."""

    def __init__(self, yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.ran, self.waited, self.resident = 1_000_000, 0, 0, 300
        self.served = self.disk = self.frames = 0
        self.refuses = False
        self.yard = yard
        self.uuid = VM
        anything: Any = self  # guest and switch
        blocks: Any = yard.blocks
        self.meter = RealMeter(yard.engine.state, blocks, {VM: anything}, anything, lambda: self.now)
        monkeypatch.setattr(metering, "_times", self.times)
        monkeypatch.setattr(metering, "_resident_mib", lambda process: self.resident if process == QEMU else 20)

    def times(self, process: int, thread: int) -> tuple[int, int]:
        if process == QEMU:
            return (self.ran, self.waited) if thread == THREADS[0] else (0, 0)
        assert thread == metering._ALL
        return self.served, 0

    def has_link(self) -> bool:
        return True

    async def request(self, do: str) -> Any:
        if self.refuses:
            raise SwitchError("busy") if do == "status" else Refused("busy")
        answers: dict[str, Any] = {
            "threads": {"process": QEMU, "threads": THREADS},
            "statistics": {
                "vscsi2-1": {
                    "reads": self.disk,
                    "writes": 2 * self.disk,
                    "read_bytes": 4096 * self.disk,
                    "written_bytes": 512 * self.disk,
                }
            },
            "status": {
                "pid": 9,
                "ports": [
                    {
                        "name": "4-3",
                        "in": {"frames": self.frames, "bytes": 60 * self.frames},
                        "out": {"frames": 2 * self.frames, "bytes": 200 * self.frames},
                    }
                ],
            },
        }
        return answers[do]

    async def pass_by(self, seconds: int, processors: float = 0.0) -> None:
        """Time goes by while the guest uses some processors."""
        self.now += seconds * 1000
        self.ran += int(processors * seconds * 1e9)
        await self.meter.look()

    def used(self, begin: int, end: int) -> dict[str, dict[str, int]]:
        """Between two times after the beginning, in s: by what is measured."""
        survey = self.survey()
        row = self.meter.used(self.yard.engine.state, survey, *(1_000_000 + LAG_MS + s * 1000 for s in (begin, end)))
        assert len(row) == survey.width
        names = {len(COUNTERS): COUNTERS, len(TRAFFIC): TRAFFIC, 1: ("given out",)}
        return {
            key: dict(zip(names[count], row[start : start + count], strict=True))
            for key, start, count in survey.places()
        }

    def survey(self) -> Survey:
        return survey_of(self.yard.engine.state)


@pytest.fixture
async def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Plant]:
    yard = Yard(tmp_path)
    await yard.engine.start()
    lpar = yard.engine.state.get(LogicalPartition, VM)
    share = CurrentSharedProcessorConfiguration(current_units=Decimal("0.5"), allocated_virtual=2)
    yard.put(
        lpar.evolve(
            proc_config=PartitionProcessorConfiguration(has_dedicated=False, current_shared_proc_cfg=share),
            mem_config=PartitionMemoryConfiguration(current=512, desired=512),
        ),
        mapping(2, 1),
        ClientNetworkAdapter(uuid=CARD, parent=VM, slot=3, pvid=1),
    )
    made = Plant(yard, monkeypatch)
    await made.meter.look()
    yield made
    await made.meter.close()
    await yard.outside.close()
    await yard.engine.stop()


async def test_processor_time_is_within_the_entitlement_and_beyond_it(plant: Plant) -> None:
    plant.waited = 250_000_000
    await plant.pass_by(10, processors=1.25)
    found = plant.used(0, 10)[VM]
    second = CYCLES_PER_SECOND
    assert found["entitled"] == 5 * second
    assert (found["capped"], found["uncapped"]) == (5 * second, int(7.5 * second))
    assert found["waiting"] == second // 4
    assert (found["idle"], found["donated"], found["instructions"], found["instruction_time"]) == (0, 0, 0, 0)
    assert found["memory"] == 300 * 10_000


async def test_no_more_is_used_than_there_is(plant: Plant) -> None:
    plant.resident = 4000
    await plant.pass_by(10, processors=3)
    found = plant.used(0, 10)[VM]
    assert found["capped"] + found["uncapped"] == 20 * CYCLES_PER_SECOND
    assert found["memory"] == 512 * 10_000


async def test_it_does_not_matter_in_how_many_parts_time_is_measured(plant: Plant) -> None:
    for seconds, processors in ((3, 0.1), (3, 0.4), (4, 0.2)):
        plant.disk += 7
        await plant.pass_by(seconds, processors)
    whole = plant.used(0, 10)
    parts = [plant.used(begin, begin + 1) for begin in range(10)]
    for key, counters in whole.items():
        for name, value in counters.items():
            rest = value - sum(part[key][name] for part in parts)
            assert 0 <= rest <= 10, "cycles that were cut off"
    assert whole[VM]["capped"] == int(2.3 * CYCLES_PER_SECOND)


async def test_disks_are_counted_at_the_server_adapter_and_frames_at_both_ends(plant: Plant) -> None:
    plant.disk, plant.frames = 10, 5
    await plant.pass_by(10)
    found = plant.used(0, 10)
    (adapter,) = (one for server in plant.survey().partitions if server.vios for one in server.adapters)
    assert found[adapter.key] == {"incoming": 10, "outgoing": 20, "incoming_bytes": 40960, "outgoing_bytes": 5120}
    assert found[CARD] == {"incoming": 10, "outgoing": 5, "incoming_bytes": 1000, "outgoing_bytes": 300}


async def test_a_server_uses_what_its_process_does(plant: Plant) -> None:
    plant.served = 500_000_000
    await plant.pass_by(10)
    plant.yard.blocks.runs.clear()
    plant.served *= 2
    await plant.pass_by(10)
    assert plant.used(0, 20)[VIOS]["capped"] == 0, "it has no processors here"
    assert plant.meter._around(plant.now)(VIOS, 2) == (500_000_000, 0)


async def test_who_does_not_answer_is_told_later(plant: Plant) -> None:
    plant.refuses, plant.disk = True, 4
    await plant.pass_by(5, processors=0.1)
    assert plant.used(0, 5)[VM]["capped"] == 0
    plant.refuses = False
    await plant.pass_by(5, processors=0.1)
    assert plant.used(5, 10)[VM]["capped"] == CYCLES_PER_SECOND


async def test_before_the_first_look_and_after_the_last_nothing_is_known(plant: Plant) -> None:
    await plant.pass_by(10, processors=0.2)
    assert plant.used(-60, 0)[VM]["capped"] == plant.used(10, 60)[VM]["capped"] == 0
    assert plant.used(-60, 60)[VM]["capped"] == 2 * CYCLES_PER_SECOND


async def test_looks_are_forgotten(plant: Plant) -> None:
    for _ in range(20):
        await plant.pass_by(60)
    assert len(plant.meter._looks) < 6


async def test_nobody_looks_while_no_monitor_is_on(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "LOOK_S", 0.01)
    meter = plant.meter
    looks = len(meter._looks)
    meter.attend()
    plant.now += 1000
    await asyncio.sleep(0.05)  # there is nothing to wait for
    assert len(meter._looks) == looks
    kind = ManagedSystemPcmPreference
    plant.yard.put(kind(uuid=SYSTEM.uuid, ltm_enabled=True))
    meter.committed([(kind, SYSTEM.uuid)])
    await until(lambda: len(meter._looks) > looks + 2)
    plant.yard.put(kind(uuid=SYSTEM.uuid, ltm_enabled=False))
    meter.committed([(kind, SYSTEM.uuid)])
    assert not meter._looks


def test_the_kernel_counts_what_a_thread_runs() -> None:
    before, _ = metering._times(os.getpid(), threading.get_native_id())
    assert before > 0
    assert metering._times(os.getpid(), metering._ALL)[0] > 0
    while metering._times(os.getpid(), threading.get_native_id())[0] == before:
        pass
    assert 1 < metering._resident_mib(os.getpid()) < 100_000
    with pytest.raises(OSError):
        metering._times(os.getpid(), 2**22 + 1)
