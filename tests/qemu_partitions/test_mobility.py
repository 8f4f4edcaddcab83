"""Partitions move between two systems while they run, and each runs in one place whatever happens."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
from collections.abc import Iterator

import pytest

from openlpar.hypervisor.qemu import journal
from openlpar.messages import mobility as say
from openlpar.qemu_host.kit import GuestKit
from tests.qemu_partitions.neighbours import Neighbours, TravellingWriter, neighbours
from tests.qemu_partitions.site import Typist
from tests.qemu_scenarios.site import BOOT_S, until

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

ROOM = ("max_virtual=4", "max_units=2", "desired_units=0.4")
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def two(kit: GuestKit) -> Iterator[Neighbours]:
    with neighbours(kit) as made:
        yield made


@pytest.fixture
def writer(two: Neighbours) -> Iterator[TravellingWriter]:
    """On gannet, it writes; afterwards it is removed wherever it is."""
    name = f"mover{next(_NUMBERS)}"
    two.gannet.cheap(name, data_gb=1, network="--slot 2 --pvid 1 --mac 32250307AB01 --vswitch ETHERNET0")
    processors = " ".join(f"SharedProcessorConfiguration.{wish}" for wish in ROOM)
    memory = "PartitionMemoryConfiguration.max=2048 PartitionMemoryConfiguration.min=512"
    two.gannet.pvmctl(f"lpar update -i name={name} -s {processors} {memory}")
    two.gannet.power_on(name)
    made = TravellingWriter(two.gannet, name)
    made.begin()
    yield made
    (here,) = two.where(name)
    here.remove(name)


def inside(typist: Typist, command: str) -> str:
    """What a command prints, without what the writer says meanwhile."""
    return re.sub(r"ACK \d+\.\s*", "", typist.sh(command)).strip()


def test_a_busy_partition_moves_there_and_back(two: Neighbours, writer: TravellingWriter) -> None:
    """With memory and a processor that were added while it ran, and a disk that was mapped then."""
    here, there = two.gannet, two.osprey
    uuid = here.partition(writer.name).uuid
    here.pvmctl(f"lpar update -i name={writer.name} -s PartitionMemoryConfiguration.desired=1024")
    here.pvmctl(f"lpar update -i name={writer.name} -s SharedProcessorConfiguration.desired_virtual=2")
    with here.typist(writer.name) as typist:
        until(lambda: inside(typist, "nproc") == "2", "the second processor")
        inside(typist, "marker=alive; mkdir -p /run/x; echo kept >/run/x/file")
        mac = inside(typist, "cat /sys/class/net/eth0/address")
        memory = inside(typist, "sed -n 's/MemTotal: *//p' /proc/meminfo")
    for source, target in ((here, there), (there, here)):
        writer.goes_on()
        with writer.travelling(target):
            source.move(writer.name, target)
        assert two.where(writer.name) == [target]
        until(lambda: not source.runs() and not source.place(uuid).exists(), "the end of what was left")  # noqa: B023
        assert target.partition(writer.name).state == "running"
        writer.goes_on()
        with target.typist(writer.name) as typist:
            seen = inside(typist, "echo $marker $(cat /run/x/file) $(nproc) $(cat /sys/class/net/eth0/address)")
            assert seen == f"alive kept 2 {mac}"
            assert inside(typist, "sed -n 's/MemTotal: *//p' /proc/meminfo") == memory
        writer.check()
        until(lambda: target.partition(writer.name).rmc_state == "active", "RMC")  # noqa: B023
    here.pvmctl(f"lpar update -i name={writer.name} -s SharedProcessorConfiguration.desired_virtual=1")
    here.pvmctl(f"lpar update -i name={writer.name} -s PartitionMemoryConfiguration.desired=512")
    assert here.partition(writer.name).mem_config.current == 512
    writer.check()


def held_up(two: Neighbours, writer: TravellingWriter) -> subprocess.Popen[str]:
    """It is being sent, and its memory does not get through: where it is to arrive, QEMU stands still."""
    here, there = two.gannet, two.osprey
    run = there.place(here.partition(writer.name).uuid)
    moving = here.begin_to_move(writer.name, there)
    until(lambda: (run / "qemu.pid").exists() and (run / "qemu.pid").read_text().strip(), "the other QEMU", BOOT_S)
    until(lambda: any(n.kind == "expecting" for n in journal.read(run / journal.FILE)), "its readiness", BOOT_S)
    os.kill(int((run / "qemu.pid").read_text()), signal.SIGSTOP)
    until(lambda: any(n.kind == "moving" for n in here.notices(writer.name)), "the sending")
    assert here.state(writer.name) == "migrating running"
    return moving


def test_one_that_is_stopped_on_its_way_stays(two: Neighbours, writer: TravellingWriter) -> None:
    moving = held_up(two, writer)
    two.gannet.pvmctl(f"lpar migrate-stop -i name={writer.name}")
    assert say.STOPPED.id in _failed(moving)
    stays(two, writer)


def test_one_whose_target_dies_stays(two: Neighbours, writer: TravellingWriter) -> None:
    uuid = two.gannet.partition(writer.name).uuid
    moving = held_up(two, writer)
    os.kill(int((two.osprey.place(uuid) / "qemu.pid").read_text()), signal.SIGKILL)
    assert say.NOT_MOVED.id in _failed(moving)
    stays(two, writer)


def _failed(moving: subprocess.Popen[str]) -> str:
    said, _ = moving.communicate(timeout=60)
    assert moving.returncode == 1, said
    return said


def stays(two: Neighbours, writer: TravellingWriter) -> None:
    assert two.gannet.state(writer.name) == "running"
    writer.goes_on()
    writer.check()
    until(lambda: not two.osprey.has(writer.name) and not two.osprey.runs(), "the end of its place")
    assert not [n for n in two.gannet.notices(writer.name) if n.kind in ("stopped", "sent", "stays")]


def test_one_that_is_off_moves_and_starts_there(two: Neighbours, writer: TravellingWriter) -> None:
    here, there = two.both
    here.pvmctl(f"lpar power-off -i name={writer.name} --hard")
    here.move(writer.name, there)
    assert two.where(writer.name) == [there]
    there.power_on(writer.name)
    with there.typist(writer.name) as typist:
        assert inside(typist, "echo is there") == "is there"
