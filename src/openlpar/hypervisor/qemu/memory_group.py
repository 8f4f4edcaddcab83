"""The memory group of one partition, as its supervisor sees it: what QEMU joins when it starts, and why it ended.

A module of its own and small, for there is a supervisor for each partition.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

MIB = 1 << 20
LIMIT = {1: "memory.limit_in_bytes", 2: "memory.max"}
USAGE = {1: "memory.usage_in_bytes", 2: "memory.current"}
KILLS = {1: "memory.oom_control", 2: "memory.events"}
"""Names of the kernel's files, by version of control groups."""


def write(file: Path, value: object) -> None:
    """Into a file of the kernel's, which there is. Raises OSError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def join(group: Path, process: int) -> None:
    """What the process takes from now on is counted to the group. Raises OSError."""
    write(group / "cgroup.procs", process)


def kills(group: Path) -> int:
    """How often the kernel has ended a process of this group for want of memory, since it was made; 0 when nobody knows."""
    for file in KILLS.values():
        with contextlib.suppress(OSError, ValueError):
            for line in (group / file).read_text(encoding="ascii").splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    return 0


def limit_mib(group: Path) -> int:
    """0 when there is none."""
    for file in LIMIT.values():
        with contextlib.suppress(OSError, ValueError):
            return int((group / file).read_text(encoding="ascii")) // MIB
    return 0
