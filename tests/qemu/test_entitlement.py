"""Processor time by control groups: the numbers, who is in which group when, and where this host lets us, the time itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import Engine
from openlpar.hypervisor.qemu import ending, reconciler
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.entitlement import Entitlement, Groups
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.memory_caps import MemoryGroups
from openlpar.hypervisor.qemu.memory_group import join, limit_mib
from openlpar.hypervisor.qemu.shares import Shares
from openlpar.qemu_host import probe
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_processors import (
    DedicatedProcessorConfiguration,
    PartitionProcessorConfiguration,
    SharedProcessorConfiguration,
)
from tests.ops.small_system import SYSTEM, open_system
from tests.qemu.conftest import until

BUSY = "while True: pass"
NAME = "0a0b0c0d"
VM = f"{NAME}-0000-4000-8000-000000000004"
FILES = {
    1: ("cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.shares", "tasks"),
    2: ("cpu.max", "cpu.weight", "cgroup.procs", "cgroup.subtree_control"),
}


class FakeGroups(Groups):
    """In a folder of ours. The files of a group are there when it is made, and go with it, as in the kernel."""

    def entitle(self, name: str, entitlement: Entitlement, process: int, threads: Any) -> None:
        for folder in (self.folder, self.folder / name):
            folder.mkdir(parents=True, exist_ok=True)
            for file in FILES[self.version]:
                (folder / file).touch()
        super().entitle(name, entitlement, process, threads)

    async def remove(self, name: str) -> None:
        gone = [self.folder / name] + [self.folder] * (set(self.names()) <= {name})
        for folder in gone:
            for file in FILES[self.version]:
                (folder / file).unlink(missing_ok=True)
        await super().remove(name)

    def written(self, name: str = NAME) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.folder / name).iterdir() if path.read_text()}


def shared(units: str, mode: str = "capped", weight: int = 0, virtual: int = 1) -> PartitionProcessorConfiguration:
    config = SharedProcessorConfiguration(desired_units=Decimal(units), desired_virtual=virtual, uncapped_weight=weight)
    return PartitionProcessorConfiguration(has_dedicated=False, sharing_mode=mode, shared_proc_cfg=config)


def partition(processors: PartitionProcessorConfiguration) -> LogicalPartition:
    return LogicalPartition(uuid=VM, parent=SYSTEM.uuid, id=4, name="vm1", state="running", proc_config=processors)


# the numbers


def test_what_a_partition_is_entitled_to() -> None:
    assert Entitlement.of(partition(shared("0.2"))) == Entitlement(0.2, capped=True, weight=0)
    assert Entitlement.of(partition(shared("0.2", "uncapped", 64))) == Entitlement(0.2, capped=False, weight=64)
    assert Entitlement.of(partition(shared("0.2", "uncapped", 0))).capped, (
        "a weight of 0 gets nothing of what is left over"
    )
    dedicated = PartitionProcessorConfiguration(
        has_dedicated=True, dedicated_proc_cfg=DedicatedProcessorConfiguration(desired=3)
    )
    assert Entitlement.of(partition(dedicated)) == Entitlement(3.0, capped=False)


def test_a_capped_partition_has_a_quota(tmp_path: Path) -> None:
    groups = FakeGroups(tmp_path, 1)
    groups.entitle(NAME, Entitlement(0.5, capped=True), 1, [11])
    assert groups.written() == {
        "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000", "cpu.shares": "512", "tasks": "11",
    }  # fmt: skip


def test_an_uncapped_partition_has_a_share_by_units_and_weight(tmp_path: Path) -> None:
    groups = FakeGroups(tmp_path, 1)
    groups.entitle(NAME, Entitlement(2.0, capped=False, weight=64), 1, [])
    assert groups.written()["cpu.cfs_quota_us"] == "-1"
    assert groups.written()["cpu.shares"] == "1024"


def test_version_2_takes_the_whole_process(tmp_path: Path) -> None:
    groups = FakeGroups(tmp_path, 2)
    groups.entitle(NAME, Entitlement(0.2, capped=True), 4711, [11, 12])
    assert groups.written() == {"cpu.max": "20000 100000", "cpu.weight": "20", "cgroup.procs": "4711"}
    groups.entitle(NAME, Entitlement(1.5, capped=False, weight=255), 4711, [])
    assert groups.written()["cpu.max"].startswith("max 100000")
    assert groups.written()["cpu.weight"].startswith("299")


@pytest.mark.parametrize(("units", "weight"), [(0.0, 0), (1000.0, 255)])
def test_the_kernel_is_given_nothing_beyond_its_limits(tmp_path: Path, units: float, weight: int) -> None:
    groups = FakeGroups(tmp_path, 1)
    groups.entitle(NAME, Entitlement(units, capped=False, weight=weight), 1, [])
    assert 2 <= int(groups.written()["cpu.shares"]) <= 262_144


# who is in which group


class FakeGuest:
    """A partition that runs. error: what asking it raises."""

    uuid, run = VM, Path("/data/p") / NAME

    def __init__(self, *threads: int) -> None:
        self.threads = list(threads)
        self.error: Exception | None = None
        self.asked = 0

    def has_link(self) -> bool:
        return True

    async def request(self, do: str) -> Any:
        assert do == "threads"
        self.asked += 1
        if self.error is not None:
            raise self.error
        return {"process": 4711, "threads": self.threads}


class Yard:
    def __init__(self, folder: Path) -> None:
        self.engine: Engine = open_system(folder / "data", "immediate", partition(shared("0.5")))[0]
        self.guests: Any = {VM: FakeGuest(11)}
        self.groups = FakeGroups(folder / "groups", 1)
        self.shares = Shares(self.engine.state, self.guests, self.groups)
        self.engine.followers.append(self.shares.committed)

    def put(self, processors: PartitionProcessorConfiguration) -> None:
        with self.engine.alter() as change:
            change.put(partition(processors))


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    made = Yard(tmp_path)
    await made.engine.start()
    yield made
    await made.shares.close()
    await made.engine.stop()


async def test_a_partition_is_kept_to_what_the_state_says_until_it_ends(yard: Yard) -> None:
    yard.shares.start()
    await until(lambda: list(yard.groups.names()))
    assert yard.groups.written()["cpu.cfs_quota_us"] == "50000"
    yard.put(shared("0.75"))
    await until(lambda: yard.groups.written()["cpu.cfs_quota_us"] == "75000")
    yard.put(shared("0.75", "uncapped", 128))
    await until(lambda: yard.groups.written()["cpu.cfs_quota_us"].startswith("-1"))
    yard.guests[VM].threads = [11, 12]
    yard.put(shared("0.75", "uncapped", 128, virtual=2))
    await until(lambda: "12" in yard.groups.written()["tasks"])
    yard.guests.clear()
    yard.put(shared("0.75"))
    await until(lambda: not yard.groups.folder.exists())


async def test_what_does_not_concern_processors_asks_nobody(yard: Yard) -> None:
    yard.shares.start()
    await until(lambda: list(yard.groups.names()))
    with yard.engine.alter() as change:
        change.put(partition(shared("0.5")).evolve(ref_code="C0100"))
    await yard.engine.settled()
    assert await yard.shares.converge()
    assert yard.guests[VM].asked == 1


async def test_a_new_activation_is_entitled_anew(yard: Yard) -> None:
    assert await yard.shares.converge()
    yard.guests[VM] = FakeGuest(21)
    assert await yard.shares.converge()
    assert "21" in yard.groups.written()["tasks"]


async def test_a_group_that_a_killed_service_left_behind_goes(yard: Yard) -> None:
    yard.groups.entitle("ffffffff", Entitlement(1.0, capped=True), 1, [])
    assert await yard.shares.converge()
    assert list(yard.groups.names()) == [NAME]


@pytest.mark.parametrize("error", [Refused("busy"), Lost("it is gone")])
async def test_one_that_does_not_answer_is_asked_again(
    yard: Yard, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "AGAIN_S", 0.01)
    yard.guests[VM].error = error
    yard.shares.start()
    await until(lambda: yard.guests[VM].asked > 2)
    yard.guests[VM].error = None
    await until(lambda: list(yard.groups.names()))


async def test_halt_removes_what_the_service_recorded(tmp_path: Path) -> None:
    groups = Groups.below(tmp_path, 1, tmp_path / "data")
    (groups.folder / NAME).mkdir(parents=True)
    (tmp_path / "data").mkdir()
    groups.record(tmp_path / "data")
    assert Groups.recorded(tmp_path / "data") == groups
    assert await ending.end_all(tmp_path / "data") == []
    assert not groups.folder.exists()


# the time itself


@pytest.fixture
async def groups(tmp_path: Path) -> AsyncIterator[Groups]:
    found = probe.cgroup(Path("/proc"))
    if found[2] is None:
        pytest.skip(f"no control groups here: {found[0].reason}")
    made = Groups.below(found[2], found[1], tmp_path)
    yield made
    for name in list(made.names()):
        await made.remove(name)
    assert not made.folder.exists()


@pytest.fixture
def busy() -> Iterator[Callable[[], int]]:
    """Starts a process on the first processor that never rests; its pid. All end afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> int:
        started.append(subprocess.Popen([sys.executable, "-c", BUSY]))
        os.sched_setaffinity(started[-1].pid, {min(os.sched_getaffinity(0))})
        return started[-1].pid

    yield start
    for process in started:
        process.kill()
        process.wait()


