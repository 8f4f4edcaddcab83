"""The QEMU back end between state and supervisors. Nothing is run: journals are written by hand, supervisors are fakes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.engine.jobs import Jobs
from openlpar.hypervisor.qemu import backend as backends
from openlpar.hypervisor.qemu import host, journal, link, states
from openlpar.hypervisor.qemu.backend import Qemu
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.hardware import hardware
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.journal import Journal
from openlpar.hypervisor.qemu.launch import CannotLaunch
from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.ops.core import Edges
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.lpar.observe import observe
from openlpar.ports.hypervisor import Boot, HostUnfit, Stop, Surroundings
from openlpar.ports.options import Options, Uplink
from openlpar.ports.records import Activation, Console, Job
from openlpar.uom.logical_partition import LogicalPartition
from tests.ops.small_system import open_system, wished
from tests.qemu.conftest import until

OLD = Host(
    "pseries-7.2",
    core_remove=False,
    no_core_removal="QEMU 7.2.22 crashes after a processor was removed from a running partition; 11.0 does not",
    remedy="Run 'openlpar setup-qemu'.",
)


class Works:
    """An engine with this back end and one partition."""

    hypervisor: Qemu
    engine: Engine
    jobs: Jobs
    uuid: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.starts: list[list[str]] = []

    async def begin(self) -> None:
        self.engine, self.jobs = open_system(self.folder / "s", "real")
        await self.engine.start()
        if not list(self.engine.state.all(LogicalPartition)):
            await self.engine.run(CreatePartition(wished("vm1")))
        (partition,) = self.engine.state.all(LogicalPartition)
        self.uuid = partition.uuid
        self._take_back_end()

    def _take_back_end(self) -> None:
        surroundings = Surroundings(
            observe, self.engine.alter, self.engine.state, self.folder / "q", options=Options(uplink=Uplink.NONE)
        )
        self.hypervisor = Qemu(surroundings)
        self.hypervisor._outside.converge = _nothing_to_do  # type: ignore[method-assign]
        edges: Any = self.hypervisor
        self.engine.edges = Edges(edges, self.engine.edges.io_server)

    async def open(self) -> None:
        await self.hypervisor.open()
        await self.engine.settled()

    async def end(self) -> None:
        await self.hypervisor.close()
        await self.engine.stop()

    @property
    def partition(self) -> LogicalPartition:
        return self.engine.state.get(LogicalPartition, self.uuid)

    @property
    def run(self) -> Path:
        return self.hypervisor._run(self.uuid)

    def happened(self, *kinds: str, **data: Any) -> int:
        """Writes it down as a supervisor does that is gone since. The number of the last notice."""
        self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = Journal(self.run / journal.FILE, lambda: 0)
        for kind in kinds:
            written.add(kind, **(data if kind == kinds[-1] else {}))
        written.close()
        return written.number

    def activated(self, state: str = "running", **fields: Any) -> None:
        with self.engine.alter() as change:
            change.put(Activation(uuid=self.uuid, **fields))
            change.put(self.partition.evolve(state=state))

    async def job(self, operation: str = "PowerOn", **parameters: str) -> str:
        job = await self.jobs.submit("LogicalPartition", self.uuid, operation, parameters, NOBODY)
        await until(lambda: self.engine.state.get(Job, job.uuid).status != "NOT_STARTED")
        return job.uuid

    async def until_failed(self, job: str) -> str:
        """What the job says, which has to end with an error."""
        await until(lambda: self.engine.state.get(Job, job).status == "COMPLETED_WITH_ERROR")
        return self.engine.state.get(Job, job).message


async def _nothing_to_do() -> bool:
    return True


@pytest.fixture
async def works(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Works]:
    """Not opened yet. No partition can be started."""
    made = Works(Path(tempfile.mkdtemp(prefix="ol")))

    async def start(run: Path, told: Any, *arguments: Any) -> Any:
        made.starts.append(told.argv)
        raise CannotLaunch("there is no room")

    monkeypatch.setattr(host, "found", lambda: OLD)
    monkeypatch.setattr(link, "start", start)
    await made.begin()
    yield made
    await made.end()
    shutil.rmtree(made.folder)


class FakeGuest:
    """A partition that runs. answer: to whatever it is asked."""

    def __init__(self, uuid: str, answer: Any) -> None:
        self.has_left = False
        self.uuid, self._answer = uuid, answer
        self.asked: list[str] = []
        self.answering: Any = lambda: None
        self.save_to = None
        self.has_left = False

    async def request(self, do: str, limit_s: float = 0, **arguments: Any) -> Any:
        self.asked.append(do)
        self.answering()
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def has_link(self) -> bool:
        return False

    async def close(self) -> None:
        """It stays."""


def running(works: Works, answer: Any) -> None:
    guest: Any = FakeGuest(works.uuid, answer)
    works.hypervisor._guests[works.uuid] = guest


def cores(partition: LogicalPartition, count: int) -> LogicalPartition:
    shared = partition.proc_config.shared_proc_cfg.evolve(desired_virtual=count)
    return partition.evolve(proc_config=partition.proc_config.evolve(has_dedicated=False, shared_proc_cfg=shared))


def memory(partition: LogicalPartition, mib: int) -> LogicalPartition:
    return partition.evolve(mem_config=partition.mem_config.evolve(desired=mib))


# changing a partition that runs


async def test_an_old_qemu_is_not_asked_to_remove_a_core(works: Works) -> None:
    await works.open()
    running(works, {"real": 1, "reason": ""})
    with pytest.raises(Failure) as caught:
        await works.hypervisor.resize(cores(works.partition, 2), cores(works.partition, 1))
    assert caught.value.message is say.NO_CORE_REMOVAL
    assert "QEMU 7.2.22 crashes" in str(caught.value)
    assert caught.value.remedy == "Run 'openlpar setup-qemu'. Or power the partition off to change it."
    added = await works.hypervisor.resize(cores(works.partition, 1), cores(works.partition, 2))
    assert added.partition.proc_config.shared_proc_cfg.desired_virtual == 1


@pytest.mark.parametrize("answer", [None, link.Lost("the supervisor has ended")])
async def test_a_partition_without_a_supervisor_is_not_changed(works: Works, answer: Any) -> None:
    await works.open()
    if answer is not None:
        running(works, answer)
    with pytest.raises(Failure) as caught:
        await works.hypervisor.resize(memory(works.partition, 1024), memory(works.partition, 1280))
    assert caught.value.message is say.SUPERVISOR_LOST


async def test_what_the_guest_refuses_is_what_it_has(works: Works) -> None:
    await works.open()
    running(works, Refused("the guest kept it"))
    resized = await works.hypervisor.resize(memory(works.partition, 1280), memory(works.partition, 1024))
    assert resized.partition.mem_config.desired == 1280
    assert resized.reason == "the guest kept it"


async def test_what_the_guest_does_in_part_is_said(works: Works) -> None:
    await works.open()
    running(works, {"real": 1280, "reason": "the rest is in use", "mib": None})
    resized = await works.hypervisor.resize(memory(works.partition, 1536), memory(works.partition, 1024))
    assert (resized.partition.mem_config.desired, resized.reason) == (1280, "the rest is in use")


async def test_what_the_guest_gives_up_long_after_it_was_asked_is_taken_into_the_state(works: Works) -> None:
    with works.engine.alter() as change:
        change.put(memory(works.partition, 1024))
    works.happened("launched", "started", "running", "resized", memory_mib=768, cores=1)
    works.activated(position=3)
    await works.open()
    await until(lambda: works.partition.state == "not activated")  # there is no process any more
    assert works.partition.mem_config.desired == 768


# dumps


@pytest.mark.parametrize("reacts", [False, True])
async def test_a_guest_that_takes_no_notice_of_the_dump_request_is_restarted_hard(
    works: Works, monkeypatch: pytest.MonkeyPatch, reacts: bool
) -> None:
    monkeypatch.setattr(backends, "_DUMP_S", 0.01)
    await works.open()
    works.activated(restart=True, position=1)
    running(works, {})
    guest: Any = works.hypervisor._guests[works.uuid]
    if reacts:
        guest.answering = lambda: works.hypervisor._hear(guest, journal.Notice(2, 0, "agent", {"active": False}))
    await works.hypervisor._stop(works.uuid, Stop.DUMP)
    assert guest.asked == (["nmi"] if reacts else ["nmi", "quit"])


async def test_a_guest_that_restarts_by_itself_after_its_dump_is_not_restarted_again(works: Works) -> None:
    await works.open()
    works.activated(restart=True, position=1)
    running(works, {})
    guest: Any = works.hypervisor._guests[works.uuid]
    works.hypervisor._hear(guest, journal.Notice(2, 0, "reset", {"reason": "guest-reset", "guest": True}))
    assert works.engine.state.get(Activation, works.uuid) == Activation(uuid=works.uuid, position=2)


# starting


async def test_a_partition_that_cannot_be_started_is_off_and_its_job_says_why(works: Works) -> None:
    await works.open()
    job = await works.job()
    assert "there is no room" in await works.until_failed(job)
    assert works.partition.state == "not activated"
    assert not works.engine.state.find(Activation, works.uuid)


async def test_a_partition_that_ends_while_it_starts_ends_its_job(works: Works) -> None:
    await works.open()
    job = await works.job()
    await works.until_failed(job)
    guest = Guest(works.uuid, works.run, works.hypervisor._hear, works.hypervisor._show)
    guest._link.set_exception(link.Lost("gone"))
    works.hypervisor._guests[works.uuid] = guest
    works.activated("starting")
    with works.engine.alter() as change:
        started = works.engine.state.get(Job, job)
        change.put(Job(uuid=job, group=started.group, target=works.uuid, operation="PowerOn", status="RUNNING",
                       awaits=("running",)))  # fmt: skip
    guest.hear(journal.Notice(3, 0, "ended", {"status": 1, "reason": "QEMU ended with status 1: no such disk"}))
    assert "no such disk" in await works.until_failed(job)
    assert works.partition.state == "not activated"


def ended_for_want_of_memory(works: Works) -> None:
    guest = Guest(works.uuid, works.run, works.hypervisor._hear, works.hypervisor._show)
    guest._link.set_exception(link.Lost("gone"))
    works.hypervisor._guests[works.uuid] = guest
    works.activated("running")
    why = {"status": -9, "reason": "the host's kernel ended QEMU for want of memory", "starved": True}
    guest.hear(journal.Notice(3, 0, "ended", why))


async def test_one_that_the_kernel_ended_for_want_of_memory_is_in_error_until_somebody_takes_note(works: Works) -> None:
    await works.open()
    ended_for_want_of_memory(works)
    assert (works.partition.state, works.partition.ref_code) == ("error", "Host memory exhausted")
    assert works.partition.ref_code_full == "the host's kernel ended QEMU for want of memory"
    assert not works.engine.state.find(Activation, works.uuid)
    await works.hypervisor._adopt_guests()
    assert works.partition.state == "error", "also when the service was restarted"
    with works.engine.alter() as change:
        works.hypervisor.stop(change, works.partition, Stop.HARD, restart=False)
    assert works.partition.state == "not activated"


async def test_one_that_is_in_error_for_want_of_memory_can_be_restarted(works: Works) -> None:
    await works.open()
    ended_for_want_of_memory(works)
    with works.engine.alter() as change:
        works.hypervisor.stop(change, works.partition, Stop.HARD, restart=True)
    await until(lambda: works.starts, "its start")


async def test_a_saved_state_that_cannot_be_used_is_removed(works: Works) -> None:
    """Or it would keep partitions from starting for ever."""
    works.hypervisor.surroundings = replace(
        works.hypervisor.surroundings, options=Options(saved_states=works.folder / "states")
    )
    await works.open()
    made = hardware(works.engine.state, works.partition, Boot(), None)
    state = states.file_of(works.folder / "states", made, OLD)
    assert state is not None
    state.parent.mkdir()
    state.write_text("damaged")
    await works.until_failed(await works.job())
    assert works.starts[0][-2:] == ["-incoming", f"file:{state}"]
    assert state.exists()  # it was not its fault
    guest = Guest(works.uuid, works.run, works.hypervisor._hear, works.hypervisor._show)
    guest._link.set_exception(link.Lost("gone"))
    works.hypervisor._guests[works.uuid] = guest
    guest.restored_from = state
    guest.hear(
        journal.Notice(9, 0, "ended", {"status": 1, "reason": "QEMU ended with status 1: load of migration failed"})
    )
    assert not state.exists()


# after a restart of the service


@pytest.mark.parametrize("last", ["running", "ended"])
async def test_a_partition_that_died_while_nobody_looked_is_off(works: Works, last: str) -> None:
    """Killed with its supervisor, or ended in order."""
    works.happened("launched", "started", "running", *["ended"] * (last == "ended"), reason="guest-shutdown")
    works.activated(position=2)
    await works.open()
    await until(lambda: works.partition.state == "not activated")
    assert not works.engine.state.find(Activation, works.uuid)


async def test_what_happened_while_nobody_looked_is_taken_in_order(works: Works) -> None:
    states: list[str] = []
    observed = works.hypervisor.report

    def noted(change: Any, uuid: str, seen: Any) -> None:
        states.append(seen.state)
        observed(change, uuid, seen)

    works.hypervisor.report = noted
    works.happened("launched", "started", "ended", reason="it was killed")
    works.happened("launched", "started", "running", "shutdown", "ended", reason="guest-shutdown")
    works.activated(position=3)
    await works.open()
    await until(lambda: works.partition.state == "not activated")
    assert states == ["starting", "running", "shutting down", "not activated"]


async def test_a_start_that_was_acknowledged_goes_on(works: Works) -> None:
    """The service was killed between its word and its deed. What the partition did before is old."""
    works.happened("launched", "ended", reason="long ago")
    works.activated("starting", position=2, mode="of")
    await works.open()
    await until(lambda: works.starts)
    assert "auto-boot?=false" in works.starts[0]


async def test_a_partition_that_the_state_does_not_know_to_run_is_off(works: Works) -> None:
    with works.engine.alter() as change:
        change.put(works.partition.evolve(state="running"))
    await works.open()
    assert works.partition.state == "not activated"


async def test_folders_of_partitions_that_are_gone_are_removed(works: Works) -> None:
    stray = works.run.parent / "01234567"
    stray.mkdir(mode=0o700, parents=True)
    works.happened("launched", "ended")
    await works.open()
    assert not stray.exists()
    assert works.run.exists()


async def test_nothing_stays_of_a_partition_that_is_deleted(works: Works) -> None:
    await works.open()
    works.happened("launched", "ended")
    network = works.hypervisor._network
    network.mkdir(parents=True)
    for name in (f"{works.partition.id}-3.g", f"{works.partition.id}1-3.g"):
        os.mknod(network / name)
    with works.engine.alter() as change:
        works.hypervisor.undefine(change, works.partition)
    await works.engine.settled()
    assert not works.run.exists()
    assert [path.name for path in network.iterdir()] == [f"{works.partition.id}1-3.g"]


async def test_the_console_goes_on_where_it_was(works: Works) -> None:
    await works.open()
    works.activated(shown=0)
    guest = Guest(works.uuid, works.run, works.hypervisor._hear, works.hypervisor._show)
    reached: Any = type("FakeLink", (), {"position": 9000, "close": _nothing_to_do})()
    guest.linked(reached)
    guest.show("what is left of 9000 characters")
    guest.flush()
    assert works.engine.state.get(Activation, works.uuid).shown == 9000
    assert works.engine.state.get(Console, works.uuid).text == "what is left of 9000 characters"


async def test_a_path_that_is_too_long_for_sockets_is_refused(works: Works) -> None:
    works.hypervisor._folder = works.folder / ("x" * 80)
    with pytest.raises(HostUnfit, match=r"too long for the sockets below it\. Choose a shorter --data"):
        await works.hypervisor.open()
    works.hypervisor._folder = works.folder / "q"
    await works.open()
