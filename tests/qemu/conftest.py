"""Run folders with a supervisor in them, most with a fake QEMU."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu import link as links
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.hypervisor.qemu.launch import LOCK, PID, Launch, Limits
from openlpar.hypervisor.qemu.link import Link

FAKE = Path(__file__).parent / "fake_qemu.py"
QUICK = Limits(start=20, answer=2.0, grace=4.0, quit=1.0, ping=0.1, agent=1.0, unplug=0.2)
PATIENCE_S = 15.0


@pytest.fixture
def run() -> Iterator[Path]:
    """A run folder; a unix socket's path must be short. At the end nothing may run in it."""
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    yield folder
    left = [pid for name in (LOCK, PID) if (pid := pid_in(folder / name)) and alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


def pid_in(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def alive(pid: int) -> bool:
    """Zombies are not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def now() -> int:
    return time.time_ns()


async def until(condition: Callable[[], Any], what: str = "", within_s: float = PATIENCE_S) -> Any:
    """What the condition returns as soon as that is true."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := condition():
            return found
        await asyncio.sleep(0.005)
    raise AssertionError(f"waited for {what or condition} in vain")


class Core:
    """Stands in for pvm-core: holds a link and remembers what it heard."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.notices: list[Notice] = []
        self.text = ""
        self.link: Link

    def heard(self, notice: Notice) -> None:
        self.notices.append(notice)

    def shown(self, text: str) -> None:
        self.text += text

    async def start(
        self,
        *options: str,
        limits: Limits = QUICK,
        argv: list[str] | None = None,
        since: int = 0,
        expected: bool = False,
        memory_group: str = "",
    ) -> Core:
        (self.run / "director.sock").unlink(missing_ok=True)  # of a fake that was killed
        argv = argv or [sys.executable, str(FAKE), *options]
        launch = Launch(argv, uuid="u", name="lpar1", limits=limits, expected=expected, memory_group=memory_group)
        self.link = await links.start(self.run, launch, self.heard, self.shown, now, since)
        return self

    async def adopt(self, since: int = 0) -> Core:
        self.link = await links.adopt(self.run, self.heard, self.shown, now, since)
        return self

    async def until(self, kind: str, **data: Any) -> Notice:
        """The first notice of this kind with these data, which may yet come."""
        with contextlib.suppress(AssertionError):
            return await until(lambda: self.find(kind, **data))  # type: ignore[no-any-return]
        raise AssertionError(f"waited for {kind} {data} in vain; there was {self.notices}")

    async def until_it_runs(self) -> None:
        """``started`` says that there is a QEMU; it is let run a moment later."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.link.request("status"))["qemu"] != "running":
                await asyncio.sleep(0.005)

    def find(self, kind: str, **data: Any) -> Notice | None:
        return next((n for n in self.notices if n.kind == kind and data.items() <= n.data.items()), None)

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.notices]

    async def direct(self, **what: Any) -> None:
        """Tells the fake QEMU what to do."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):  # not yet
                    reader, writer = await asyncio.open_unix_connection(self.run / "director.sock")
                    break
                await asyncio.sleep(0.005)
        writer.write(json.dumps(what).encode() + b"\n")
        with contextlib.suppress(OSError):
            await reader.readline()
        writer.close()

    async def dismiss(self) -> None:
        await self.until("ended")
        await self.link.request("dismiss")
        async with asyncio.timeout(PATIENCE_S):
            await self.link.gone.wait()
        await self.link.close()


@pytest.fixture
async def core(run: Path) -> AsyncIterator[Core]:
    """Not started yet. In the end its supervisor is told to end, if there is one."""
    core = Core(run)
    yield core
    if hasattr(core, "link"):
        await core.link.close()
    supervisor = pid_in(run / LOCK)
    if supervisor and alive(supervisor):
        os.kill(supervisor, signal.SIGTERM)
        await until(lambda: not alive(supervisor), "the end of the supervisor")
