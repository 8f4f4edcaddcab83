"""Memory of a running guest: what it was started with, and DIMMs that come and go in multiples of a logical memory block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from openlpar.hypervisor.qemu.dimms import LMB_MIB, dimms_to_remove, new_dimm_mib
from openlpar.hypervisor.qemu.qmp import Event, Qmp, QmpRefused
from openlpar.hypervisor.qemu.unplug import PERIPHERAL, Deadline, DeviceRefused, Resized, unplug

_MIB = 1 << 20
_BACKEND = re.compile(r"mem([1-9][0-9]*)")
_DIMM = re.compile(r"dimm([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class MemoryNow:
    """MiB. boot: what cannot be removed; most: boot and all DIMMs together at most; dimms: id -> size."""

    boot: int
    most: int
    slots: int
    dimms: Mapping[str, int]

    @property
    def total(self) -> int:
        return self.boot + sum(self.dimms.values())


class Memory:
    """Adds and removes DIMMs ``dimm<n>`` on backends ``mem<n>``."""

    def __init__(self, qmp: Qmp, regular_mib: int) -> None:
        """regular_mib: as ``dimms.dimm_mib`` chose it."""
        self._qmp = qmp
        self._regular = regular_mib
        self._leaving: set[str] = set()  # asked for, unanswered: the guest may let them go at any time

    async def now(self) -> MemoryNow:
        machine = await self._qmp.execute("qom-get", {"path": "/machine", "property": "memory"})
        summary = await self._qmp.execute("query-memory-size-summary")
        dimms = {
            str(device["data"]["id"]): int(device["data"]["size"]) // _MIB
            for device in await self._qmp.execute("query-memory-devices")
            if device["type"] == "dimm"
        }
        # Without room for more, QEMU names neither the room nor the slots.
        boot, most = int(summary["base-memory"]), int(machine.get("max-size", 0))
        return MemoryNow(boot // _MIB, max(boot, most) // _MIB, int(machine.get("slots", 0)), dimms)

    async def resize(self, mib: int, deadline: Deadline) -> Resized:
        """See ``Devices.resize_memory``."""
        if mib % LMB_MIB:
            raise DeviceRefused(f"memory comes in blocks of {LMB_MIB} MiB, and {mib} MiB is no multiple")
        await self.clear()
        now = await self.now()
        if mib > now.most:
            raise DeviceRefused(f"the guest was started with room for {now.most} MiB of memory, not for {mib}")
        if mib < now.total:
            return await self._shrink(mib, deadline)
        return await self._grow(mib)

    async def clear(self) -> None:
        """Removes the backends that have no DIMM: an operation ended midway, or a guest let its DIMM go late."""
        used = {
            str(device["data"]["memdev"]).rpartition("/")[2]
            for device in await self._qmp.execute("query-memory-devices")
        }
        for backend in await self._backends() - used:
            with suppress(QmpRefused):  # not let go of yet: the next look finds it again
                await self._qmp.execute("object-del", {"id": backend})

    async def _backends(self) -> set[str]:
        return {
            str(thing["name"])
            for thing in await self._qmp.execute("qom-list", {"path": "/objects"})
            if _BACKEND.fullmatch(str(thing["name"]))
        }

    async def _grow(self, mib: int) -> Resized:
        largest = mib
        while True:
            now = await self.now()
            missing = mib - now.total
            if missing <= 0:
                return Resized(now.total)
            free = now.slots - len(now.dimms)
            if free <= 0:
                reason = f"all {now.slots} DIMM slots are taken; started anew, the partition gets larger DIMMs"
                return Resized(now.total, reason)
            size = min(largest, new_dimm_mib(missing, self._regular, free))
            try:
                await self._plug(size, now.dimms)
            except QmpRefused as refusal:
                # The host lacks memory, or the address space has no hole of this size: a smaller one may do.
                largest = size // 2 // LMB_MIB * LMB_MIB
                if not largest:
                    return Resized(now.total, refusal.text)

    async def _plug(self, mib: int, dimms: Iterable[str]) -> None:
        """Raises QmpRefused; then there is no backend left."""
        taken = {
            int(found[1])
            for pattern, names in ((_DIMM, dimms), (_BACKEND, await self._backends()))
            for name in names
            if (found := pattern.fullmatch(name))
        }
        number = next(n for n in range(1, len(taken) + 2) if n not in taken)
        backend = f"mem{number}"
        await self._qmp.execute("object-add", {"qom-type": "memory-backend-ram", "id": backend, "size": mib * _MIB})
        try:
            await self._qmp.execute("device_add", {"driver": "pc-dimm", "id": f"dimm{number}", "memdev": backend})
        except QmpRefused:
            with suppress(QmpRefused):
                await self._qmp.execute("object-del", {"id": backend})
            raise

    async def _shrink(self, mib: int, deadline: Deadline) -> Resized:
        refused: dict[str, str] = {}
        exchanged = False
        while True:
            now = await self.now()
            surplus = now.total - mib
            if surplus <= 0:
                return Resized(now.total)
            open_to_us = {name: size for name, size in now.dimms.items() if name not in refused}
            chosen, least = self._choose(open_to_us, surplus)
            if least > surplus and not exchanged:
                exchanged = True
                if await self._exchange(least - surplus, now):
                    continue
            if not chosen:
                return Resized(now.total, _why_not_less(now, refused))
            self._leaving.add(chosen[0])  # before it is asked for: the answer may get lost
            outcome = await unplug(self._qmp, f"{PERIPHERAL}/{chosen[0]}", deadline)
            if outcome.pending:
                return Resized((await self.now()).total, outcome.reason)
            self._leaving.discard(chosen[0])
            if outcome.gone:
                await self.clear()
            else:
                refused[chosen[0]] = outcome.reason

    def _choose(self, dimms: Mapping[str, int], surplus: int) -> tuple[list[str], int]:
        """(ids of DIMMs of at most ``surplus`` MiB, sum of those to remove if a small one were plugged in exchange or 0).

        Those come first, and alone, that the guest was asked for and may let go at any time.
        """
        self._leaving &= set(dimms)
        leaving = {name: dimms[name] for name in sorted(self._leaving)}
        chosen, least = dimms_to_remove(leaving or dimms, surplus)
        return chosen, 0 if sum(dimms[name] for name in chosen) == surplus else least

    async def _exchange(self, mib: int, now: MemoryNow) -> bool:
        """Plugs a small DIMM so that a large one can go. First, so that the guest is never left with less than it shall have."""
        if len(now.dimms) >= now.slots or now.total + mib > now.most:
            return False
        try:
            await self._plug(mib, now.dimms)
        except QmpRefused:
            return False
        return True

    def awaits(self, event: Event) -> bool:
        """Whether it is about something that the guest was asked for, by an operation that may still wait for it."""
        return str(event.data.get("device", "")) in self._leaving

    def answered(self, event: Event) -> bool:
        """See ``Devices.answered``."""
        known = self.awaits(event)
        self._leaving.discard(str(event.data.get("device", "")))
        return known


def _why_not_less(now: MemoryNow, refused: Mapping[str, str]) -> str:
    if refused:
        return "; ".join(sorted(set(refused.values())))
    if not now.dimms:
        return f"the {now.boot} MiB that the guest was started with cannot be removed"
    sizes = ", ".join(str(size) for size in sorted(set(now.dimms.values())))
    return f"the guest has DIMMs of {sizes} MiB, none of which can go, and no room for a smaller one in exchange"
