"""The supervisor's part in a migration: its guest leaves for a QEMU of another system, or comes from one.

The guest runs in one of the two at each moment. Where it leaves, its processors stop when all of it has been sent, and stay
stopped until it is told to ``stay``; where it arrives they do not begin before it is told so. Who tells them is the service, whose
state says whose the partition is. The guest's disks are not touched where it arrives before it begins there.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openlpar.hypervisor.qemu import launch
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.qmp import Event, QmpError, QmpLink, QmpRefused

_LOOK_S = 0.25
_MOMENT_S = 0.002
_CONNECT_S = 5.0
_NAME = "journey"
_PARAMETERS = {"max-bandwidth": 4 << 30, "downtime-limit": 50}
"""Bytes a second: it goes over a socket of this machine. Milliseconds that what is left of a guest's memory may take to send
while it stands still."""
_ON_LEAVING = ("events", "auto-converge")
"""auto-converge: a guest that writes faster than its memory can be sent is slowed down until it does not."""
_ON_COMING = ("events", "late-block-activate")
_ANNOUNCED = {"initial": 20, "max": 550, "rounds": 5, "step": 100}
"""How often, and after how many ms, switches are told where the guest's addresses are now (RARP)."""


class _Stage(enum.Enum):
    HERE = enum.auto()
    LEAVING = enum.auto()
    LEFT = enum.auto()
    EXPECTED = enum.auto()
    ARRIVED = enum.auto()


