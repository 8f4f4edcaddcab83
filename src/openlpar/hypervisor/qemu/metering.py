"""What real partitions use, as the processes that run them have counted it.

While a monitor is on, all counts are looked at every few seconds. What was used between two times is reckoned from the looks
around them, as though it had been used evenly from one look to the next; so that there are such looks, it is told a little late.

What nobody here can know is 0: instructions, what dedicated processors give away, cycles of the firmware.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import add, itemgetter
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu import traffic
from openlpar.hypervisor.qemu.arguments import port_name
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.switch import Switch
from openlpar.ports.io_server import BlockService
from openlpar.ports.state import World
from openlpar.uom.metering import (
    COUNTERS,
    CYCLES_PER_SECOND,
    TRAFFIC,
    AdapterKind,
    MeteredPartition,
    Survey,
    storage_key,
)
from openlpar.uom.pcm import ManagedSystemPcmPreference
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

log = logging.getLogger(__name__)

LOOK_S = 2.5
LAG_MS = 5_000
"""How late it is told what was used: two looks."""
_KEPT_MS = 180_000
_ALL = 0
"""In place of a thread: all that there are and were."""
_NS_PER_S = 1_000_000_000
_NS_PER_TICK = _NS_PER_S // os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")

Counts = Mapping[tuple[str, str], Sequence[int]]
"""Numbers by what they tell of, and who has counted."""
Row = tuple[int, ...]


class Totals:
    """Ever growing numbers, of counts that begin anew with each process. What one had counted before it was first looked at is
    not told: it may have been long ago."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Sequence[int]] = {}
        self._totals: dict[str, Row] = {}

    def take(self, counts: Counts) -> Mapping[str, Row]:
        for place, now in counts.items():
            before = self._seen.get(place, now)
            grown = [new - old if new >= old else new for new, old in zip(now, before, strict=True)]
            total = self._totals.get(place[0])
            self._totals[place[0]] = tuple(map(add, total, grown)) if total else tuple(grown)
        told = {what for what, _ in counts}
        # Who did not answer this time may do so next time; whoever was replaced does not come back.
        kept = {place: numbers for place, numbers in self._seen.items() if place[0] not in told}
        self._seen = {**kept, **counts}
        return dict(self._totals)


class RealMeter:
    """See ``ports.metrics.Meter``."""

    def __init__(
        self,
        world: World,
        blocks: BlockService | None,
        guests: Mapping[str, Guest],
        switch: Switch,
        now: Callable[[], int],
    ) -> None:
        """guests: those that run, by uuid of their partition; now: ms since 1970."""
        self._world, self._blocks, self._guests, self._switch, self._now = world, blocks, guests, switch, now
        self._totals = Totals()
        self._memory: dict[str, int] = {}
        self._looks: list[tuple[int, Mapping[str, Row]]] = []
        self._task: asyncio.Task[None] | None = None

    # looking

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        if any(kind is ManagedSystemPcmPreference for kind, _ in altered):
            self.attend()

    def attend(self) -> None:
        """Looks from now on, or no more, as the monitors want it."""
        is_on = any(preference.is_on for preference in self._world.all(ManagedSystemPcmPreference))
        if is_on and self._task is None:
            self._task = asyncio.create_task(self._follow())
        elif not is_on and self._task is not None:
            self._task.cancel()
            self._task = None
            self._looks.clear()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # the next look may do better
                log.exception("what partitions use could not be read")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        pid, ports = await traffic.of_ports(self._switch)
        disks = await traffic.of_disks(self._world, self._blocks, self._guests)
        counts: dict[tuple[str, str], Sequence[int]] = {(_port(name), f"{pid}"): row for name, row in ports.items()}
        counts |= {(mapping, ""): row for mapping, row in disks.items()}
        running = await asyncio.gather(*map(self._threads, list(self._guests.values())))
        now = self._now()
        elapsed = now - self._looks[-1][0] if self._looks else 0
        for uuid, process, threads in (*running, *self._servers()):
            with contextlib.suppress(OSError):  # it has ended
                counts |= {(uuid, f"{process} {thread}"): _times(process, thread) for thread in threads}
                self._memory[uuid] = self._memory.get(uuid, 0) + _resident_mib(process) * elapsed
                counts[_memory(uuid), ""] = (self._memory[uuid],)
        self._looks.append((now, self._totals.take(counts)))
        del self._looks[: bisect_right(self._looks, now - _KEPT_MS, key=itemgetter(0))]

    async def _threads(self, guest: Guest) -> tuple[str, int, Sequence[int]]:
        """(partition, its QEMU, the threads that run the guest's processors); none of them when it does not answer."""
        found: dict[str, Any] = {"process": 0, "threads": []}
        if guest.has_link():
            with contextlib.suppress(Refused, Lost):
                found = await guest.request("threads")
        return guest.uuid, found["process"], found["threads"]

    def _servers(self) -> Iterator[tuple[str, int, Sequence[int]]]:
        """Likewise of Virtual I/O Servers: the processes that serve their disks, with all their threads."""
        for vios in self._world.all(VirtualIOServer):
            for process in self._blocks.processes(vios.uuid) if self._blocks is not None else ():
                yield vios.uuid, process, (_ALL,)

    # telling

    def used(self, world: World, survey: Survey, begin: int, end: int) -> array[int]:
        """See ``ports.metrics.Meter``."""
        first, last = self._around(begin - LAG_MS), self._around(end - LAG_MS)

        def grown(what: str, width: int) -> Row:
            return tuple(b - a for a, b in zip(first(what, width), last(what, width), strict=True))

        passed = _passed(world, survey, lambda what: grown(what, len(TRAFFIC)))
        row, pools = array("q", [0]), dict.fromkeys((pool.id for pool in survey.pools), 0)
        partitions = array("q")
        for partition in survey.partitions:
            counters = (0,) * len(COUNTERS)
            if partition.active:
                ran, waited = grown(partition.uuid, 2)
                counters = _counters(partition, ran, waited, end - begin, *grown(_memory(partition.uuid), 1))
            if partition.pool in pools:
                pools[partition.pool] += counters[1] + counters[2]
            partitions.extend(counters)
            for adapter in partition.adapters:
                partitions.extend(passed.get(adapter.key, _NO_TRAFFIC))
        return row + array("q", pools.values()) + partitions

    def _around(self, at: int) -> Callable[[str, int], Row]:
        """What the totals were at a time."""
        place = bisect_right(self._looks, at, key=itemgetter(0))
        if not self._looks:
            return lambda what, width: (0,) * width
        began, before = self._looks[max(0, place - 1)]
        ended, after = self._looks[min(place, len(self._looks) - 1)]
        share = min(1.0, max(0.0, (at - began) / (ended - began))) if ended > began else 0.0

        def total(what: str, width: int) -> Row:
            nothing = (0,) * width
            old, new = before.get(what, nothing), after.get(what, nothing)
            return tuple(a + int((b - a) * share) for a, b in zip(old, new, strict=True))

        return total


