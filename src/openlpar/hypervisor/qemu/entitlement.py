"""Processor time that a partition is entitled to, kept by a control group of this host's kernel.

Capped: its processors together get no more than its processing units. Uncapped: they get their part of what all want, by units
and weight. Version 1 of control groups takes single threads, so that only the guest's processors count; version 2 takes the
whole QEMU.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PERIOD_US = 100_000
_SHARES_OF_ONE = 1024
_USUAL_WEIGHT = 128
_V1_SHARES, _V2_WEIGHT = (2, 262_144), (1, 10_000)
_LOOKS, _PAUSE_S = 100, 0.01


@dataclass(frozen=True, slots=True)
class Entitlement:
    """units: of processors; weight: 0 to 255, of an uncapped partition."""

    units: float
    capped: bool
    weight: int = _USUAL_WEIGHT

    @property
    def quota_us(self) -> int | None:
        """Processor time in each period, None for as much as there is."""
        return max(1000, round(self.units * _PERIOD_US)) if self.capped else None

    @property
    def share(self) -> float:
        """Of what all want; 1 for one processor at the usual weight."""
        return self.units if self.capped else self.units * self.weight / _USUAL_WEIGHT


@dataclass(frozen=True, slots=True)
class Group:
    """The control group of one partition. parent: where groups can be made; version: of control groups, 1 or 2."""

    parent: Path
    version: int
    name: str

    @property
    def folder(self) -> Path:
        return self.parent / self.name

    def entitle(self, entitlement: Entitlement, process: int, threads: Iterable[int]) -> None:
        """Makes the group, or changes it. process: QEMU's; threads: those of the guest's processors. Raises OSError."""
        self.folder.mkdir(exist_ok=True)
        quota = entitlement.quota_us
        if self.version == 1:
            self._write("cpu.cfs_period_us", _PERIOD_US)
            self._write("cpu.cfs_quota_us", -1 if quota is None else quota)
            self._write("cpu.shares", _within(entitlement.share * _SHARES_OF_ONE, _V1_SHARES))
            for thread in threads:
                with contextlib.suppress(ProcessLookupError):  # a processor that has just been removed
                    self._write("tasks", thread)
        else:
            self._write("cpu.max", f"{'max' if quota is None else quota} {_PERIOD_US}")
            self._write("cpu.weight", _within(entitlement.share * 100, _V2_WEIGHT))
            self._write("cgroup.procs", process)

    async def remove(self) -> None:
        """It may be gone already. Raises OSError when something is still in it."""
        for _ in range(_LOOKS):
            with contextlib.suppress(OSError):
                return self.folder.rmdir()
            if not self.folder.exists():
                return
            await asyncio.sleep(_PAUSE_S)  # the kernel has not yet buried what was in it
        self.folder.rmdir()

    def _write(self, file: str, value: object) -> None:
        descriptor = os.open(self.folder / file, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, str(value).encode())
        finally:
            os.close(descriptor)


def _within(value: float, limits: tuple[int, int]) -> int:
    least, most = limits
    return min(most, max(least, round(value)))
