"""The core's end of a supervisor: starts one or finds one again, asks it, hears of everything that happens, exactly once."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu import launch as names
from openlpar.hypervisor.qemu.children import reap_when_ended
from openlpar.hypervisor.qemu.control import NOTICE_BACKLOG, Refused
from openlpar.hypervisor.qemu.journal import Journal, Notice
from openlpar.hypervisor.qemu.launch import CannotLaunch, Launch

log = logging.getLogger(__name__)

_READY_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 1.0

Heard = Callable[[Notice], None]
Shown = Callable[[str], None]


class Lost(Exception):
    """There is no supervisor, or it did not answer. What was asked for may have been done."""


async def start(run: Path, launch: Launch, heard: Heard, shown: Shown, now: Callable[[], int], since: int = 0) -> Link:
    """Starts a supervisor, which starts QEMU, and returns a link to it. It outlives this process.

    run: the partition's folder, made when it is missing; heard, shown: called with every notice after number ``since`` and with
    what the console shows; now: ns since 1970. Raises CannotLaunch, OSError.
    """
    run.mkdir(mode=0o700, exist_ok=True)
    names.check_private(run)
    free = names.lock(run)
    if free is None:
        raise CannotLaunch(f"another supervisor already runs in {run}")
    launch.write(run)
    os.close(free)
    await _spawn(run)
    return Link(run, heard, shown, now, since)


async def adopt(
    run: Path, heard: Heard, shown: Shown, now: Callable[[], int], since: int = 0, position: int = 0
) -> Link:
    """A link to the supervisor that was started earlier, whether it still runs or not.

    position: characters of the console that have been shown already. Raises CannotLaunch for a wrong folder.
    """
    names.check_private(run)
    return Link(run, heard, shown, now, since, position)


async def _spawn(run: Path) -> None:
    ours, theirs = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    output = str(run / names.LOG)
    try:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "openlpar.hypervisor.qemu.supervisor", str(run)],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, theirs, 1),
                (os.POSIX_SPAWN_OPEN, 2, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600),
            ],
            setsid=True,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    ready = await _says_ready(ours)
    if not ready:
        os.kill(pid, signal.SIGKILL)  # it may only be slow
    reap_when_ended(pid)
    if not ready:
        said = Path(output).read_text(encoding="utf-8", errors="replace").strip()[-500:]
        raise CannotLaunch(said or "the supervisor did not start")


async def _says_ready(pipe: int) -> bool:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(pipe, readable.set)
    try:
        await asyncio.wait_for(readable.wait(), _READY_S)
        return os.read(pipe, 64).startswith(b"ready")
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(pipe)
        os.close(pipe)


class Link:
    """To one supervisor. It connects by itself, as often as needed; ``gone`` is set when there is no supervisor any more, and
    all that it left behind has been heard: the last notice is then ``ended``."""

    def __init__(
        self, run: Path, heard: Heard, shown: Shown, now: Callable[[], int], since: int, position: int = 0
    ) -> None:
        self.run_folder = run
        self.number = since
        self.gone = asyncio.Event()
        self._heard = heard
        self._shown = shown
        self._now = now
        self.position = position
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._connected = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._task = asyncio.create_task(self._follow(), name=f"link {run.name}")

    async def request(self, do: str, limit_s: float = 30.0, **arguments: Any) -> Any:
        """What the supervisor answers; see ``Requests``. limit_s: how long that may take. Raises Refused, Lost."""
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(limit_s):
                await self._until_connected()
                self._answers[number] = answer
                self._send({"id": number, "do": do, **arguments})
                plain = await answer
        except TimeoutError:
            raise Lost(f"the supervisor did not answer {do} within {limit_s:g} s") from None
        finally:
            self._answers.pop(number, None)
        if "refused" in plain:
            raise Refused(plain["refused"], plain.get("unsure", False))
        return plain.get("ok")

    async def close(self) -> None:
        """The supervisor stays."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _until_connected(self) -> None:
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._connected, self.gone)]
        try:
            await asyncio.wait((*waiting, self._task), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        if not self._connected.is_set():
            raise Lost("the supervisor has ended")

    def _send(self, plain: dict[str, Any]) -> None:
        assert self._writer is not None
        self._writer.write(json.dumps(plain).encode() + b"\n")

    async def _follow(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                if self._bury():
                    return self.gone.set()
                if await self._listen():
                    pause = _FIRST_PAUSE_S
            except OSError:
                pass  # not there yet, or just gone
            except Exception:  # of those who hear: the notice is not taken, and comes again
                log.exception("what the supervisor in %s said was not taken", self.run_folder)
            finally:
                self._hang_up()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _listen(self) -> bool:
        """Until the connection ends. Whether anything was said."""
        said = False
        reader, self._writer = await asyncio.open_unix_connection(self.run_folder / names.CONTROL, limit=NOTICE_BACKLOG)
        self._send({"id": 0, "do": "watch", "since": self.number, "console": self.position})
        self._connected.set()
        while line := await reader.readline():
            self._take(json.loads(line))
            said = True
        return said

    def _hang_up(self) -> None:
        self._connected.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Lost("the connection to the supervisor ended"))
        self._answers.clear()

    def _take(self, plain: dict[str, Any]) -> None:
        if "notice" in plain:
            self._hear(Notice(plain.pop("notice"), plain.pop("at"), plain.pop("kind"), plain))
        elif "console" in plain:
            self._show(plain["from"], plain["console"])
        elif (answer := self._answers.get(plain["id"])) and not answer.done():
            answer.set_result(plain)

    def _hear(self, notice: Notice) -> None:
        if notice.number > self.number:
            self._heard(notice)
            self.number = notice.number

    def _show(self, position: int, text: str) -> None:
        fresh = text[max(0, self.position - position) :]
        if position > self.position:
            fresh = f"\r\n[{position - self.position} characters were lost here]\r\n{fresh}"
        self.position = max(self.position, position + len(text))
        if fresh:
            self._shown(fresh)

    def _bury(self) -> bool:
        """Whether there is no supervisor, nor its QEMU. Then what it left is heard, and its end written where it could not."""
        try:
            lock = names.lock(self.run_folder)
        except FileNotFoundError:  # the folder was removed
            return True
        if lock is None:
            return False
        try:
            left = Journal(self.run_folder / journal.FILE, self._now)
            if left.last and left.last.kind != "ended":
                left.add("ended", status=None, reason="its supervisor was killed, and QEMU with it", output=[])
            for notice in left.since(self.number):
                self._hear(notice)
            left.close()
            for name in (*names.SOCKETS, names.PID):
                (self.run_folder / name).unlink(missing_ok=True)
        finally:
            os.close(lock)
        return True
