"""Kill -9 of whatever has a part in a migration, at any moment: the partition runs in one place at most, and all agree on where."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from openlpar.qemu_host.kit import GuestKit
from tests.qemu_partitions.neighbours import Neighbour, Neighbours, TravellingWriter, neighbours
from tests.qemu_scenarios.site import until

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(3600), pytest.mark.xdist_group("qemu_partitions")]

NAME = "mover"
ROUNDS = int(os.environ.get("ROUNDS", "12"))


@pytest.fixture
def two(kit: GuestKit) -> Iterator[Neighbours]:
    with neighbours(kit) as made:
        yield made


def _pid_in(site: Neighbour, uuid: str, name: str) -> int:
    text = (site.place(uuid) / name).read_text()
    return int(text)


VICTIMS: dict[str, Callable[[Neighbour, Neighbour, str], int]] = {
    "the source's service": lambda here, there, uuid: here.server.process.pid,
    "the target's service": lambda here, there, uuid: there.server.process.pid,
    "the source's supervisor": lambda here, there, uuid: _pid_in(here, uuid, "supervisor.pid"),
    "the target's supervisor": lambda here, there, uuid: _pid_in(there, uuid, "supervisor.pid"),
    "the target's QEMU": lambda here, there, uuid: _pid_in(there, uuid, "qemu.pid"),
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_kill_on_the_way(two: Neighbours, victim: str) -> None:
    chance = random.Random(victim)
    two.gannet.cheap(NAME, data_gb=1)
    two.gannet.power_on(NAME)
    writer = TravellingWriter(two.gannet, NAME)
    writer.begin()
    uuid = two.gannet.partition(NAME).uuid
    for number in range(ROUNDS):
        here = writer.site
        assert isinstance(here, Neighbour)
        there = two.osprey if here is two.gannet else two.gannet
        moment = chance.uniform(0.2, 2.5)
        print(f"round {number}: {victim} of {here.name} after {moment:.2f} s", flush=True)
        writer.said()  # before its log may be removed
        moving = here.begin_to_move(NAME, there)
        time.sleep(moment)
        with contextlib.suppress(OSError, ValueError):  # it is not there yet, or not any more
            os.kill(VICTIMS[victim](here, there, uuid), signal.SIGKILL)
        _assert_one_runs(two)
        time.sleep(chance.uniform(0, 1))
        for site in two.both:
            if site.server.process.poll() is not None:
                site.start()
        moving.communicate(timeout=120)
        until(lambda: _is_settled(two), "the end of the migration", 120)
        _assert_one_runs(two)
        (writer.site,) = two.where(NAME)
        now = writer.site
        assert isinstance(now, Neighbour)
        if now.state(NAME) == "not activated":  # what ran it was killed
            assert not now.runs()
            now.power_on(NAME)
            writer.begin()
        writer.goes_on()
        writer.check_disk()


def _is_settled(two: Neighbours) -> bool:
    """One system has it, and nothing of it is left at the other one."""
    owners = two.where(NAME)
    if len(owners) != 1 or owners[0].state(NAME) not in ("running", "not activated"):
        return False
    (other,) = (site for site in two.both if site is not owners[0])
    return not other.runs() and bool(owners[0].runs()) == (owners[0].state(NAME) == "running")


def _assert_one_runs(two: Neighbours) -> None:
    """QEMU itself says whether it lets a guest run."""
    running = [site.name for site in two.both if site.guest_runs()]
    assert len(running) <= 1, running