class Journey:
    """One guest's.

    Under emulation QEMU keeps track of what a guest writes in the first piece of its memory only: with more, it aborts (measured,
    11.1) or sends what is out of date (``physical_memory_sync_dirty_bitmap`` forgets where a piece begins). So one
    with DIMMs stands still from the beginning.
    """

    def __init__(self, qmp: QmpLink, argv: Sequence[str], note: Callable[..., Any]) -> None:
        """argv: QEMU's. note: writes into the journal."""
        self._qmp, self._note = qmp, note
        self._is_emulated = "tcg" in argv
        self._began_with_dimms = any(word.startswith("memory-backend") for word in argv)
        self._stands_still = False
        self._stopped = 0
        self._stage = _Stage.HERE
        self._number = ""
        self._leaving: asyncio.Task[None] | None = None
        self._listens, self._arrived, self._told, self._begun, self._over = (asyncio.Event() for _ in range(5))
        self._end = ""

    @property
    def is_under_way(self) -> bool:
        """Nothing may be changed in this QEMU."""
        return self._stage != _Stage.HERE

    def end(self, reason: str) -> None:
        """QEMU has ended."""
        self._end = reason
        self._over.set()
        if self._leaving is not None:
            self._leaving.cancel()

    # where it leaves

    async def send(self, number: str, address: str) -> None:
        """Begins to send the guest to a unix socket. Asked for again with the same number, nothing is begun anew. Raises Refused;
        then it stays."""
        if self._number == number:
            return
        if self.is_under_way:
            raise Refused("the guest is on its way already")
        self._number, self._stage = number, _Stage.LEAVING
        try:
            await self._begin(address)
        except (QmpRefused, OSError) as error:
            with contextlib.suppress(QmpError):
                await self._go_on()
            self._stage = _Stage.HERE
            raise Refused(f"it cannot be sent to {address}: {error}") from error
        except QmpError:
            pass  # nobody knows whether that was the beginning: whoever follows finds out
        self._leaving = asyncio.create_task(self._follow(), name="leaving")

    async def _begin(self, address: str) -> None:
        """QEMU is given a connection: it may have no access to the socket itself. Raises QmpError, OSError."""
        await self._enable(_ON_LEAVING)
        await self._qmp.execute("migrate-set-parameters", _PARAMETERS)
        with socket.socket(socket.AF_UNIX) as link:
            link.setblocking(False)
            try:
                async with asyncio.timeout(_CONNECT_S):
                    await asyncio.get_running_loop().sock_connect(link, address)
            except TimeoutError:
                raise OSError("nobody answers there") from None
            link.setblocking(True)
            await self._qmp.hand_over(link.fileno(), _NAME)
        if self._is_emulated and (self._began_with_dimms or await self._qmp.execute("query-memory-devices")):
            async with self._qmp.events("STOP") as events:
                self._stands_still = True
                await self._qmp.execute("stop")
                self._hear_all(events)
        await self._qmp.execute("migrate", {"uri": f"fd:{_NAME}"})

    async def _follow(self) -> None:
        """Until it has left, or stays after all. A monitor that is lost comes back, or QEMU ends."""
        async with self._qmp.events("MIGRATION", "STOP") as events:
            while self._stage == _Stage.LEAVING:
                with contextlib.suppress(QmpError):
                    await self._look(events)
                if self._stage == _Stage.LEAVING:
                    with contextlib.suppress(TimeoutError):
                        self._hear(await asyncio.wait_for(events.get(), _LOOK_S))

    def _hear(self, event: Event) -> None:
        if event.name == "STOP":
            self._stopped = event.at

    def _hear_all(self, events: asyncio.Queue[Event]) -> None:
        while not events.empty():
            self._hear(events.get_nowait())

    async def _look(self, events: asyncio.Queue[Event]) -> None:
        found = await self._qmp.execute("query-migrate")
        status = str(found.get("status", "none"))
        if status == "completed" and await self._stands_after_all():
            self._hear_all(events)
            self._stage = _Stage.LEFT
            self._note("sent", stopped=self._stopped)
        elif status in ("completed", "failed", "cancelled", "none"):
            await self._go_on()
            self._note("not_sent", reason=str(found.get("error-desc") or _WHY.get(status, status)))
        else:
            self._note("moving", share=_share(found.get("ram", {})))

    async def _stands_after_all(self) -> bool:
        """Whether QEMU has sent the guest, as it says: it may be talking of how that came here, or into a file."""
        while (status := await self._status()) == "finish-migrate":
            await asyncio.sleep(_MOMENT_S)
        return status == "postmigrate"

    # where it arrives

    async def come_in(self) -> None:
        """Returns when the guest has come in, and began. Raises QmpError."""
        self._stage = _Stage.EXPECTED
        await self._enable(_ON_COMING)
        async with self._qmp.events("MIGRATION") as events:
            with await self._connected() as link:
                await self._qmp.hand_over(link.fileno(), _NAME)
            await self._qmp.execute("migrate-incoming", {"uri": f"fd:{_NAME}"})
            while await self._status() == "inmigrate":
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(events.get(), _LOOK_S)
        self._stage = _Stage.ARRIVED
        self._note("arrived")
        self._arrived.set()
        await self._told.wait()
        await self._qmp.execute("cont")
        self._stage = _Stage.HERE
        self._note("taken")
        self._begun.set()
        with contextlib.suppress(QmpError):
            await self._qmp.execute("announce-self", _ANNOUNCED)

    async def _connected(self) -> socket.socket:
        """To where the guest comes from. QEMU may make no socket itself."""
        with socket.socket(socket.AF_UNIX) as door:
            door.setblocking(False)
            door.bind(launch.INCOMING)
            door.listen(1)
            self._note("expecting")
            self._listens.set()
            link, _ = await asyncio.get_running_loop().sock_accept(door)
        link.setblocking(True)
        return link

    async def until_listening(self) -> None:
        """Raises Refused when it never will."""
        await self._until(self._listens)

    async def until_arrived(self) -> None:
        """Raises Refused when it never will."""
        await self._until(self._arrived)

    # either

    async def stay(self) -> None:
        """The guest runs here: what is being sent is stopped, what stands still goes on, what came in begins. Raises Refused."""
        if self._stage == _Stage.EXPECTED:
            raise Refused("the guest has not come in yet")
        try:
            if self._stage == _Stage.ARRIVED:
                self._told.set()
                await self._until(self._begun)
            elif self.is_under_way:
                await self._return()
        except QmpRefused as refusal:
            raise Refused(refusal.text) from refusal
        except QmpError as error:
            raise Refused(str(error), unsure=True) from error

    async def _return(self) -> None:
        if self._stage == _Stage.LEAVING:
            await self._qmp.execute("migrate_cancel")
            if self._leaving is not None:
                await self._leaving
        if self._stage == _Stage.LEFT:
            self._stands_still = True
            await self._go_on()
            self._note("stays")

    async def _go_on(self) -> None:
        if self._stands_still:
            await self._qmp.execute("cont")
        self._stands_still, self._stage = False, _Stage.HERE

    async def _until(self, event: asyncio.Event) -> None:
        waiting = [asyncio.ensure_future(one.wait()) for one in (event, self._over)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        if not event.is_set():
            raise Refused(self._end)

    async def _enable(self, names: tuple[str, ...]) -> None:
        wanted = [{"capability": name, "state": True} for name in names]
        await self._qmp.execute("migrate-set-capabilities", {"capabilities": wanted})

    async def _status(self) -> str:
        return str((await self._qmp.execute("query-status"))["status"])


_WHY = {
    "completed": "QEMU did not begin to send it",
    "none": "QEMU did not begin to send it",
    "failed": "QEMU could not send it",
    "cancelled": "the sending was stopped",
}


def _share(memory: Mapping[str, Any]) -> float:
    """How much of it is there: what the guest writes meanwhile has to be sent again."""
    total, left = int(memory.get("total", 0)), int(memory.get("remaining", 0))
    return round(1 - left / total, 2) if total else 0.0
