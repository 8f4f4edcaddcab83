"""Processor time that partitions are entitled to, kept by control groups of this host's kernel.

Capped: a partition's processors together get no more than its processing units. Uncapped: partitions get their part of what all
want, by units and weight. All groups lie in one, so that partitions share among each other, and with the rest of the host as one
program that has a thread for each processor. Version 1 of control groups takes single threads, so that only the guest's
processors count; version 2 takes the whole QEMU.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_processors import SharingMode

_PERIOD_US = 100_000
_SHARES_OF_ONE = 1024
_USUAL_WEIGHT = 128
_V1_SHARES, _V2_WEIGHT = (2, 262_144), (1, 10_000)
_LOOKS, _PAUSE_S = 100, 0.01
_RECORD = "groups.json"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """units: of processors; weight: 0 to 255, of an uncapped partition."""

    units: float
    capped: bool
    weight: int = _USUAL_WEIGHT

    @classmethod
    def of(cls, partition: LogicalPartition) -> Entitlement:
        """Dedicated processors are as many as the guest has, and need no cap. An uncapped partition of weight 0 gets nothing beyond
        its units."""
        processors = partition.proc_config
        if processors.has_dedicated:
            return cls(float(processors.dedicated_proc_cfg.desired), capped=False)
        shared = processors.shared_proc_cfg
        weight = shared.uncapped_weight
        capped = processors.sharing_mode == SharingMode.CAPPED or not weight
        return cls(float(shared.desired_units), capped, weight)

    @property
    def quota_us(self) -> int | None:
        """Processor time in each period, None for as much as there is."""
        return max(1000, round(self.units * _PERIOD_US)) if self.capped else None

    @property
    def share(self) -> float:
        """Of what all want; 1 for one processor at the usual weight."""
        return self.units if self.capped else self.units * self.weight / _USUAL_WEIGHT


@dataclass(frozen=True, slots=True)
class Groups:
    """The control groups of a service's partitions, by their names. version: of control groups, 1 or 2."""

    folder: Path
    version: int

    @classmethod
    def below(cls, parent: Path, version: int, data: Path) -> Groups:
        """parent: where groups can be made; data: the service's own folder, by which its groups are told from others'."""
        digest = hashlib.sha256(str(data).encode()).hexdigest()[:8]
        return cls(parent / f"openlpar-{digest}", version)

    @classmethod
    def recorded(cls, data: Path) -> Groups | None:
        """The ones that the service of a folder made its groups in last, when they can still be there: it may have been started
        elsewhere since."""
        try:
            plain = json.loads((data / _RECORD).read_text(encoding="utf-8"))
            found = cls(Path(plain["folder"]), int(plain["version"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.folder.parent.is_dir() else None

    def record(self, data: Path) -> None:
        """Before the first of them is made. Raises OSError."""
        (data / _RECORD).write_text(json.dumps({"folder": str(self.folder), "version": self.version}), encoding="utf-8")

    def entitle(self, name: str, entitlement: Entitlement, process: int, threads: Iterable[int]) -> None:
        """Makes a group, or changes it. process: QEMU's; threads: those of the guest's processors. Raises OSError."""
        self._make()
        group, quota = self.folder / name, entitlement.quota_us
        group.mkdir(exist_ok=True)
        if self.version == 1:
            _write(group / "cpu.cfs_period_us", _PERIOD_US)
            _write(group / "cpu.cfs_quota_us", -1 if quota is None else quota)
            _write(group / "cpu.shares", _within(entitlement.share * _SHARES_OF_ONE, _V1_SHARES))
            for thread in threads:
                with contextlib.suppress(ProcessLookupError):  # a processor that has just been removed
                    _write(group / "tasks", thread)
        else:
            _write(group / "cpu.max", f"{'max' if quota is None else quota} {_PERIOD_US}")
            _write(group / "cpu.weight", _within(entitlement.share * 100, _V2_WEIGHT))
            _write(group / "cgroup.procs", process)

    def _make(self) -> None:
        if self.folder.is_dir():
            return
        self.folder.mkdir()
        if self.version == 1:
            _write(self.folder / "cpu.shares", _SHARES_OF_ONE * (os.cpu_count() or 1))
        else:
            _write(self.folder / "cgroup.subtree_control", "+cpu")

    def names(self) -> Iterator[str]:
        """Of the groups that are there."""
        with contextlib.suppress(OSError):
            yield from (group.name for group in self.folder.iterdir() if group.is_dir())

    async def remove(self, name: str) -> None:
        """It may be gone already; with the last one the group of all goes. Raises OSError when something is still in it."""
        await _remove(self.folder / name)
        with contextlib.suppress(OSError):
            self.folder.rmdir()


async def _remove(group: Path) -> None:
    for _ in range(_LOOKS):
        with contextlib.suppress(OSError):
            return group.rmdir()
        if not group.exists():
            return
        await asyncio.sleep(_PAUSE_S)  # the kernel has not yet buried what was in it
    group.rmdir()


def _write(file: Path, value: object) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _within(value: float, limits: tuple[int, int]) -> int:
    least, most = limits
    return min(most, max(least, round(value)))
