"""Processor time that partitions are entitled to, kept by control groups of this host's kernel.

Capped: a partition's processors together get no more than its processing units. Uncapped: partitions get their part of what all
want, by units and weight. All groups lie in one, so that partitions share among each other, and with the rest of the host as one
program that has a thread for each processor. Version 1 of control groups takes single threads, so that only the guest's
processors count; version 2 takes the whole QEMU.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.hypervisor.qemu.control_groups import ControlGroups
from openlpar.hypervisor.qemu.memory_group import write
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_processors import SharingMode

_PERIOD_US = 100_000
_SHARES_OF_ONE, _WEIGHT_OF_ONE = 1024, 100
"""The kernel's own, in version 1 and 2, for a thread that is in no group and of usual priority."""
_USUAL_WEIGHT = 128
_V1_SHARES, _V2_WEIGHT = (2, 262_144), (1, 10_000)


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


class Groups(ControlGroups):
    """Of processor time."""

    __slots__ = ()
    controller = "cpu"
    record_file = "groups.json"
    without = "Entitled processor capacity is not enforced"

    def entitle(self, name: str, entitlement: Entitlement, process: int, threads: Iterable[int]) -> None:
        """Makes a group, or changes it. process: QEMU's; threads: those of the guest's processors. Raises OSError."""
        group, quota = self.make(name), entitlement.quota_us
        if self.version == 1:
            write(group / "cpu.cfs_period_us", _PERIOD_US)
            write(group / "cpu.cfs_quota_us", -1 if quota is None else quota)
            write(group / "cpu.shares", _within(entitlement.share * _SHARES_OF_ONE, _V1_SHARES))
            for thread in threads:
                with contextlib.suppress(ProcessLookupError):  # a processor that has just been removed
                    write(group / "tasks", thread)
        else:
            write(group / "cpu.max", f"{'max' if quota is None else quota} {_PERIOD_US}")
            write(group / "cpu.weight", _within(entitlement.share * _WEIGHT_OF_ONE, _V2_WEIGHT))
            write(group / "cgroup.procs", process)

    def _weigh_all(self) -> None:
        processors = os.cpu_count() or 1
        if self.version == 1:
            write(self.folder / "cpu.shares", _within(processors * _SHARES_OF_ONE, _V1_SHARES))
        else:
            write(self.folder / "cpu.weight", _within(processors * _WEIGHT_OF_ONE, _V2_WEIGHT))


def _within(value: float, limits: tuple[int, int]) -> int:
    least, most = limits
    return min(most, max(least, round(value)))
