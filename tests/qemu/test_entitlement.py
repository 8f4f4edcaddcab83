"""Processor time by control groups: the numbers, and where this host lets us, the time itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.hypervisor.qemu.entitlement import Entitlement, Group
from openlpar.qemu_host import probe

BUSY = "while True: pass"


def _group(tmp_path: Path, version: int) -> Group:
    group = Group(tmp_path, version, "openlpar-0a0b")
    group.folder.mkdir()
    names = {
        1: ("cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.shares", "tasks"),
        2: ("cpu.max", "cpu.weight", "cgroup.procs"),
    }
    for name in names[version]:
        (group.folder / name).touch()
    return group


def _written(group: Group) -> dict[str, str]:
    return {path.name: path.read_text() for path in group.folder.iterdir()}


def test_a_capped_partition_has_a_quota(tmp_path: Path) -> None:
    group = _group(tmp_path, 1)
    group.entitle(Entitlement(0.5, capped=True), 1, [11])
    assert _written(group) == {
        "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000", "cpu.shares": "512", "tasks": "11",
    }  # fmt: skip


def test_an_uncapped_partition_has_a_share_by_units_and_weight(tmp_path: Path) -> None:
    group = _group(tmp_path, 1)
    group.entitle(Entitlement(2.0, capped=False, weight=64), 1, [])
    assert _written(group)["cpu.cfs_quota_us"] == "-1"
    assert _written(group)["cpu.shares"] == "1024"


def test_version_2_takes_the_whole_process(tmp_path: Path) -> None:
    group = _group(tmp_path, 2)
    group.entitle(Entitlement(0.2, capped=True), 4711, [11, 12])
    assert _written(group) == {"cpu.max": "20000 100000", "cpu.weight": "20", "cgroup.procs": "4711"}
    group.entitle(Entitlement(1.5, capped=False, weight=255), 4711, [])
    assert _written(group)["cpu.max"].startswith("max 100000")
    assert _written(group)["cpu.weight"].startswith("299")


@pytest.mark.parametrize(("units", "weight"), [(0.0, 0), (1000.0, 255)])
def test_the_kernel_is_given_nothing_beyond_its_limits(tmp_path: Path, units: float, weight: int) -> None:
    group = _group(tmp_path, 1)
    group.entitle(Entitlement(units, capped=False, weight=weight), 1, [])
    assert 2 <= int(_written(group)["cpu.shares"]) <= 262_144


@pytest.fixture
async def group() -> AsyncIterator[Group]:
    found = probe.cgroup(Path("/proc"))
    if not found[0]:
        pytest.skip(f"no control groups here: {found[0].reason}")
    assert found[2] is not None
    made = Group(found[2], found[1], f"openlpar-test-{os.getpid()}")
    yield made
    await made.remove()
    assert not made.folder.exists()


async def test_the_kernel_holds_a_process_to_it(group: Group) -> None:
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        group.entitle(Entitlement(0.1, capped=True), process.pid, [process.pid])
        before, began = _cpu_s(process.pid), time.monotonic()
        while time.monotonic() - began < 1.0:
            await asyncio.sleep(0.05)
        used = (_cpu_s(process.pid) - before) / (time.monotonic() - began)
    finally:
        process.kill()
        process.wait()
    assert used < 0.3


async def test_a_group_that_is_gone_is_removed_again(group: Group) -> None:
    await group.remove()


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
