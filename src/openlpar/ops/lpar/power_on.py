"""Powering a partition on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import partition as say
from openlpar.ops.capacity import firmware_overhead_mb, free_memory_mb, managed_system, reserve
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_of
from openlpar.ops.job_parameters import whole_number
from openlpar.ops.lpar import remove_optical
from openlpar.ops.lpar.configuration import with_current, with_runtime
from openlpar.ops.mastery import check_master
from openlpar.ops.remote_restart.held import check_not_held
from openlpar.ports.hypervisor import Boot, Stop
from openlpar.ports.records import AfterBoot
from openlpar.ports.state import Change, World
from openlpar.uom.partition import BasePartition, PartitionState

BOOT_MODES = ("norm", "sms", "dd", "ds", "of", "pbl")
KEYLOCKS = ("manual", "norm", "unknown")
_NETWORK_BOOT = (
    "IPAddress",
    "ServerIPAddress",
    "Gateway",
    "IBMiImageServerDirectory",
    "SubnetMask",
    "ConnectionSpeed",
    "DuplexMode",
    "VLANID",
    "MaximumTransmissionUnit",
)

_LONGEST_MIN = 365 * 24 * 60


@dataclass
class PowerOn(JobOperation, name="lpar.power_on", job="PowerOn", groups=("LogicalPartition", "VirtualIOServer")):
    """Activates a partition with its current configuration; done when it runs or waits in firmware.

    optical: name of a virtual optical drive, or of the medium in it, that is unmapped optical_min minutes after the partition
    has come to run; "" for none.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.power")
    master_only = False

    target: str
    boot: Boot = field(default_factory=Boot)
    optical: str = ""
    optical_min: int = 0

    parameters: ClassVar[dict[str, str]] = {
        "bootmode": f"one of {', '.join(BOOT_MODES)}",
        "keylock": f"one of {', '.join(KEYLOCKS)}",
        "bootstring": "Open Firmware device path to boot from",
        "force": "true: accepted, without effect on the simulated hypervisor",
        "remove_optical_name": "virtual optical drive (vtopt0), or the medium in it, to unmap when the partition runs",
        "remove_optical_time": f"minutes that it stays mapped then: 0 (as without it) to {_LONGEST_MIN}",
        "iIPLsource": "IBM i load source side (a to d)",
        "OperationType": "activate, netboot or changeKeylock",
        "LogicalPartitionProfile": "ignored: NovaLink activates the current configuration",
        **dict.fromkeys(_NETWORK_BOOT, "IBM i network boot: accepted, without effect on the simulated hypervisor"),
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        mode, keylock = parameters.get("bootmode", ""), parameters.get("keylock", "")
        for name, value, allowed in (("bootmode", mode, BOOT_MODES), ("keylock", keylock, KEYLOCKS)):
            if value and value not in allowed:
                raise general.BAD_VALUE.error(
                    field=name,
                    object="job PowerOn",
                    value=repr(value),
                    cause="there is no such value",
                    wanted=f"one of {', '.join(allowed)}",
                )
        optical = parameters.get("remove_optical_name", "")
        if "remove_optical_time" in parameters and not optical:
            raise general.MISSING_VALUE.error(object=f"Job {cls.job}", field="remove_optical_name")
        minutes = whole_number(cls.job, parameters, "remove_optical_time", 0, 0, _LONGEST_MIN)
        return cls(target, Boot(mode, keylock, parameters.get("bootstring", "")), optical, minutes)

    @property
    def awaits(self) -> tuple[str, ...]:
        return (PartitionState.RUNNING, PartitionState.OPEN_FIRMWARE)

    def locks(self) -> Iterable[str]:
        return (self.target, "capacity")

    def about(self, world: World) -> str:
        partition = partition_of(world, self.target)
        return partition.name if partition else self.target

    def check(self, world: World) -> None:
        partition = existing_partition(world, self.target)
        if partition.state != PartitionState.NOT_ACTIVATED:
            raise say.ALREADY_ON.error(partition=partition.name, state=partition.state)
        if self.optical:
            check_master(world, self.name, f"{partition.name} with remove_optical_name")
            remove_optical.check_optical(world, partition, self.optical)
        check_not_held(world, partition)
        check_room(world, partition)

    def steps(self) -> Iterable[Step]:
        yield Step("reserve memory and processors", self._reserve)
        yield Step("start the firmware", self._start, undo=self._stop)

    def _reserve(self, change: Change) -> None:
        """Memory that cannot be had in full is given down to the minimum, as PowerVM does."""
        partition = existing_partition(change, self.target)
        free = free_memory_mb(change, managed_system(change)) - _overhead_mb(change, partition)
        region = managed_system(change).memory_config.memory_region_size or 256
        granted = min(partition.mem_config.desired, free // region * region)
        starting = partition.evolve(state=PartitionState.STARTING.value)
        change.put(with_runtime(with_current(starting, memory_mb=granted), running=True))
        if self.optical:
            data = {"device": self.optical}
            delay_ms = self.optical_min * 60_000
            change.put(AfterBoot(uuid=self.target, what=remove_optical.DUE, delay_ms=delay_ms, data=data))

    def _start(self, change: Change) -> None:
        self.edges.hypervisor.start(change, existing_partition(change, self.target), self.boot)

    def _stop(self, change: Change) -> None:
        partition = existing_partition(change, self.target)
        self.edges.hypervisor.stop(change, partition, Stop.HARD, restart=False)
        change.cancel(self.target, "hypervisor")


def existing_partition(world: World, uuid: str) -> BasePartition:
    partition = partition_of(world, uuid)
    if partition is None:
        raise general.NOT_FOUND.error(kind="Partition", name=uuid)
    return partition


def check_room(world: World, partition: BasePartition) -> None:
    """Refuses a partition for which the least it needs is not free."""
    reserve(world, partition, partition.mem_config.min + _overhead_mb(world, partition), _processors(partition))


def _overhead_mb(world: World, partition: BasePartition) -> int:
    memory = partition.mem_config
    region = managed_system(world).memory_config.memory_region_size or 256
    return firmware_overhead_mb(memory.max, memory.hpt_ratio, region)


def _processors(partition: BasePartition) -> Decimal:
    processors = partition.proc_config
    if processors.has_dedicated:
        return Decimal(processors.dedicated_proc_cfg.desired)
    return processors.shared_proc_cfg.desired_units
