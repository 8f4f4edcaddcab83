"""The short way to a disk: QEMU reads and writes the file that a Virtual I/O Server lends, instead of asking the server's process
for each block.

The way is good for as long as that process lives. The node that asks the server stays beside it, and the guest is back on it at
once when the process has ended: from then on it is as if there had never been a short way. QEMU gets the file open, and may open
none itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass

from openlpar.hypervisor.qemu.media import SHORT, Media, Slot
from openlpar.hypervisor.qemu.qmp import Qmp, QmpError, QmpRefused
from openlpar.hypervisor.qemu.unplug import DeviceRefused
from openlpar.ports.lent_file import LentFile
from openlpar.qemu_host.processes import Process, boot

_AGAIN_S = 0.5


@dataclass(slots=True)
class _Way:
    """A short way. node: the one that asks the server; pidfd: of the lender; led: the slot is known to go it."""

    file: LentFile
    node: str
    pidfd: int
    led: bool = False
    leaving: asyncio.Task[None] | None = None

    @property
    def short(self) -> str:
        return f"{self.node}{SHORT}"


class Shortcuts:
    """Those of one QEMU process."""

    def __init__(self, qmp: Qmp, media: Media) -> None:
        self._qmp, self._media = qmp, media
        self._ways: dict[str, _Way] = {}
        self._lock = asyncio.Lock()

    def mark(self, slot: str) -> str:
        """Of the file that a slot goes to, "" when it asks the server. See ``LentFile.mark``."""
        way = self._ways.get(slot)
        return way.file.mark if way is not None and way.led else ""

    async def take(self, slot: Slot, file: LentFile) -> None:
        """Leads a slot to the file behind its node. Raises DeviceRefused; then it goes on as before. Raises QmpError."""
        async with self._lock:
            if self.mark(slot.name) == file.mark:
                return
            await self._leave(slot.name)
            if not slot.node or slot.read_only:
                raise DeviceRefused(f"there is no disk in {slot.name} that a guest writes")
            way = _Way(file, slot.node, _watched(file))
            self._ways[slot.name] = way
            asyncio.get_running_loop().add_reader(way.pidfd, self._lost, slot.name)
            try:
                await self._open(way)
                await self._media.steer(slot.name, way.short)
            except (DeviceRefused, QmpRefused):
                await self._leave(slot.name)
                raise
            way.led = True

    async def _open(self, way: _Way) -> None:
        """Gives QEMU the file, as a node beside the other."""
        await self._media.drop_stray(way.short)
        try:
            descriptor = os.open(way.file.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise DeviceRefused(f"{way.file.path} cannot be opened: {error.strerror}") from error
        try:
            place = await self._qmp.add_file(descriptor)
        finally:
            os.close(descriptor)
        opened = {**way.file.node["file"], "filename": f"/dev/fdset/{place}"}
        try:
            await self._qmp.execute("blockdev-add", {**way.file.node, "node-name": way.short, "file": opened})
        finally:
            with contextlib.suppress(QmpError):
                await self._qmp.execute("remove-fd", {"fdset-id": place})  # the node has one of its own

    async def leave(self, slot: str) -> None:
        """Lets a slot ask the server again, if it does not. Raises QmpError."""
        async with self._lock:
            await self._leave(slot)

    async def leave_all(self) -> None:
        """Raises QmpError."""
        for slot in tuple(self._ways):
            await self.leave(slot)

    async def _leave(self, slot: str) -> None:
        way = self._ways.get(slot)
        if way is None:
            return
        way.led = False
        await self._media.steer(slot, way.node)
        await self._media.drop_stray(way.short)
        self._forget(slot)

    def _lost(self, slot: str) -> None:
        """The lender has ended."""
        way = self._ways[slot]
        asyncio.get_running_loop().remove_reader(way.pidfd)
        way.leaving = asyncio.create_task(self._leave_lost(slot, way))

    async def _leave_lost(self, slot: str, way: _Way) -> None:
        while self._ways.get(slot) is way:
            try:
                return await self.leave(slot)
            except QmpError:  # the monitor comes back, or QEMU ends
                await asyncio.sleep(_AGAIN_S)

    def close(self) -> None:
        """QEMU has ended."""
        for slot, way in tuple(self._ways.items()):
            if way.leaving is not None:
                way.leaving.cancel()
            self._forget(slot)

    def _forget(self, slot: str) -> None:
        way = self._ways.pop(slot)
        asyncio.get_running_loop().remove_reader(way.pidfd)
        os.close(way.pidfd)


def _watched(file: LentFile) -> int:
    """A descriptor that is readable when the lender has ended. Raises DeviceRefused when it has already."""
    with contextlib.suppress(OSError):
        pidfd = os.pidfd_open(file.pid)
        if Process(file.pid, file.started, boot()).is_alive():
            return pidfd
        os.close(pidfd)
    raise DeviceRefused("who lends the file has ended")
