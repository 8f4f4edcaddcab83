"""What every hypervisor back end promises (``ports.hypervisor``). The suite runs on each back end."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.engine.jobs import Jobs
from openlpar.hypervisor.backend import Backend
from openlpar.ops.core import partition_of
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ports.hypervisor import Boot, Mobile, Observation, Stop
from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Console, Due, Job
from openlpar.ports.state import Change
from openlpar.ports.terminal import Terminal
from openlpar.uom.partition import BasePartition
from tests.ops.small_system import open_system, wished
from tests.qemu.real_guest import kit
from tests.qemu_partitions.house import House
from tests.qemu_partitions.site import saved_states

BACKENDS = (
    "sim",
    pytest.param(
        "qemu", marks=[pytest.mark.qemu, pytest.mark.timeout(400), pytest.mark.xdist_group("qemu_partitions")]
    ),
)


class Plant(Protocol):
    """A service with one partition that has an operating system."""

    engine: Engine
    jobs: Jobs
    uuid: str

    async def open(self) -> None:
        """Also again, after ``close``."""
        ...

    async def close(self) -> None: ...

    async def end(self) -> None: ...

    async def turn(self) -> bool:
        """Lets some time go by. Whether there may still be something to come."""
        ...

    async def rest(self) -> None:
        """Lets so much time go by that whatever was to come has come."""
        ...

    def type(self, text: str) -> None: ...


class SimulatedPlant:
    """Time is stepped."""

    uuid = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def open(self) -> None:
        self.engine, self.jobs = open_system(self._folder, "stepped")
        await self.engine.start()
        self._left = 2_400
        if not self.uuid:
            created = await self.engine.run(CreatePartition(wished("vm1")))
            assert created.subject is not None
            self.uuid = created.subject[1]

    async def close(self) -> None:
        self.engine._store.set_setting("clock", str(self.engine.clock.now()))
        await self.engine.stop()

    async def end(self) -> None:
        await self.engine.stop()

    async def turn(self) -> bool:
        await self.engine.step(250)
        self._left -= 1
        return self._left > 0

    async def rest(self) -> None:
        await self.engine.step(600_000)

    def type(self, text: str) -> None:
        """It shows enough by itself."""


class RealPlant:
    """Time is real. The partition starts from a saved state when there is one: then its console shows nothing by itself."""

    uuid = ""

    def __init__(self) -> None:
        found = kit()
        self._house = House(found, Path(tempfile.mkdtemp(prefix="ol")), saved_states(found))

    async def open(self) -> None:
        await self._house.open()
        self.engine, self.jobs = self._house.engine, Jobs(self._house.engine)
        self._left_s = 90.0
        if not self.uuid:
            self.uuid = await self._house.bootable("vm1")

    async def close(self) -> None:
        await self._house.close()

    async def end(self) -> None:
        await self._house.end()

    async def turn(self) -> bool:
        await asyncio.sleep(0.02)
        self._left_s -= 0.02
        return self._left_s > 0

    async def rest(self) -> None:
        await asyncio.sleep(1)

    def type(self, text: str) -> None:
        with self.engine.alter() as change:
            partition = partition_of(self.engine.state, self.uuid)
            assert partition is not None
            self.engine.edges.hypervisor.type_on_console(change, partition, text, _Never())


class _Never:
    """No Virtual I/O Server is asked."""

    def run(self, command: str, terminal: Terminal) -> CommandResult:
        raise AssertionError(command)

    def log_on(self, name: str, password: str | None) -> CommandResult:
        raise AssertionError(name)


class Bench:
    """A back end in its engine with one partition, and what it reported of it."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.seen: list[Observation] = []

    @property
    def engine(self) -> Engine:
        return self.plant.engine

    @property
    def uuid(self) -> str:
        return self.plant.uuid

    @property
    def partition(self) -> BasePartition:
        found = partition_of(self.engine.state, self.uuid)
        assert found is not None
        return found

    @property
    def states(self) -> list[str]:
        """One after the other."""
        told = [seen.state for seen in self.seen if seen.state is not None]
        return [state for place, state in enumerate(told) if told[:place][-1:] != [state]]

    async def open(self) -> None:
        await self.plant.open()
        hypervisor: Any = self.engine.edges.hypervisor
        report = hypervisor.report

        def noted(change: Change, uuid: str, seen: Observation) -> None:
            if uuid == self.uuid:
                self.seen.append(seen)
            report(change, uuid, seen)

        hypervisor.report = noted

    async def restart(self) -> None:
        await self.plant.close()
        await self.open()

    def start(self, boot: Boot | None = None) -> None:
        with self.engine.alter() as change:
            self.engine.edges.hypervisor.start(change, self.partition, boot or Boot())

    def stop(self, how: Stop, restart: bool = False) -> None:
        with self.engine.alter() as change:
            change.cancel(self.uuid, "hypervisor")
            self.engine.edges.hypervisor.stop(change, self.partition, how, restart)

    async def until(self, state: str) -> None:
        await self.wait(lambda: self.partition.state == state, state)

    async def wait(self, condition: Callable[[], Any], what: str) -> None:
        while not condition():
            assert await self.plant.turn(), f"never {what}, but {self.states}"


