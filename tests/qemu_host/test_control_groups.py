"""Where a service finds its place for control groups of version 2, by who started it. Skipped where the kernel has only version 1,
or gives us none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.qemu_host import probe

NOBODY = 65534
DELEGATED = ("", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads")
"""What systemd gives to the user of a unit with Delegate=, of its group."""

# A service in the group argv[1], as user argv[2]: what it finds, and whether it can keep a process of its own by groups there.
SERVICE = """
import asyncio, encodings.ascii, json, os, subprocess, sys  # now: this Python may lie where the user sees nothing
from pathlib import Path
from openlpar.hypervisor.qemu.entitlement import Entitlement, Groups
from openlpar.hypervisor.qemu.memory_caps import MemoryGroups
from openlpar.hypervisor.qemu.memory_group import join, limit_mib
from openlpar.qemu_host import probe
(Path(sys.argv[1]) / "cgroup.procs").write_text(str(os.getpid()))
user = int(sys.argv[2])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
answer, version, folder = probe.cgroup(Path("/proc"))
memory = probe.cgroup(Path("/proc"), "memory")
told = {"reason": answer.reason, "remedy": answer.remedy, "version": version, "folder": str(folder)}
if folder and memory[2]:
    shares, caps = Groups.below(folder, version, Path("data")), MemoryGroups.below(memory[2], memory[1], Path("data"))
    with subprocess.Popen(["sleep", "60"]) as process:
        group = caps.limit("a", 64)
        shares.entitle("a", Entitlement(0.5, capped=True), process.pid, [])
        join(group, process.pid)
        told |= {"in": Path(f"/proc/{process.pid}/cgroup").read_text().strip(), "mib": limit_mib(group)}
        told |= {"max": (shares.folder / "a" / "cpu.max").read_text().strip()}
        process.kill()
    async def remove():
        await shares.remove("a")
        await caps.remove("a")
    asyncio.run(remove())
    told |= {"left": shares.folder.exists()}
print(json.dumps(told))
"""


@pytest.fixture
def unit() -> Iterator[Path]:
    """A group as systemd makes one for a unit with Delegate=, and in it one for the service, as DelegateSubgroup=service does."""
    found = [probe.cgroup(Path("/proc"), controller) for controller in ("cpu", "memory")]
    if any(version != 2 or folder is None for _, version, folder in found):
        pytest.skip("this kernel's control groups are not of version 2, or none are for us")
    folder = found[0][2]
    assert folder is not None
    made = folder / f"openlpar-test-{os.getpid()}"
    (made / "service").mkdir(parents=True)
    yield made
    (made / "service").rmdir()
    made.rmdir()


def service(group: Path, user: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", SERVICE, str(group), str(user)], capture_output=True, text=True, check=False, timeout=300
    )
    assert not done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("user", [0, NOBODY])
def test_a_service_of_systemd_divides_the_group_that_it_was_given(unit: Path, user: int) -> None:
    for name in DELEGATED:
        os.chown(unit / name, user, user)
    found = service(unit / "service", user)
    assert not found["reason"] and (found["version"], found["folder"]) == (2, str(unit))
    assert found["in"].startswith("0::/") and found["in"].endswith("/a") and unit.name in found["in"]
    assert (found["max"], found["mib"], found["left"]) == ("50000 100000", 64, False)
    assert set((unit / "cgroup.subtree_control").read_text().split()) >= {"cpu", "memory"}


def test_one_without_a_group_of_its_own_is_told_how_to_get_one(unit: Path) -> None:
    """Two programs in one group, and another user's group above."""
    with subprocess.Popen(["sleep", "600"]) as neighbour:
        try:
            for place in (unit / "service", unit):
                (place / "cgroup.procs").write_text(str(neighbour.pid))
            found = service(unit / "service")
            refused = service(unit / "service", NOBODY)
        finally:
            neighbour.kill()
    assert found["folder"] == refused["folder"] == "None"
    assert found["reason"].endswith("cannot be divided: Device or resource busy")
    assert refused["reason"].endswith("cannot be divided: Permission denied")
    assert "DelegateSubgroup=service" in found["remedy"]
