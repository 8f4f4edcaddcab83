"""Ending what goes on without the service: partitions, each with its supervisor, and the virtual switch with its ways out."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from pathlib import Path

from openlpar.hypervisor.qemu import launch as launches
from openlpar.hypervisor.qemu.control_groups import ControlGroups
from openlpar.hypervisor.qemu.entitlement import Groups
from openlpar.hypervisor.qemu.memory_caps import MemoryGroups

_LOOKS, _PAUSE_S = 200, 0.1
SWITCH = "pid"


async def end_all(folder: Path) -> list[str]:
    """folder: the back end's. What was ended, in words. Raises TimeoutError for what does not end."""
    runs = sorted(run for run in (folder / "p").glob("*") if run.is_dir())
    ended = await asyncio.gather(*(end(run / launches.LOCK) for run in runs))
    found = [f"partition {name_in(run)}" for run, was_there in zip(runs, ended, strict=True) if was_there]
    kinds: tuple[type[ControlGroups], ...] = (Groups, MemoryGroups)
    for groups in filter(None, (kind.recorded(folder) for kind in kinds)):
        for name in list(groups.names()):
            with contextlib.suppress(OSError):  # somebody else put a process into it
                await groups.remove(name)
    for lock in sorted((folder / "u").glob("*.pid")):
        if await end(lock):
            found.append(f"the way out at port {lock.stem}")
    if await end(folder / "n" / SWITCH):
        found.append("the virtual switch")
    for socket in (folder / "n").glob("*.g"):  # QEMU leaves them behind
        socket.unlink(missing_ok=True)
    return found


async def end(lock: Path) -> bool:
    """Asks the process that holds a lock file, with its pid in it, to end, and waits until it has. False: there was none.

    Raises TimeoutError when it does not end.
    """
    asked = False
    for _ in range(_LOOKS):
        pid = _holder(lock)
        if pid is None:
            return asked
        if pid and not asked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            asked = True
        await asyncio.sleep(_PAUSE_S)
    raise TimeoutError(f"process {_holder(lock)} of {lock.parent} does not end")


def name_in(run: Path) -> str:
    """Name of the partition that was started in a run folder."""
    try:
        return launches.Launch.read(run).name
    except launches.CannotLaunch:
        return run.name


def _holder(lock: Path) -> int | None:
    """Pid of the process that holds it, 0 when it has not said so yet, None when nobody does."""
    try:
        file = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(file, 32).decode(errors="replace").strip()
        return int(text) if text.isdecimal() else 0
    else:
        return None
    finally:
        os.close(file)
