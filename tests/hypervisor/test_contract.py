"""What every hypervisor back end promises (``ports.hypervisor``). The suite runs on each back end that registers itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.engine.jobs import Jobs
from openlpar.hypervisor.backend import Backend
from openlpar.ops.core import partition_of
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ports.hypervisor import Boot, Stop
from openlpar.ports.records import Console, Due, Job
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from tests.ops.small_system import open_system, wished

BACKENDS = ("sim",)


class Bench:
    """A back end in its engine with one partition."""

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self.engine = engine
        self.jobs = jobs
        self.states: list[str] = []

    @property
    def partition(self) -> BasePartition:
        found = partition_of(self.engine.state, self.uuid)
        assert found is not None
        return found

    async def begin(self) -> None:
        await self.engine.start()
        operation = await self.engine.run(CreatePartition(wished("vm1")))
        assert operation.subject is not None
        self.uuid = operation.subject[1]

    def start(self, boot: Boot | None = None) -> None:
        with self.engine.alter() as change:
            self.engine.edges.hypervisor.start(change, self.partition, boot or Boot())

    def stop(self, how: Stop, restart: bool = False) -> None:
        with self.engine.alter() as change:
            change.cancel(self.uuid, "hypervisor")
            self.engine.edges.hypervisor.stop(change, self.partition, how, restart)

    async def until(self, state: str, limit_s: int = 600) -> None:
        for _ in range(limit_s * 4):
            await self.engine.step(250)
            if not self.states or self.states[-1] != self.partition.state:
                self.states.append(self.partition.state)
            if self.partition.state == state:
                return
        raise AssertionError(f"never {state}, but {self.states}")


@pytest.fixture(params=BACKENDS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    assert Backend.named(request.param).name == request.param
    engine, jobs = open_system(tmp_path / "data", "stepped")
    made = Bench(engine, jobs)
    await made.begin()
    yield made
    await engine.stop()


async def test_a_started_partition_is_seen_starting_and_then_running(bench: Bench) -> None:
    bench.start()
    await bench.until("running")
    assert bench.states[-2:] == ["starting", "running"]
    assert bench.partition.ref_code


async def test_rmc_comes_some_time_after_the_operating_system(bench: Bench) -> None:
    bench.start()
    await bench.until("running")
    assert bench.partition.rmc_state != "active"
    await bench.engine.step(300_000)
    assert bench.partition.rmc_state == "active"


@pytest.mark.parametrize("mode", ["sms", "of", "pbl"])
async def test_a_partition_started_to_a_menu_waits_there(bench: Bench, mode: str) -> None:
    bench.start(Boot(mode=mode))
    await bench.until("open firmware")
    await bench.engine.step(600_000)
    assert bench.partition.state == "open firmware"


@pytest.mark.parametrize("how", [Stop.OS, Stop.SIGNAL, Stop.HARD])
async def test_a_stopped_partition_is_seen_off(bench: Bench, how: Stop) -> None:
    bench.start()
    await bench.until("running")
    bench.stop(how)
    await bench.until("not activated")
    assert bench.partition.ref_code == "00000000"
    assert bench.partition.rmc_state != "active"
    await bench.engine.step(600_000)
    assert bench.partition.state == "not activated"


async def test_a_restarted_partition_comes_back(bench: Bench) -> None:
    bench.start()
    await bench.until("running")
    bench.stop(Stop.HARD, restart=True)
    await bench.until("starting")
    await bench.until("running")


async def test_nothing_is_heard_of_a_partition_that_is_undefined(bench: Bench) -> None:
    with bench.engine.alter() as change:
        bench.engine.edges.hypervisor.undefine(change, bench.partition)
    assert not list(bench.engine.state.where(Due, subject=bench.uuid))


async def test_a_resize_says_what_the_guest_really_has(bench: Bench) -> None:
    bench.start()
    await bench.until("running")
    before = bench.partition
    after = before.evolve(mem_config=before.mem_config.evolve(desired=before.mem_config.desired + 256))
    real = (await bench.engine.edges.hypervisor.resize(before, after)).partition
    assert before.mem_config.desired <= real.mem_config.desired <= after.mem_config.desired


async def test_the_console_has_something_to_show_once_it_has_booted(bench: Bench) -> None:
    bench.start()
    await bench.until("running")
    assert "Linux" in bench.engine.state.get(Console, bench.uuid).text


async def test_a_boot_goes_on_after_a_restart_of_the_service(tmp_path: Path) -> None:
    engine, jobs = open_system(tmp_path / "again", "stepped")
    await engine.start()
    await engine.run(CreatePartition(wished("vm1")))
    uuid = next(engine.state.all(LogicalPartition)).uuid
    job = await jobs.submit("LogicalPartition", uuid, "PowerOn", {}, NOBODY)
    await engine.step(1000)
    assert next(engine.state.all(LogicalPartition)).state == "starting"
    engine._store.set_setting("clock", str(engine.clock.now()))
    await engine.stop()
    engine, _ = open_system(tmp_path / "again", "stepped")
    await engine.start()
    assert engine.state.get(Job, job.uuid).status == "RUNNING"
    await engine.step(120_000)
    assert next(engine.state.all(LogicalPartition)).state == "running"
    assert engine.state.get(Job, job.uuid).status == "COMPLETED_OK"
    await engine.stop()
