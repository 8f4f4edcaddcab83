"""Which process it is that a number names: numbers are used again."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is still the same one. started: ticks since the machine came up, 0 when it
    had ended before it could be looked at; boot: which time it came up."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """The one that has the number now."""
        return cls(pid, _started(pid), boot())

    def is_alive(self) -> bool:
        return self.boot == boot() and self.started == _started(self.pid) != 0


def _started(pid: int) -> int:
    """When a process began; 0 when there is none, or only what its parent has not taken note of."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[18]) if state not in "ZX" else 0


@functools.cache
def boot() -> str:
    """Which time this machine came up."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
