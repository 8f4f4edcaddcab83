"""Processor cores of a running guest. One core has one thread; core 0 stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openlpar.hypervisor.qemu.qmp import Event, Qmp, QmpRefused
from openlpar.hypervisor.qemu.unplug import Deadline, DeviceRefused, Resized, unplug


@dataclass(frozen=True, slots=True)
class Core:
    """One place for a core. path: of the core that is there, "" when there is none; driver, props: for device_add."""

    number: int
    path: str
    driver: str
    props: Mapping[str, Any]


class Cores:
    """Adds and removes cores ``core<core-id>``.

    Emulated threads are a budget: each that ever starts takes a context of the translator for good, there are as many as
    ``maxcpus``, and QEMU aborts when one is missing. QEMU does not tell how many are gone, so they are counted here. The count
    is right because the object lives exactly as long as its QEMU: whoever holds it is QEMU's parent, QEMU dies with it
    (PDEATHSIG), and nobody else adds cores. It begins with the cores found at the first look, before anything was added.
    """

    def __init__(self, qmp: Qmp, removable: bool) -> None:
        """removable: the host's QEMU survives the removal of a core."""
        self._qmp = qmp
        self._removable = removable
        self._started = 0
        self._leaving: set[str] = set()  # paths; asked for, unanswered

    async def now(self) -> list[Core]:
        """All places, by number."""
        places = await self._qmp.execute("query-hotpluggable-cpus")
        cores = sorted((_core(place) for place in places), key=lambda core: core.number)
        self._started = max(self._started, sum(bool(core.path) for core in cores))
        return cores

    async def resize(self, count: int, deadline: Deadline) -> Resized:
        """See ``Devices.resize_cores``."""
        cores = await self.now()
        present = [core for core in cores if core.path]
        if not 1 <= count <= len(cores):
            raise DeviceRefused(f"the guest can have from 1 to {len(cores)} cores, not {count}")
        if count < len(present):
            if not self._removable:
                raise DeviceRefused("the QEMU of this host crashes when a core is removed; one of version 11 can do it")
            return await self._remove(present, count, deadline)
        return await self._add(cores, count)

    async def _add(self, cores: list[Core], count: int) -> Resized:
        real = before = sum(bool(core.path) for core in cores)
        for core in cores:
            if real >= count:
                break
            if core.path:
                continue
            if self._started >= len(cores):
                if real == before:
                    raise DeviceRefused(_spent(len(cores)))
                return Resized(real, _spent(len(cores)))
            # Before it is tried: nobody knows how far a core came that was refused or not answered for.
            self._started += 1
            try:
                await self._qmp.execute("device_add", {"driver": core.driver, "id": f"core{core.number}", **core.props})
            except QmpRefused as refusal:
                return Resized(real, refusal.text)
            real += 1
        return Resized(real)

    async def _remove(self, present: list[Core], count: int, deadline: Deadline) -> Resized:
        real = len(present)
        reasons: dict[str, None] = {}
        for core in reversed(present):
            if real <= count:
                break
            if core.number == 0:
                continue
            self._leaving.add(core.path)
            outcome = await unplug(self._qmp, core.path, deadline)
            if not outcome.pending:
                self._leaving.discard(core.path)
            if outcome.gone:
                real -= 1
                continue
            reasons[outcome.reason] = None
            if outcome.pending:  # asking for another one now might cost the guest both
                break
        if real <= count:
            return Resized(real)
        return Resized(real, "; ".join(reasons))

    def awaits(self, event: Event) -> bool:
        """See ``Memory.awaits``."""
        return str(event.data.get("path", "")) in self._leaving

    def answered(self, event: Event) -> bool:
        """See ``Devices.answered``."""
        known = self.awaits(event)
        self._leaving.discard(str(event.data.get("path", "")))
        return known


def _spent(threads: int) -> str:
    return (
        f"cores were added so often that the {threads} emulated threads of this QEMU are used up;"
        " after the partition has been powered off and on it has them again"
    )


def _core(place: Mapping[str, Any]) -> Core:
    props = place["props"]
    return Core(int(props["core-id"]), str(place.get("qom-path", "")), str(place["type"]), props)
