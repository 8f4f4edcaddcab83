"""What becomes of a resize when the guest does not do all that was wished, and of a power command that comes to nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.engine.jobs import Jobs
from openlpar.messages import Failure, general
from openlpar.messages import partition as say
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.lpar.observe import observe
from openlpar.ops.lpar.update import UpdatePartition
from openlpar.ports.hypervisor import Observation, Resized, Resource
from openlpar.ports.records import Job
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from tests.ops.small_system import open_system, wished

Answer = Callable[[BasePartition, BasePartition], Resized]


class Guest:
    """A hypervisor whose guest answers as the test says. asked: (memory before, memory after) of each time it was asked."""

    def __init__(self, inner: Any, answer: Answer) -> None:
        self._inner, self._answer = inner, answer
        self.asked: list[tuple[int, int]] = []
        self.forced: list[bool] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def resize(self, before: BasePartition, after: BasePartition, force: bool = False) -> Resized:
        self.asked.append((before.mem_config.desired, after.mem_config.desired))
        self.forced.append(force)
        return self._answer(before, after)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine, jobs = open_system(tmp_path / "data", "stepped")
    await engine.start()
    profile = PartitionMemoryConfiguration(min=512, desired=1024, max=2048)
    await engine.run(CreatePartition(wished("vm1").evolve(mem_config=profile)))
    await jobs.submit("LogicalPartition", running(engine).uuid, "PowerOn", {}, NOBODY)
    await engine.step(600_000)
    assert running(engine).rmc_state == "active"
    yield engine
    await engine.stop()


def running(engine: Engine) -> LogicalPartition:
    return next(engine.state.all(LogicalPartition))


def answers(engine: Engine, answer: Answer) -> Guest:
    guest = Guest(engine.edges.hypervisor, answer)
    hypervisor: Any = guest
    engine.edges = replace(engine.edges, hypervisor=hypervisor)
    return guest


def bigger(engine: Engine, memory_mb: int) -> UpdatePartition:
    now = running(engine)
    return UpdatePartition(now.uuid, now.evolve(mem_config=now.mem_config.evolve(desired=memory_mb)))


async def test_a_guest_that_gave_something_up_late_has_less_of_it(engine: Engine) -> None:
    before = running(engine)
    with engine.alter() as change:
        observe(change, before.uuid, Observation(memory_mb=768, processors=before.proc_config.processors))
    memory = running(engine).mem_config
    assert (memory.desired, memory.current, memory.runtime) == (768, 768, 768)
    assert running(engine).proc_config == before.proc_config


async def test_force_reaches_the_guest(engine: Engine) -> None:
    guest = answers(engine, lambda before, after: Resized(after))
    operation = bigger(engine, 1280)
    operation.force = True
    await engine.run(operation)
    await engine.run(bigger(engine, 1536))
    assert guest.forced == [True, False]


def gives(memory_mb: int) -> Answer:
    def answer(before: BasePartition, after: BasePartition) -> Resized:
        return Resized(after.evolve(mem_config=after.mem_config.evolve(desired=memory_mb)), "out of hot-plug slots")

    return answer


async def test_a_guest_that_takes_less_is_told_to_the_client_and_what_it_took_stays(engine: Engine) -> None:
    answers(engine, gives(1280))
    with pytest.raises(Failure) as caught:
        await engine.run(bigger(engine, 1536))
    assert caught.value.message is say.DLPAR_PARTIAL
    assert "1280 MB of memory now instead of the 1536 MB" in str(caught.value)
    memory = running(engine).mem_config
    assert (memory.desired, memory.current, memory.runtime) == (1280, 1280, 1280)


async def test_a_guest_that_takes_nothing_leaves_everything_as_it_was(engine: Engine) -> None:
    answers(engine, gives(1024))
    before = running(engine)
    with pytest.raises(Failure) as caught:
        await engine.run(bigger(engine, 1536))
    assert caught.value.message is say.DLPAR_REFUSED
    assert "out of hot-plug slots" in str(caught.value)
    assert running(engine) == before


async def test_a_guest_gives_back_what_it_got_when_the_change_cannot_be_written(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = answers(engine, lambda before, after: Resized(after))

    def full(batch: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(engine._store, "write", full)
        with pytest.raises(Failure) as caught:
            await engine.run(bigger(engine, 1536))
    assert caught.value.message is general.STORE_FAILED
    assert guest.asked == [(1024, 1536), (1536, 1024)]
    assert guest.forced == [False, True], "it was given to the guest just before"
    assert running(engine).mem_config.current == 1024


async def test_what_a_guest_cannot_change_is_refused_before_it_is_asked(engine: Engine) -> None:
    guest = answers(engine, lambda before, after: Resized(after))
    with engine.alter() as change:
        observe(change, running(engine).uuid, Observation(rmc="active", dlpar=frozenset({Resource.PROCESSORS})))
    with pytest.raises(Failure) as caught:
        await engine.run(bigger(engine, 1536))
    assert caught.value.message is say.DLPAR_NOT_CAPABLE
    assert not guest.asked


async def test_a_job_ends_when_its_power_command_comes_to_nothing(engine: Engine) -> None:
    jobs = Jobs(engine)
    job = await jobs.submit("LogicalPartition", running(engine).uuid, "PowerOff", {"operation": "osshutdown"}, NOBODY)
    await engine.step(10)
    assert engine.state.get(Job, job.uuid).status == "RUNNING"
    with engine.alter() as change:
        observe(change, running(engine).uuid, Observation(failed="the guest agent does not answer"))
    await engine.settled()
    ended = engine.state.get(Job, job.uuid)
    assert ended.status == "COMPLETED_WITH_ERROR"
    assert ended.message.startswith(f"[{say.POWER_FAILED.id}]")
    assert "the guest agent does not answer" in ended.results["result"]
