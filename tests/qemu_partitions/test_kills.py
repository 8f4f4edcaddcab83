"""Kill -9 at any moment under load: state and processes agree, nothing is orphaned, no acknowledged write is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.qemu_partitions.load import Commands, Writer, until_agreed
from tests.qemu_partitions.site import VIOS, Site

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.xdist_group("qemu_partitions"), pytest.mark.timeout(1800)]

WRITERS, IDLER = ("one", "two"), "three"
NAMES = (*WRITERS, IDLER)
VICTIMS: dict[str, Callable[[Site], int]] = {
    "service": lambda site: site.server.process.pid,
    "vios1": lambda site: site.daemons("vios1")[0],
    "pools": lambda site: site.daemons("pools")[0],
    "switch": lambda site: site.switch(),
    "qemu": lambda site: site.qemu("one"),
    "supervisor": lambda site: site.supervisor("two"),
}


@pytest.fixture(scope="module")
def busy(site: Site) -> list[Writer]:
    """Two partitions that write, each through a server of its own; one with both that is powered on and off; and a disk that comes
    and goes."""
    for name, vios in zip(WRITERS, VIOS, strict=True):
        site.cheap(name, data_gb=1, vioses=(vios,))
    site.cheap(IDLER, vioses=VIOS)
    site.pvmctl("lu create --name spare --size 1")
    site.power_on(*NAMES)
    writers = [Writer(site, name) for name in WRITERS]
    for writer in writers:
        writer.begin()
    return writers


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_kill_under_load(site: Site, busy: list[Writer], victim: str) -> None:
    _round(site, busy, victim, random.Random(victim))


@pytest.mark.slow
@pytest.mark.timeout(3 * 3600)
def test_a_hundred_kills_under_load(site: Site, busy: list[Writer]) -> None:
    chance = random.Random(int(os.environ.get("SEED", "1")))
    for number in range(100):
        victim = chance.choice(list(VICTIMS))
        print(f"round {number}: {victim}", flush=True)
        _round(site, busy, victim, chance)


def _round(site: Site, writers: list[Writer], victim: str, chance: random.Random) -> None:
    commands = Commands(
        site,
        f"lpar power-off -i name={IDLER} --hard",
        f"scsi create --type lu --lpar name={WRITERS[1]} --stor-id spare -p name=vios2",
        f"lpar power-on -i name={IDLER}",
        f"scsi delete --type lu --lpar name={WRITERS[1]} --stor-id spare -p name=vios2",
    )
    with commands.going_on():
        time.sleep(chance.uniform(0, 3))
        pid = VICTIMS[victim](site)
        os.kill(pid, signal.SIGKILL)
        if victim == "service":
            site.server.process.wait()
            time.sleep(chance.choice((0, chance.uniform(0, 2))))
            site.start()
        time.sleep(chance.uniform(0, 1))
    until_agreed(site, NAMES)
    _mend(site, writers)
    for writer in writers:
        writer.goes_on()
        writer.check_console()
        writer.check()


def _mend(site: Site, writers: list[Writer]) -> None:
    """Powers on again what was killed."""
    for vios in VIOS:
        if site.server_of(vios).state == "not activated":
            site.pvmctl(f"vios power-on -i name={vios}")
    for name in NAMES:
        if site.partition(name).state == "open firmware":  # it was powered on while its disks were away
            site.pvmctl(f"lpar power-off -i name={name} --hard")
        if site.partition(name).state == "not activated":
            site.power_on(name)
            for writer in writers:
                if writer.name == name:
                    writer.begin()
    until_agreed(site, NAMES)