async def used(*processes: int, within_s: float = 1.0) -> list[float]:
    """Processors that each had meanwhile."""
    before, began = [_cpu_s(pid) for pid in processes], time.monotonic()
    await asyncio.sleep(within_s)
    passed_s = time.monotonic() - began
    return [(_cpu_s(pid) - then) / passed_s for pid, then in zip(processes, before, strict=True)]


async def test_the_kernel_holds_a_process_to_it(groups: Groups, busy: Callable[[], int]) -> None:
    process = busy()
    groups.entitle(NAME, Entitlement(0.1, capped=True), process, [process])
    assert (await used(process))[0] < 0.3


async def test_the_kernel_shares_out_by_units_and_weight_what_two_want(groups: Groups, busy: Callable[[], int]) -> None:
    much, little = busy(), busy()
    groups.entitle(NAME, Entitlement(1.0, capped=False, weight=128), much, [much])
    groups.entitle("ffffffff", Entitlement(0.5, capped=False, weight=64), little, [little])
    more, less = await used(much, little, within_s=4.0)
    assert 2.5 < more / less < 6, "one has four times what the other has"


async def test_all_together_count_as_a_thread_for_each_processor(groups: Groups) -> None:
    groups.make(NAME)
    file, of_one = {1: ("cpu.shares", 1024), 2: ("cpu.weight", 100)}[groups.version]
    assert int((groups.folder / file).read_text()) == of_one * (os.cpu_count() or 1)


async def test_time_and_memory_of_a_partition_can_be_kept_by_one_group(
    groups: Groups, busy: Callable[[], int], tmp_path: Path
) -> None:
    """In version 2, which has one tree of groups for all controllers."""
    answer, version, folder = probe.cgroup(Path("/proc"), "memory")
    if folder is None:
        pytest.skip(f"memory cannot be capped here: {answer.reason}")
    memory, process = MemoryGroups.below(folder, version, tmp_path), busy()
    capped = memory.limit(NAME, 256)
    groups.entitle(NAME, Entitlement(0.1, capped=True), process, [process])
    join(capped, process)
    assert (await used(process))[0] < 0.3 and limit_mib(capped) == 256
    with pytest.raises(OSError, match="busy"):
        await groups.remove(NAME)
    os.kill(process, signal.SIGKILL)
    await asyncio.gather(groups.remove(NAME), memory.remove(NAME))
    assert not groups.folder.exists() and not memory.folder.exists()


async def test_a_group_that_is_gone_is_removed_again(groups: Groups) -> None:
    await groups.remove(NAME)


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