@pytest.fixture(params=BACKENDS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    assert Backend.named(request.param).name == request.param
    plant: Plant = SimulatedPlant(tmp_path / "data") if request.param == "sim" else RealPlant()
    made = Bench(plant)
    try:
        await made.open()
        yield made
    finally:
        await plant.end()


async def test_a_started_partition_is_seen_starting_and_then_running(bench: Bench) -> None:
    bench.start()
    await bench.until("running")
    assert bench.states == ["starting", "running"]
    assert bench.partition.state == "running"


async def test_rmc_comes_after_the_operating_system(bench: Bench) -> None:
    bench.start()
    await bench.wait(lambda: bench.partition.rmc_state == "active", "active RMC")
    told = [(seen.state, seen.rmc) for seen in bench.seen]
    (runs,) = [place for place, (state, _) in enumerate(told) if state == "running"]
    assert not [rmc for _, rmc in told[: runs + 1] if rmc == "active"]
    assert bench.partition.capabilities.mem_dlpar


@pytest.mark.parametrize("mode", ["sms", "of", "pbl"])
async def test_a_partition_started_to_a_menu_waits_there(bench: Bench, mode: str) -> None:
    bench.start(Boot(mode=mode))
    await bench.until("open firmware")
    assert bench.partition.ref_code
    await bench.plant.rest()
    assert bench.partition.state == "open firmware"


@pytest.mark.parametrize("how", [Stop.OS, Stop.SIGNAL, Stop.HARD])
async def test_a_stopped_partition_is_seen_off(bench: Bench, how: Stop) -> None:
    bench.start()
    await bench.wait(lambda: bench.partition.rmc_state == "active", "active RMC")
    bench.stop(how)
    await bench.until("not activated")
    assert bench.partition.ref_code == "00000000"
    assert bench.partition.rmc_state != "active"
    await bench.plant.rest()
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
    await bench.engine.settled()
    assert not list(bench.engine.state.where(Due, subject=bench.uuid))
    assert not bench.seen


async def test_a_resize_says_what_the_guest_really_has(bench: Bench) -> None:
    bench.start()
    await bench.wait(lambda: bench.partition.rmc_state == "active", "active RMC")
    before = bench.partition
    after = before.evolve(mem_config=before.mem_config.evolve(desired=before.mem_config.desired + 256))
    real = (await bench.engine.edges.hypervisor.resize(before, after)).partition
    assert before.mem_config.desired <= real.mem_config.desired <= after.mem_config.desired


async def test_the_console_has_something_to_show_once_it_has_booted(bench: Bench) -> None:
    bench.start()
    await bench.until("running")
    bench.plant.type("uname\n")

    def shown() -> bool:
        console = bench.engine.state.find(Console, bench.uuid)
        return console is not None and "Linux" in console.text

    await bench.wait(shown, "shown on the console")


async def test_a_boot_goes_on_after_a_restart_of_the_service(bench: Bench) -> None:
    job = await bench.plant.jobs.submit("LogicalPartition", bench.uuid, "PowerOn", {}, NOBODY)
    await bench.until("starting")
    await bench.restart()
    assert bench.engine.state.get(Job, job.uuid).status == "RUNNING"
    await bench.until("running")
    assert bench.engine.state.get(Job, job.uuid).status == "COMPLETED_OK"


async def test_what_is_packed_fits_where_it_comes_from(bench: Bench) -> None:
    bench.start()
    await bench.wait(lambda: bench.partition.rmc_state == "active", "active RMC")
    hypervisor: Any = bench.engine.edges.hypervisor
    assert isinstance(hypervisor, Mobile)
    assert not list(hypervisor.hindrances(bench.partition))
    luggage = json.loads(json.dumps(await hypervisor.pack(bench.partition)))
    assert not list(hypervisor.unfit(bench.partition, luggage))


async def test_a_partition_that_is_kept_runs_on(bench: Bench) -> None:
    bench.start()
    await bench.wait(lambda: bench.partition.rmc_state == "active", "active RMC")
    hypervisor: Any = bench.engine.edges.hypervisor
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    server = await asyncio.start_unix_server(lambda reader, writer: None, folder / "there.sock")
    before = len(bench.seen)
    with bench.engine.alter() as change:
        hypervisor.send(change, bench.partition, str(folder / "there.sock"))
    await bench.wait(lambda: any(seen.moved is not None for seen in bench.seen[before:]), "moving")
    with bench.engine.alter() as change:
        hypervisor.keep(change, bench.partition)
    await bench.plant.rest()
    assert not [seen for seen in bench.seen[before:] if seen.moved == 1.0 or seen.state is not None]
    assert bench.partition.state == "running"
    server.close()
    (folder / "there.sock").unlink(missing_ok=True)
    folder.rmdir()
