"""Memory and processors of a running guest come and go; what it really gave or took is the answer."""

from __future__ import annotations

import contextlib

from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.memory_caps import MemoryCaps
from openlpar.messages import qemu as say
from openlpar.ports.hypervisor import Resized
from openlpar.uom.logical_partition import LogicalPartition

_RESIZE_S = 200.0
_LEFT_MIB = 64
"""What a guest needs to have to spare after memory was taken from it."""


async def resize(
    guest: Guest, before: LogicalPartition, after: LogicalPartition, host: Host, caps: MemoryCaps | None, *, force: bool
) -> Resized:
    """caps: to be raised before memory comes. force: take memory that its programs may use. Raises Failure."""
    reasons = []
    try:
        if after.mem_config.desired < before.mem_config.desired and not force:
            await _refuse_starving(guest, before, after)
        if after.mem_config.desired != before.mem_config.desired:
            wish = after.mem_config.desired
            with caps.growing(guest, wish) if caps is not None else contextlib.nullcontext():
                real, reason = await _ask_for(guest, "resize_memory", before.mem_config.desired, mib=wish)
            after = after.evolve(mem_config=after.mem_config.evolve(desired=real))
            reasons.append(reason)
        if after.proc_config.processors != before.proc_config.processors:
            if after.proc_config.processors < before.proc_config.processors and not host.core_remove:
                raise say.NO_CORE_REMOVAL.error(partition=after.name, cause=host.no_core_removal, remedy=host.remedy)
            real, reason = await _ask_for(
                guest, "resize_cores", before.proc_config.processors, count=after.proc_config.processors
            )
            after = after.evolve(proc_config=after.proc_config.with_processors(real))
            reasons.append(reason)
    except Lost as error:
        raise say.SUPERVISOR_LOST.error(partition=after.name, cause=str(error)) from error
    return Resized(after, "; ".join(reason for reason in reasons if reason))


async def _refuse_starving(guest: Guest, before: LogicalPartition, after: LogicalPartition) -> None:
    """A guest that gives away what its programs use stands still for minutes, or for ever."""
    try:
        available = (await guest.request("available_memory"))["mib"]
    except Refused:
        return
    taken = before.mem_config.desired - after.mem_config.desired
    if available is not None and available < taken + _LEFT_MIB:
        raise say.GUEST_STARVED.error(
            partition=after.name, wished=after.mem_config.desired, taken=taken, available=available, left=_LEFT_MIB
        )


async def _ask_for(guest: Guest, do: str, now: int, **wish: int) -> tuple[int, str]:
    """What the guest really has then, and why that is not what was wished. Raises Lost."""
    try:
        answer = await guest.request(do, _RESIZE_S, **wish)
    except Refused as refused:
        return now, str(refused)
    return int(answer["real"]), str(answer["reason"])
