"""Taking a device out of a running guest: QEMU asks, the guest decides, an event tells."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from openlpar.hypervisor.qemu.qmp import Event, Qmp, QmpRefused

DELETED = "DEVICE_DELETED"
REFUSALS = ("DEVICE_UNPLUG_GUEST_ERROR", "MEM_UNPLUG_ERROR")
PERIPHERAL = "/machine/peripheral"
"""Where the object model of QEMU keeps the devices that were made with an id."""
_LOOK_EVERY_S = 1.0
_UNDER_WAY = "in progress"  # "Memory unplug already in progress for device dimm2"


class DeviceRefused(Exception):
    """An operation on devices was refused, by this host, QEMU or the guest. What had been done was taken back."""


class DeviceInterrupted(Exception):
    """An operation on devices ended midway: the monitor was lost or the time was up.

    The next operation finds and clears away what was left; ``Devices.sizes`` tells what the guest really has.
    """


@dataclass(frozen=True, slots=True)
class Resized:
    """real: MiB of memory, or number of cores, that the guest has now; reason: why it is not what was wished, "" when it is."""

    real: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unplugged:
    """gone: the device has left; pending: the guest did not answer, it may still let the device go; reason: "" when gone."""

    gone: bool = False
    pending: bool = False
    reason: str = ""


class Deadline:
    """Until when a guest may take its time."""

    def __init__(self, seconds: float) -> None:
        self._end = asyncio.get_running_loop().time() + seconds

    @property
    def left_s(self) -> float:
        return max(0.0, self._end - asyncio.get_running_loop().time())


async def unplug(qmp: Qmp, path: str, deadline: Deadline) -> Unplugged:
    """Asks the guest to give a device up and waits for its answer. A removal that is under way is waited for.

    path: of the device in the object model. Raises QmpLost, QmpTimeout.
    """
    name = path.rpartition("/")[2]
    async with qmp.events(DELETED, *REFUSALS) as events:
        try:
            await qmp.execute("device_del", {"id": path})
        except QmpRefused as refusal:
            if refusal.error_class == "DeviceNotFound":
                return Unplugged(gone=True)
            if _UNDER_WAY not in refusal.text:
                return Unplugged(reason=refusal.text)
        while True:
            left_s = deadline.left_s
            event = await _next(events, min(_LOOK_EVERY_S, left_s))
            if event is None:
                # Nobody repeats an event that was lost with a connection, and a lost connection shows in a command only.
                if not await _present(qmp, path):
                    return Unplugged(gone=True)
                if not left_s:
                    return Unplugged(
                        pending=True, reason=f"the guest did not say whether it gives {name} up; it still may"
                    )
            # By its name alone in MEM_UNPLUG_ERROR; the parts of a core (an interrupt presenter, a thread) say goodbye, too.
            elif path == event.data.get("path") or name == event.data.get("device"):
                if event.name == DELETED:
                    return Unplugged(gone=True)
                return Unplugged(reason=str(event.data.get("msg") or f"the guest does not give {name} up"))


async def _next(events: asyncio.Queue[Event], within_s: float) -> Event | None:
    try:
        async with asyncio.timeout(within_s):
            return await events.get()
    except TimeoutError:
        return None


async def _present(qmp: Qmp, path: str) -> bool:
    parent, _, name = path.rpartition("/")
    return any(child["name"] == name for child in await qmp.execute("qom-list", {"path": parent}))
