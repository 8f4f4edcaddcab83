"""Dynamic reconfiguration of a running guest: memory, cores and media, one operation at a time."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from openlpar.hypervisor.qemu.cores import Cores
from openlpar.hypervisor.qemu.media import Media, Node, Slot, Traffic
from openlpar.hypervisor.qemu.memory import Memory
from openlpar.hypervisor.qemu.qmp import Event, Qmp, QmpLost, QmpRefused, QmpTimeout
from openlpar.hypervisor.qemu.shortcuts import Shortcuts
from openlpar.hypervisor.qemu.unplug import DELETED, Deadline, DeviceInterrupted, DeviceRefused, Resized
from openlpar.ports.lent_file import LentFile

_QMP_ALONE_S = 30.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a guest has now. memory_mib: boot memory and DIMMs; slots: by name, empty ones too."""

    memory_mib: int
    cores: int
    slots: Mapping[str, Slot]


class Devices:
    """The devices of one QEMU process, for as long as it lives (see ``Cores`` for why). Whoever starts a QEMU makes one.

    What the guest has is read from QEMU each time, so an operation that ended midway is found, and finished or cleared away, by
    the next one on the same thing. All methods raise DeviceRefused (nothing was done, or it was taken back) and
    DeviceInterrupted (it is not known how far it came).
    """

    def __init__(self, qmp: Qmp, *, core_remove: bool, dimm_mib: int, patience_s: float = 60.0) -> None:
        """core_remove: this host's QEMU survives the removal of a core; dimm_mib: as ``dimms.dimm_mib`` chose it for the
        partition; patience_s: how long an operation waits for the guest's answers.
        """
        self._memory = Memory(qmp, dimm_mib)
        self._cores = Cores(qmp, core_remove)
        self._media = Media(qmp)
        self._shortcuts = Shortcuts(qmp, self._media)
        self._patience_s = patience_s
        self._lock = asyncio.Lock()

    async def sizes(self) -> Sizes:
        async with self._turn("reading the sizes"):
            return await self._sizes()

    async def _sizes(self) -> Sizes:
        memory = await self._memory.now()
        cores = await self._cores.now()
        slots = {
            name: dataclasses.replace(slot, shortcut=self._shortcuts.mark(name))
            for name, slot in (await self._media.now()).items()
        }
        return Sizes(memory.total, sum(bool(core.path) for core in cores), slots)

    async def resize_memory(self, mib: int) -> Resized:
        """Adds or removes DIMMs until the guest has ``mib``, a multiple of 256, or as near as it gets.

        Never beyond the wish when adding, never below it when removing. A refusal by the guest is a normal answer with a reason.
        A guest that does not answer in time may still let a DIMM go later; the next call takes that into account.
        """
        async with self._turn("resizing the memory"):
            return await self._memory.resize(mib, Deadline(self._patience_s))

    async def resize_cores(self, count: int) -> Resized:
        """Adds or removes cores until the guest has ``count``, or as near as it gets; core 0 stays.

        Refused without a command when QEMU could not survive it: it cannot remove cores, or has no thread left to add one.
        """
        async with self._turn("resizing the cores"):
            return await self._cores.resize(count, Deadline(self._patience_s))

    def answered(self, event: Event) -> bool:
        """Takes an event of a guest: whether it let a DIMM or core go, or refused to, after an operation had stopped waiting for
        it. Then the sizes may have changed and ``clear`` has something to do.
        """
        return self._memory.answered(event) or self._cores.answered(event)

    async def settle(self, event: Event) -> Sizes | None:
        """Whoever watches the monitor hands the events of ``unplug`` on to this. What the guest has now, when it gave something up
        that no operation waited for any more; then what that left is cleared away.
        """
        if not (self._memory.awaits(event) or self._cores.awaits(event)):
            return None
        async with self._turn("settling a late answer"):  # an operation that waits for it after all takes it first
            if not self.answered(event) or event.name != DELETED:
                return None
            await self._memory.clear()
            return await self._sizes()

    async def clear(self) -> None:
        """Clears away what DIMMs left that the guest gave up late. Each ``resize_memory`` does so, too."""
        async with self._turn("clearing up"):
            await self._memory.clear()

    async def insert(self, slot: str, node: Node, *, replace: bool = False) -> Slot:
        """Puts a medium into a slot. The same medium may be there already; another one is refused unless it is to be replaced.

        When the new one of a replacement cannot be opened, the slot stays empty.
        """
        async with self._turn(f"inserting into {slot}"):
            await self._shortcuts.leave(slot)
            return await self._media.insert(slot, node, replace)

    async def eject(self, slot: str, *, force: bool = True) -> Slot:
        """Empties a slot, even one whose medium the guest uses; without force, such a one is refused. It may be empty already."""
        async with self._turn(f"ejecting from {slot}"):
            await self._shortcuts.leave(slot)
            return await self._media.eject(slot, force)

    async def reconnect(self, slot: str, node: Node) -> Slot:
        """Lets a slot's node, one of a server that was away and serves again, be connected at once. ``node``: as it was inserted.

        While requests still wait for the server that was away, the guest stands still until they are done.
        """
        async with self._turn(f"connecting {slot} anew"):
            await self._shortcuts.leave(slot)
            return await self._media.reconnect(slot, node)

    async def shorten(self, slot: str, node: Node, pid: int, started: int) -> None:
        """Leads a slot straight to the file that a server lends through its node, for as long as the server's process lives. Every
        other operation on the slot takes it back to the server. See ``LentFile``."""
        file = LentFile(node, pid, started)
        async with self._turn(f"leading {slot} to its file"):
            await self._shortcuts.take(await self._media.slot(slot), file)

    async def lengthen(self) -> None:
        """All slots ask their servers again."""
        async with self._turn("leading the slots to their servers"):
            await self._shortcuts.leave_all()

    def close(self) -> None:
        """QEMU has ended."""
        self._shortcuts.close()

    async def show_media(self) -> None:
        """Lets a guest that was restored see what is in its slots as new: it remembers other media."""
        async with self._turn("showing the media"):
            await self._media.show()

    async def resize_disk(self, slot: str, size: int, node: Node) -> Slot:
        """Tells the guest that its disk has ``size`` bytes now. ``node``: as it was inserted.

        A disk on a block server has to have grown there before.
        """
        async with self._turn(f"resizing the disk in {slot}"):
            await self._shortcuts.leave(slot)
            return await self._media.resize(slot, size, node)

    async def statistics(self) -> dict[str, Traffic]:
        """By name of the slot."""
        async with self._turn("reading the statistics"):
            return await self._media.statistics()

    @asynccontextmanager
    async def _turn(self, doing: str) -> AsyncIterator[None]:
        """One operation after the other, each within its limit; what goes wrong with the monitor gets its name."""
        began = False
        try:
            async with asyncio.timeout(self._patience_s + _QMP_ALONE_S), self._lock:
                began = True
                yield
        except QmpRefused as refusal:
            raise DeviceRefused(f"{doing}: {refusal.text}") from refusal
        except (QmpLost, QmpTimeout) as error:
            raise DeviceInterrupted(f"{doing}: {error}") from error
        except TimeoutError:
            if not began:
                raise DeviceRefused(f"{doing}: the operation before it has not come to an end") from None
            limit_s = self._patience_s + _QMP_ALONE_S
            raise DeviceInterrupted(f"{doing} took more than {limit_s:g} s") from None
