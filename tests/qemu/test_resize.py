"""What the back end asks of a running guest, and what it refuses before it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import Engine
from openlpar.hypervisor.qemu.backend import Qemu
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.link import Lost
from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.lpar.observe import observe
from openlpar.ports.hypervisor import Surroundings
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from tests.ops.small_system import open_system, wished

OLD = Host(
    "pseries-7.2",
    core_remove=False,
    no_core_removal="QEMU 7.2 crashes after a processor was removed",
    remedy="Run 'make setup-qemu'.",
)


class Guest:
    """Answers as the test says. asked: the requests."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.asked: list[tuple[str, dict[str, int]]] = []

    async def request(self, do: str, limit_s: float = 0, **arguments: int) -> Any:
        self.asked.append((do, arguments))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine, _ = open_system(tmp_path / "data", "stepped")
    profile = PartitionMemoryConfiguration(min=512, desired=1024, max=2048)
    engine.perform(CreatePartition(wished("vm1").evolve(mem_config=profile)))
    yield engine
    engine._store.close()


def partition(engine: Engine) -> LogicalPartition:
    return next(engine.state.all(LogicalPartition))


def backend(engine: Engine, folder: Path, host: Host, answer: Any = None) -> tuple[Qemu, Guest]:
    made = Qemu(Surroundings(observe, engine.alter, engine.state, folder / "qemu"))
    made._host = host
    guest: Any = Guest(answer)
    if answer is not None:
        made._guests[partition(engine).uuid] = guest
    return made, guest


def with_processors(engine: Engine, count: int) -> LogicalPartition:
    now = partition(engine)
    shared = now.proc_config.shared_proc_cfg.evolve(desired_virtual=count, max_virtual=4)
    return now.evolve(proc_config=now.proc_config.evolve(shared_proc_cfg=shared))


def with_memory(engine: Engine, mib: int) -> LogicalPartition:
    now = partition(engine)
    return now.evolve(mem_config=now.mem_config.evolve(desired=mib))


async def test_a_host_whose_qemu_cannot_remove_a_processor_is_not_asked_to(engine: Engine, tmp_path: Path) -> None:
    qemu, guest = backend(engine, tmp_path, OLD, {"real": 1, "reason": ""})
    with pytest.raises(Failure) as caught:
        await qemu.resize(with_processors(engine, 3), with_processors(engine, 2))
    assert caught.value.message is say.NO_CORE_REMOVAL
    assert "QEMU 7.2 crashes after a processor was removed" in str(caught.value)
    assert "'make setup-qemu'" in str(caught.value)
    assert not guest.asked


async def test_it_may_add_one(engine: Engine, tmp_path: Path) -> None:
    qemu, guest = backend(engine, tmp_path, OLD, {"real": 3, "reason": ""})
    resized = await qemu.resize(with_processors(engine, 2), with_processors(engine, 3))
    assert guest.asked == [("resize_cores", {"count": 3})]
    assert resized.partition.proc_config.shared_proc_cfg.desired_virtual == 3
    assert not resized.reason


async def test_a_guest_that_takes_less_says_why(engine: Engine, tmp_path: Path) -> None:
    qemu, guest = backend(engine, tmp_path, OLD, {"real": 1280, "reason": "no slot is left"})
    resized = await qemu.resize(with_memory(engine, 1024), with_memory(engine, 1536))
    assert guest.asked == [("resize_memory", {"mib": 1536})]
    assert (resized.partition.mem_config.desired, resized.reason) == (1280, "no slot is left")


@pytest.mark.parametrize("force", [False, True])
async def test_a_guest_without_spare_memory_gives_none_away_unless_it_must(
    engine: Engine, tmp_path: Path, force: bool
) -> None:
    qemu, guest = backend(engine, tmp_path, OLD, {"mib": 512 + 63, "real": 512, "reason": ""})
    shrinking = qemu.resize(with_memory(engine, 1024), with_memory(engine, 512), force)
    if force:
        assert (await shrinking).partition.mem_config.desired == 512
        assert guest.asked == [("resize_memory", {"mib": 512})]
        return
    with pytest.raises(Failure) as caught:
        await shrinking
    assert caught.value.message is say.GUEST_STARVED
    assert "has 575 MB to spare, 512 MB would go, and 64 MB have to be left" in str(caught.value)
    assert guest.asked == [("available_memory", {})]


@pytest.mark.parametrize("mib", [512 + 64, None])
async def test_a_guest_that_can_spare_it_or_does_not_say_is_asked(
    engine: Engine, tmp_path: Path, mib: int | None
) -> None:
    qemu, _ = backend(engine, tmp_path, OLD, {"mib": mib, "real": 512, "reason": ""})
    resized = await qemu.resize(with_memory(engine, 1024), with_memory(engine, 512))
    assert resized.partition.mem_config.desired == 512


async def test_a_refusal_leaves_what_there_was(engine: Engine, tmp_path: Path) -> None:
    qemu, _ = backend(engine, tmp_path, OLD, Refused("the guest said no"))
    resized = await qemu.resize(with_memory(engine, 1024), with_memory(engine, 1536))
    assert (resized.partition.mem_config.desired, resized.reason) == (1024, "the guest said no")


@pytest.mark.parametrize("answer", [None, Lost("it does not answer")])
async def test_a_partition_without_its_supervisor_cannot_be_asked(
    engine: Engine, tmp_path: Path, answer: Exception | None
) -> None:
    qemu, _ = backend(engine, tmp_path, OLD, answer)
    with pytest.raises(Failure) as caught:
        await qemu.resize(with_memory(engine, 1024), with_memory(engine, 1536))
    assert caught.value.message is say.SUPERVISOR_LOST
