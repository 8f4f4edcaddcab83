"""Memory caps by control groups: the numbers, when they change, and where this host lets us, what becomes of who goes beyond."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import Engine
from openlpar.hypervisor.qemu import ending, reconciler
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.memory_caps import MemoryCaps, MemoryGroups, cap_mib
from openlpar.hypervisor.qemu.memory_group import kills, limit_mib
from openlpar.ports.hypervisor import HostUnfit
from openlpar.ports.options import Enforced
from openlpar.qemu_host import probe
from openlpar.qemu_host.probe import Answer
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import PartitionProcessorConfiguration, SharedProcessorConfiguration
from tests.ops.small_system import SYSTEM, open_system
from tests.qemu.conftest import Core, until

NAME = "0a0b0c0d"
VM = f"{NAME}-0000-4000-8000-000000000004"
FILES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control", "cgroup.procs"),
    2: ("memory.max", "memory.current", "memory.events", "cgroup.procs", "cgroup.subtree_control"),
}
UNLIMITED = {1: "9999999999", 2: "max"}
MIB = 1 << 20


class FakeGroups(MemoryGroups):
    """In a folder of ours. The files of a group are there when it is made, and go with it, as in the kernel; but what is written
    does not take the place of something longer, so all numbers have ten digits."""

    __slots__ = ()

    def make(self, name: str) -> Path:
        for folder in (self.folder, self.folder / name):
            if not folder.is_dir():
                folder.mkdir(parents=True)
                for file in FILES[self.version]:
                    (folder / file).touch()
                (folder / FILES[self.version][0]).write_text(UNLIMITED[self.version])
        return super().make(name)

    async def remove(self, name: str) -> None:
        for folder in [self.folder / name] + [self.folder] * (set(self.names()) <= {name}):
            for file in FILES[self.version]:
                (folder / file).unlink(missing_ok=True)
        await super().remove(name)

    def file(self, number: int, name: str = NAME) -> Path:
        return self.folder / name / FILES[self.version][number]

    @property
    def mib(self) -> int:
        return int(self.file(0).read_text()) // MIB


def partition(mib: int, most: int = 4096, cores: int = 2) -> LogicalPartition:
    memory = PartitionMemoryConfiguration(desired=mib, min=256, max=most)
    shared = SharedProcessorConfiguration(max_virtual=cores, desired_virtual=1)
    processors = PartitionProcessorConfiguration(has_dedicated=False, shared_proc_cfg=shared)
    return LogicalPartition(
        uuid=VM, parent=SYSTEM.uuid, id=4, name="vm1", state="running", mem_config=memory, proc_config=processors
    )


# the numbers


def test_a_healthy_qemu_is_far_below_its_cap() -> None:
    """572 MiB were measured for this one, with translated code for a twentieth of what QEMU lets it grow to."""
    assert cap_mib(partition(512), 512) > 572 + 1024
    grows = [cap_mib(partition(mib, most=1 << 20), mib) - mib for mib in (512, 1 << 18)]
    assert grows[1] - grows[0] == ((1 << 18) - 512) // 32, "what QEMU notes about memory grows with it"
    assert cap_mib(partition(512, most=1 << 20), 512) - cap_mib(partition(512), 512) > (1 << 20) // 128, (
        "page tables are for what the guest could have"
    )


@pytest.mark.parametrize("version", [1, 2])
def test_a_cap_is_not_put_below_what_is_in_use(tmp_path: Path, version: int) -> None:
    """Version 2 would end whoever uses it."""
    groups = FakeGroups(tmp_path / "g", version)
    groups.limit(NAME, 3000)
    assert groups.mib == 3000
    groups.file(1).write_text(str(2500 * MIB))
    with pytest.raises(BlockingIOError, match="more than 2000 MiB are in use"):
        groups.limit(NAME, 2000)
    assert groups.mib == 3000
    groups.limit(NAME, 3500)
    groups.file(1).write_text(str(1900 * MIB))
    groups.limit(NAME, 2000)
    assert groups.mib == 2000


@pytest.mark.parametrize("version", [1, 2])
def test_what_the_kernel_ended_is_counted(tmp_path: Path, version: int) -> None:
    groups = FakeGroups(tmp_path / "g", version)
    group = groups.limit(NAME, 1000)
    assert (kills(group), limit_mib(group)) == (0, 1000)
    groups.file(2).write_text("low 0\nunder_oom 0\noom 3\noom_kill 2\n")
    assert kills(group) == 2
    assert (kills(tmp_path / "none"), limit_mib(tmp_path / "none")) == (0, 0)


def test_version_2_hands_the_controller_down(tmp_path: Path) -> None:
    groups = FakeGroups(tmp_path / "g", 2)
    groups.limit(NAME, 1000)
    assert (groups.folder / "cgroup.subtree_control").read_text() == "+memory"


def test_they_are_had_refused_or_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    no = Answer(False, "it cannot be divided", "Do this.")
    assert MemoryGroups.granted(Enforced.OFF, Answer(True), tmp_path, 2, tmp_path) is None
    assert MemoryGroups.granted(None, no, None, 0, tmp_path) is None
    assert "The memory of partitions is not capped: it cannot be divided. Do this." in caplog.text
    with pytest.raises(HostUnfit, match="not capped: it cannot be divided"):
        MemoryGroups.granted(Enforced.ON, no, None, 0, tmp_path)
    made = MemoryGroups.granted(Enforced.ON, Answer(True), tmp_path, 2, tmp_path)
    assert made == MemoryGroups.recorded(tmp_path) == MemoryGroups.granted(None, no, None, 0, tmp_path)


# when they change


class FakeGuest:
    """A partition that runs. has: its memory in MiB; error: what asking it raises."""

    uuid, run = VM, Path("/data/p") / NAME

    def __init__(self, has: int) -> None:
        self.has = has
        self.error: Exception | None = None
        self.asked = 0

    def has_link(self) -> bool:
        return True

    async def request(self, do: str) -> Any:
        self.asked += do == "sizes"
        if self.error is not None:
            raise self.error
        return {"sizes": {"memory_mib": self.has}, "threads": {"process": 4711, "threads": []}}[do]


class Yard:
    def __init__(self, folder: Path) -> None:
        self.engine: Engine = open_system(folder / "data", "immediate", partition(512))[0]
        self.guest = FakeGuest(512)
        self.guests: Any = {VM: self.guest}
        self.groups = FakeGroups(folder / "groups", 1)
        self.caps = MemoryCaps(self.engine.state, self.guests, self.groups)
        self.engine.followers.append(self.caps.committed)

    def put(self, mib: int) -> None:
        with self.engine.alter() as change:
            change.put(partition(mib))

    def capped(self, mib: int) -> bool:
        return self.groups.mib == cap_mib(partition(mib), mib)


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    made = Yard(tmp_path)
    await made.engine.start()
    yield made
    await made.caps.close()
    await made.engine.stop()


async def test_a_partition_is_capped_from_before_its_start_until_it_ends(yard: Yard) -> None:
    guest: Any = yard.guest
    assert yard.caps.before_start(guest) == str(yard.groups.folder / NAME)
    assert yard.capped(512) and not yard.guest.asked
    yard.caps.start()
    await until(lambda: yard.groups.file(3).read_text() == "4711", "its process to be looked after")
    yard.guests.clear()
    yard.put(512)
    yard.caps.wake()
    await until(lambda: not yard.groups.folder.exists())


async def test_a_cap_follows_dlpar_and_never_hurts_a_guest_that_is_slower(yard: Yard) -> None:
    guest: Any = yard.guest
    yard.caps.start()
    await until(lambda: list(yard.groups.names()) and yard.capped(512))
    with yard.caps.growing(guest, 1024):
        assert yard.capped(1024), "before it is given the memory"
        yard.caps.wake()
        await yard.caps.converge()
        assert yard.capped(1024), "a round meanwhile takes nothing back"
        yard.guest.has = 1024
    yard.put(1024)
    await until(lambda: yard.capped(1024))
    await yard.engine.settled()
    assert await yard.caps.converge()
    asked = yard.guest.asked
    yard.put(768)  # the state is ahead of what the guest has let go
    await until(lambda: yard.guest.asked > asked)
    assert yard.capped(1024)
    yard.guest.has = 768
    yard.put(512)
    await until(lambda: yard.capped(768))


async def test_a_growth_that_came_to_nothing_is_taken_back(yard: Yard) -> None:
    guest: Any = yard.guest
    yard.caps.start()
    with pytest.raises(Refused), yard.caps.growing(guest, 2048):
        assert yard.capped(2048)
        raise Refused("no room")
    await until(lambda: yard.capped(512))


async def test_less_is_tried_again_when_it_is_in_use_yet(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "AGAIN_S", 0.01)
    guest: Any = yard.guest
    with yard.caps.growing(guest, 4096):
        yard.groups.file(1).write_text(str(3500 * MIB))
    yard.caps.start()
    await until(lambda: yard.guest.asked > 2)
    assert yard.capped(4096)
    yard.groups.file(1).write_text(str(100 * MIB))
    await until(lambda: yard.capped(512))


async def test_what_does_not_concern_memory_asks_nobody(yard: Yard) -> None:
    assert await yard.caps.converge()
    with yard.engine.alter() as change:
        change.put(partition(512).evolve(ref_code="C0100"))
    await yard.engine.settled()
    assert await yard.caps.converge()
    assert yard.guest.asked == 1


@pytest.mark.parametrize("error", [Refused("busy"), Lost("it is gone")])
async def test_one_that_does_not_answer_is_asked_again(
    yard: Yard, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "AGAIN_S", 0.01)
    yard.guest.error = error
    yard.caps.start()
    await until(lambda: yard.guest.asked > 2)
    yard.guest.error = None
    await until(lambda: list(yard.groups.names()))


async def test_a_group_that_cannot_be_had_is_said_and_keeps_nobody_from_starting(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    yard.groups.folder.write_text("in the way")
    guest: Any = yard.guest
    assert yard.caps.before_start(guest) == ""
    assert "the memory of QEMU in" in caplog.text and "is not capped" in caplog.text


async def test_halt_removes_what_the_service_recorded(tmp_path: Path) -> None:
    groups = MemoryGroups.below(tmp_path, 1, tmp_path / "data")
    (groups.folder / NAME).mkdir(parents=True)
    (tmp_path / "data").mkdir()
    groups.record(tmp_path / "data")
    assert await ending.end_all(tmp_path / "data") == []
    assert not groups.folder.exists()


# the kernel


@pytest.fixture
async def groups(tmp_path: Path) -> AsyncIterator[MemoryGroups]:
    answer, version, folder = probe.cgroup(Path("/proc"), "memory")
    if folder is None:
        pytest.skip(f"memory cannot be capped here: {answer.reason}")
    made = MemoryGroups.below(folder, version, tmp_path)
    yield made
    for name in list(made.names()):
        await made.remove(name)
    assert not made.folder.exists()


async def test_who_takes_more_than_the_cap_is_ended_alone_and_it_is_known_why(groups: MemoryGroups, core: Core) -> None:
    group = groups.limit(NAME, 128)
    heard = 0
    for _ in range(2):  # what the group has seen before does not count
        await core.start(memory_group=str(group), since=heard)
        await core.until("started")
        assert str((await core.link.request("status"))["pid"]) in (group / "cgroup.procs").read_text().split()
        await core.direct(greedy=64)
        assert not core.find("ended"), "below the cap it lives"
        await core.direct(greedy=256)
        ended = await core.until("ended")
        assert ended.data["starved"] and ended.data["status"] == -9
        assert (
            ended.data["reason"] == "the host's kernel ended QEMU for want of memory: 128 MiB is the most it may have"
        )
        await core.dismiss()
        heard = ended.number
        core.notices.clear()


async def test_who_is_killed_otherwise_is_not_said_to_have_wanted_memory(groups: MemoryGroups, core: Core) -> None:
    await core.start(memory_group=str(groups.limit(NAME, 512)))
    await core.until("started")
    await core.direct(dead=-9)
    ended = await core.until("ended")
    assert "starved" not in ended.data and ended.data["reason"] == "QEMU was killed by SIGKILL"


async def test_a_group_that_is_gone_keeps_no_qemu_from_starting(core: Core, tmp_path: Path) -> None:
    await core.start(memory_group=str(tmp_path / "gone"))
    await core.until("started")
    await core.link.request("quit")
    await core.until("ended")