_NO_TRAFFIC = (0,) * len(TRAFFIC)


def _counters(partition: MeteredPartition, ran_ns: int, waited_ns: int, elapsed_ms: int, memory: int) -> Row:
    """In the order of ``COUNTERS``. Looks are not quite at the times that are asked for: nobody uses more than there is."""
    entitled = partition.units * CYCLES_PER_SECOND * elapsed_ms // 100_000
    most = partition.virtual * CYCLES_PER_SECOND * elapsed_ms // 1000
    used, waited = min(_cycles(ran_ns), most), _cycles(waited_ns)
    mib = min(memory, partition.memory_mib * elapsed_ms)
    if partition.is_dedicated:
        return entitled, entitled, 0, max(0, entitled - used), 0, waited, 0, 0, mib
    capped = min(used, entitled)
    return entitled, capped, used - capped, 0, 0, waited, 0, 0, mib


def _cycles(ns: int) -> int:
    return ns * CYCLES_PER_SECOND // _NS_PER_S


def _passed(world: World, survey: Survey, grown: Callable[[str], Row]) -> dict[str, Row]:
    """By key of the adapter. What carries others has counted what they have."""
    passed: dict[str, Row] = {}

    def count(key: str, row: Row) -> None:
        passed[key] = tuple(map(add, passed.get(key, _NO_TRAFFIC), row))

    for mapping in world.all(VirtualSCSIMapping):
        count(storage_key(mapping.parent or "", mapping.server_adapter), grown(mapping.uuid))
    for partition in survey.partitions:
        devices = {one.bridge: one.key for one in partition.adapters if one.kind == AdapterKind.ETHERNET}
        for adapter in partition.adapters:
            if adapter.kind in (AdapterKind.VETH, AdapterKind.TRUNK):
                count(adapter.key, grown(_port(port_name(partition.id, adapter.slot))))
            if adapter.kind == AdapterKind.TRUNK and adapter.bridge in devices:
                came, went, came_bytes, went_bytes = passed[adapter.key]
                count(devices[adapter.bridge], (went, came, went_bytes, came_bytes))
            if adapter.kind == AdapterKind.VSCSI and adapter.key in passed:
                for behind in adapter.carried_by:
                    count(behind, passed[adapter.key])
    return passed


def _port(name: str) -> str:
    return f"port {name}"


def _memory(uuid: str) -> str:
    return f"memory {uuid}"


def _times(process: int, thread: int) -> Row:
    """(ns that a thread ran, ns that it waited for a processor). The second is 0 where the kernel does not count it, as for all
    threads together. Raises OSError."""
    folder = Path(f"/proc/{process}") if thread == _ALL else Path(f"/proc/{process}/task/{thread}")
    if thread != _ALL:
        with contextlib.suppress(FileNotFoundError):
            ran, waited, _ = (folder / "schedstat").read_text().split()
            return int(ran), int(waited)
    words = (folder / "stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * _NS_PER_TICK, 0


def _resident_mib(process: int) -> int:
    """Of this host's memory that a process has. Raises OSError."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE >> 20
