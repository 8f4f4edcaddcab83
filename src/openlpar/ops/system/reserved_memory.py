"""Job: how much memory a partition would need altogether, before it is created."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.ops.capacity import firmware_overhead_mb, free_memory_mb
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.job_parameters import check_known, one_of, whole_number
from openlpar.ports.state import Change, World
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition_state import PartitionType

_JOB = "QueryReservedMemoryRequiredForPartition"
_ADAPTERS = (
    "NumberOfVirtualEthernetAdapter",
    "NumberOfVirtualSCSIAdapter",
    "NumberOfVirtualFibreChannelAdapter",
)


@dataclass
class QueryReservedMemory(JobOperation, name="system.query_reserved_memory", job=_JOB, groups=("ManagedSystem",)):
    """The partition's memory with the firmware's overhead, by the same rule that its activation will use.

    The virtual adapters are accepted and cost nothing: what they take of a real server is not published.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.memory")
    master_only = False

    target: str
    desired_mb: int
    maximum_mb: int

    parameters: ClassVar[dict[str, str]] = {
        "LogicalPartitionEnvironment": f"one of {', '.join(PartitionType)}",
        "DesiredMemory": "MB",
        "MaximumMemory": "MB",
        **dict.fromkeys(_ADAPTERS, "how many; without effect on the result"),
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        one_of(_JOB, parameters, "LogicalPartitionEnvironment", tuple(PartitionType), PartitionType.AIX_LINUX)
        for name in _ADAPTERS:
            whole_number(_JOB, parameters, name, 0, 0, 65535)
        desired = whole_number(_JOB, parameters, "DesiredMemory", None, 0, 1 << 40)
        return cls(target, desired, whole_number(_JOB, parameters, "MaximumMemory", desired, 0, 1 << 40))

    def check(self, world: World) -> None:
        world.get(ManagedSystem, self.target)

    def steps(self) -> Iterable[Step]:
        yield Step("work out the memory", self._work_out)

    def _work_out(self, change: Change) -> None:
        system = change.get(ManagedSystem, self.target)
        region = system.memory_config.memory_region_size or 256
        # 0: the ratio that a partition gets when its creator does not choose one.
        overhead = firmware_overhead_mb(self.maximum_mb, 0, region)
        self._results = {
            "RequiredMemory": str(self.desired_mb + overhead),
            "CurrentAvailableSystemMemory": str(max(0, free_memory_mb(change, system))),
        }

    @property
    def results(self) -> dict[str, str]:
        return self._results
