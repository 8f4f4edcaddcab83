"""What QEMU may have of the host's memory, kept by control groups of this host's kernel: a partition's memory and what QEMU needs
for itself. A QEMU that was taken over, or that leaks, ends alone instead of making the kernel end others.

The cap is no economy: it is far beyond what a healthy QEMU ever has. Measured with QEMU 11.1, emulated, a guest of 512 MiB (room
for 4 GiB) that had filled its memory and been busy: 572 MiB in all. Translated code grows, up to QEMU's own limit (``_CODE_MIB``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from openlpar.hypervisor.qemu.control_groups import ControlGroups
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.limits import Limits
from openlpar.hypervisor.qemu.memory_group import LIMIT, MIB, USAGE, join, write
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition

log = logging.getLogger(__name__)

_ITSELF_MIB = 256
"""Program, devices, disks' buffers, what a migration has under way."""
_CODE_MIB = 1024
"""QEMU's own limit of translated code; less where the host has less than eight times that."""
_CORE_MIB = 32
"""Stack and translated addresses of an emulated processor."""
_OF_MEMORY, _OF_ROOM = 32, 64
"""Parts of the memory that QEMU's notes about it take, and of what the guest could have that two of its page tables take."""


def cap_mib(partition: LogicalPartition, memory_mib: int) -> int:
    """Of a partition that has this memory. What it would need under KVM is less."""
    memory, processors = partition.mem_config, partition.proc_config
    if processors.has_dedicated:
        most_cores = processors.dedicated_proc_cfg.max
    else:
        most_cores = processors.shared_proc_cfg.max_virtual
    room = max(memory.max, memory_mib)
    return memory_mib + _ITSELF_MIB + _CODE_MIB + most_cores * _CORE_MIB + memory_mib // _OF_MEMORY + room // _OF_ROOM


class MemoryGroups(ControlGroups):
    """Of memory."""

    __slots__ = ()
    controller = "memory"
    record_file = "memory-groups.json"
    without = "The memory of partitions is not capped"

    def limit(self, name: str, mib: int) -> Path:
        """Makes a group, or changes it. Its folder. Raises OSError; BlockingIOError when more is in use, which is left so: some
        kernels would end whoever uses it."""
        group = self.make(name)
        wish = mib * MIB
        before = (group / LIMIT[self.version]).read_text(encoding="ascii").strip()
        is_less = before == "max" or (before.isdigit() and int(before) > wish)
        if is_less and int((group / USAGE[self.version]).read_text(encoding="ascii") or 0) > wish:
            raise BlockingIOError(f"more than {mib} MiB are in use")
        write(group / LIMIT[self.version], wish)
        return group


class MemoryCaps(Limits[MemoryGroups, int]):
    """Of memory: what a partition is to have of it, in MiB."""

    concerns = "memory caps"

    def __init__(self, world: World, guests: Mapping[str, Guest], groups: MemoryGroups) -> None:
        super().__init__(world, guests, groups)
        self._growing: dict[str, int] = {}

    def before_start(self, guest: Guest) -> str:
        """Makes the group that QEMU is to be started in; its folder, "" when that cannot be had."""
        partition = self._world.find(LogicalPartition, guest.uuid)
        if partition is None:
            return ""
        try:
            return str(self._groups.limit(guest.run.name, cap_mib(partition, partition.mem_config.desired)))
        except OSError as error:
            log.error("the memory of QEMU in %s is not capped: %s", guest.run, error)
            return ""

    @contextmanager
    def growing(self, guest: Guest, mib: int) -> Iterator[None]:
        """It is asked to have this memory: when that is more, the cap goes first."""
        partition = self._world.find(LogicalPartition, guest.uuid)
        if partition is not None and mib > partition.mem_config.desired:
            self._growing[guest.uuid] = mib
            self._limit(guest, mib)
        try:
            yield
        finally:
            self._growing.pop(guest.uuid, None)
            self._kept.pop(guest.uuid, None)
            self.wake()

    def of(self, partition: LogicalPartition) -> int:
        return partition.mem_config.desired

    async def keep(self, guest: Guest, limit: int) -> bool:
        """What a guest has not given back yet is its own."""
        has = (await guest.request("sizes"))["memory_mib"]
        process = (await guest.request("threads"))["process"]
        return not self._runs(guest) or self._limit(guest, max(limit, has, self._growing.get(guest.uuid, 0)), process)

    def _limit(self, guest: Guest, mib: int, process: int = 0) -> bool:
        """False when more is in use yet."""
        partition = self._world.find(LogicalPartition, guest.uuid)
        if partition is None:
            return True
        try:
            group = self._groups.limit(guest.run.name, cap_mib(partition, mib))
            if process:
                join(group, process)
        except BlockingIOError as error:
            log.info("the memory cap of the partition in %s stays for now: %s", guest.run, error)
            return False
        except OSError as error:
            log.error("the memory of QEMU in %s is not capped: %s", guest.run, error)
        return True
