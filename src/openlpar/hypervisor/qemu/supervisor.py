"""The supervisor of a running partition: ``python -m openlpar.hypervisor.qemu.supervisor RUN``.

It starts QEMU as RUN/launch.json says, holds its monitor, its console and the link to the guest agent, writes the journal of what
happens, and answers requests on RUN/control.sock. It survives whoever started it; QEMU does not survive the supervisor. When
QEMU has ended it stays until somebody has taken note (the request ``dismiss``) or an hour has passed.

It prints ``ready`` when the control socket is there, or exits with 1 and the reason on its error output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from openlpar.hypervisor.qemu import console, journal, launch, memory_group, unplug
from openlpar.hypervisor.qemu.agent import Agent
from openlpar.hypervisor.qemu.console import Console
from openlpar.hypervisor.qemu.console_parser import Sighting
from openlpar.hypervisor.qemu.control import ControlServer
from openlpar.hypervisor.qemu.handover import Handover
from openlpar.hypervisor.qemu.journal import Journal
from openlpar.hypervisor.qemu.journey import Journey
from openlpar.hypervisor.qemu.launch import CannotLaunch, Launch
from openlpar.hypervisor.qemu.process import QemuProcess
from openlpar.hypervisor.qemu.qmp import Event, QmpError, QmpLink, QmpRefused
from openlpar.hypervisor.qemu.requests import Requests

_T = TypeVar("_T")

_CODE_PAUSE_S = 0.1
_MOST_LOSSES = 3
"""Times that the monitor's connection may break in a row, before QEMU is given up."""


class _Ended(Exception):
    """QEMU ended while something was awaited of it."""


class Supervisor:
    """One partition from its start to its end."""

    def __init__(self, run: Path, told: Launch, lock: int, now: Callable[[], int]) -> None:
        """lock: the run folder's; now: ns since 1970. Raises OSError."""
        self.run_folder = run
        self.told = told
        self.limits = told.limits
        self._lock = lock
        self._memory = Path(told.memory_group)
        self._kills = 0
        self.journal = Journal(run / journal.FILE, now)
        self.qmp = QmpLink(run / launch.MONITOR, self.limits.answer)
        self.console = Console(run / console.FILE, self._sight, self._show)
        self.agent = Agent(run / launch.AGENT, self._learn, self.limits.ping, self.limits.agent)
        self.journey = Journey(self.qmp, told.argv, self._note)
        self.process: QemuProcess | None = None
        self.phase = "starting"
        self.ref_code: dict[str, str] = {}
        self.verdict = ""
        self.dismissed = asyncio.Event()
        self.terminated = asyncio.Event()
        self._shutdown = ""
        self.is_saving = False
        self._stopped = False
        self._pending_code: asyncio.TimerHandle | None = None
        self._settling: set[asyncio.Task[None]] = set()
        self._requests = Requests(self)
        self._control = ControlServer(self._requests.by_name(), self.journal, self.console.ring)

    # ---- from start to end ----------------------------------------------------------------------------------------------

    async def run(self, ready: Callable[[], None]) -> None:
        """Returns when there is nothing left to tell."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.terminated.set)
        for name in launch.SOCKETS:
            (self.run_folder / name).unlink(missing_ok=True)
        await self._control.start(self.run_folder / launch.CONTROL)
        self.journal.add("launched", supervisor=os.getpid())
        try:
            ready()
            ended = await self._run_qemu()
            self.journey.end(str(ended["reason"]))
            self.journal.add("ended", **ended)
            self.phase = "ended"
            await self._stay()
        finally:
            await self._control.close()
            for name in (*launch.SOCKETS, launch.PID):
                (self.run_folder / name).unlink(missing_ok=True)
            self.journal.close()

    async def _stay(self) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (self.dismissed, self.terminated)]
        await asyncio.wait(waiting, timeout=self.limits.kept, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _run_qemu(self) -> dict[str, Any]:
        """What is to be said about its end."""
        try:
            self._kills = memory_group.kills(self._memory)
            self.process = process = self._start_qemu()
            if self.told.memory_group:
                with contextlib.suppress(OSError):  # the service looks whether it is there
                    memory_group.join(self._memory, process.pid)
        except (OSError, ValueError) as error:
            return {"status": None, "reason": f"QEMU could not be started: {error}", "output": []}
        with contextlib.suppress(OSError):  # it is for people
            (self.run_folder / launch.PID).write_text(f"{process.pid}\n", encoding="utf-8")
        tasks = [asyncio.create_task(self._end_when_terminated(), name="terminated")]
        try:
            async with self.qmp.events() as events:
                with contextlib.suppress(_Ended):
                    await self._begin(process, events, tasks)
                await process.ended
                await self._hear_the_rest(tasks, events)
        finally:
            tasks += self._settling
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    traceback.print_exception(ended)
            self._requests.close()
            await self.qmp.close()
            self.console.close()
            self._flush_code()
        end = {"status": process.ended.result(), "reason": self._reason(process), "output": process.last_words()}
        return end | ({"starved": True} if self._starved(process) else {})

    def _start_qemu(self) -> QemuProcess:
        """Raises OSError, ValueError."""
        told, log = self.told, self.run_folder / launch.QEMU_LOG
        if not told.user:
            return QemuProcess(told.argv, told.environment, log, [self._lock])
        with contextlib.closing(Handover(told.argv, Path())) as handover:
            keep = [self._lock, *handover.fds]
            return QemuProcess(handover.argv, told.environment, log, keep, told.user, told.groups)

    async def _begin(self, process: QemuProcess, events: asyncio.Queue[Event], tasks: list[asyncio.Task[None]]) -> None:
        """Connects to a QEMU that was just started and lets it run. Raises _Ended."""
        try:
            await self._of_qemu(self._connect())
            tasks.append(asyncio.create_task(self._follow(events), name="events"))
            tasks.append(asyncio.create_task(self._keep_connected(process), name="monitor"))
            tasks.append(await self.console.attach(self.run_folder / launch.CONSOLE))
            tasks.append(asyncio.create_task(self.agent.run(), name="agent"))
            await self._of_qemu(self._let_run(process))
        except (QmpError, OSError) as error:
            await asyncio.wait((process.ended,), timeout=0.5)  # mostly because it is ending, and says why
            if not process.ended.done():
                self.verdict = self.verdict or f"QEMU started, but could not be made to run: {error}"
                process.kill()
            raise _Ended from error

    async def _of_qemu(self, wanted: Coroutine[Any, Any, _T]) -> _T:
        """What the coroutine returns, unless QEMU ends first: then raises _Ended."""
        assert self.process is not None
        task = asyncio.ensure_future(wanted)
        await asyncio.wait((task, self.process.ended), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise _Ended
        return task.result()

    async def _connect(self) -> None:
        """To the monitor of a QEMU that may not have opened it yet. Raises QmpError."""
        try:
            async with asyncio.timeout(self.limits.start):
                while True:
                    try:
                        return await self.qmp.connect()
                    except QmpError:
                        await asyncio.sleep(0.005)
        except TimeoutError:
            raise QmpError(f"it did not open its monitor within {self.limits.start:g} s") from None

    async def _let_run(self, process: QemuProcess) -> None:
        """Lets the processors go, but never while the partition is still coming in: that would take its disks from where it
        comes from."""
        if self.told.expected:
            await self.journey.come_in()
            self.console.parser.came_up()
            self.phase = "running"
            await self._look_at_agent_port()
            return
        incoming = self.told.restored or await self._status() == "inmigrate"
        if incoming:
            await self._until_arrived()
            self.console.parser.came_up()
        if self.told.restored:
            await self._requests.show_media()
        self.phase = "firmware"
        self.journal.add("started", pid=process.pid, incoming=incoming)
        await self.qmp.execute("cont")
        if incoming:
            self._come_up("restored")
            await self._look_at_agent_port()

    async def _until_arrived(self) -> None:
        async with self.qmp.events("MIGRATION") as moves:
            with contextlib.suppress(QmpRefused):  # refused when it is under way: then the looks below have to do
                capability = {"capability": "events", "state": True}
                await self.qmp.execute("migrate-set-capabilities", {"capabilities": [capability]})
            while await self._status() == "inmigrate":
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(moves.get(), 0.1)

    async def _status(self) -> str:
        return str((await self.qmp.execute("query-status"))["status"])

    async def _look_at_agent_port(self) -> None:
        with contextlib.suppress(QmpError):
            for chardev in await self.qmp.execute("query-chardev"):
                if launch.AGENT in chardev["filename"]:
                    self.agent.port(bool(chardev["frontend-open"]))

    # ---- the monitor ------------------------------------------------------------------------------------------------------

    async def _keep_connected(self, process: QemuProcess) -> None:
        """Connects again when the connection breaks, as long as there is hope; then QEMU is killed."""
        losses = 0
        while True:
            text = await self.qmp.lost()
            await asyncio.wait((process.ended,), timeout=0.5)  # it breaks in an orderly end too, just before it
            if process.ended.done():
                return
            losses += 1
            self.journal.add("qmp_lost", text=text)
            if losses > _MOST_LOSSES or not await self._connect_again():
                self.verdict = f"the connection to QEMU was lost ({text}); it was killed"
                process.kill()
                return
            self.journal.add("qmp_back")

    async def _connect_again(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.limits.grace):
                while True:
                    with contextlib.suppress(QmpError):
                        await self.qmp.connect()
                        return True
                    await asyncio.sleep(0.1)
        return False

    async def _follow(self, events: asyncio.Queue[Event]) -> None:
        while True:
            event = await events.get()
            try:
                await self._take(event)
            except Exception:  # the next one may be the end
                traceback.print_exc()

    async def _take(self, event: Event) -> None:
        data = event.data
        match event.name:
            case "SHUTDOWN":
                self._shutdown = str(data.get("reason", ""))
                self._note("shutdown", reason=self._shutdown, guest=bool(data.get("guest")))
            case "RESET":
                self.console.parser.restart()
                self.phase = "firmware"
                self._note("reset", reason=str(data.get("reason", "")), guest=bool(data.get("guest")))
                await self._look_at_agent_port()
            case "GUEST_PANICKED":
                self.phase = "panicked"
                self._note("panicked", text=self._panic_text())
            case "STOP" if not (self.is_saving or self.journey.is_under_way):
                self._stopped = True
                self._note("stopped", reason=await self._stop_reason())
            case "RESUME" if self._stopped:
                self._stopped = False
                self._note("resumed")
            case "VSERPORT_CHANGE":
                await self._look_at_agent_port()
            case name if name in (unplug.DELETED, *unplug.REFUSALS):
                settling = asyncio.create_task(
                    self._settle(event)
                )  # it may have to wait for an operation, and more goes on
                self._settling.add(settling)
                settling.add_done_callback(self._settling.discard)

    async def _settle(self, event: Event) -> None:
        """A guest may let something go long after it was asked."""
        sizes = await self._requests.settle(event)
        if sizes is not None:
            self._note("resized", memory_mib=sizes.memory_mib, cores=sizes.cores)

    async def _stop_reason(self) -> str:
        with contextlib.suppress(QmpError):
            return await self._status()
        return ""

    def _panic_text(self) -> str:
        """QEMU prints what the guest's ``ibm,os-term`` says."""
        assert self.process is not None
        self.process.read_output()
        mark = "OS terminated: "
        return next((line.partition(mark)[2] for line in reversed(self.process.last_words()) if mark in line), "")

    async def _hear_the_rest(self, tasks: list[asyncio.Task[None]], events: asyncio.Queue[Event]) -> None:
        """What QEMU said before it ended may still lie in the sockets."""
        reading = [task for task in tasks if task.get_name() in ("console", "monitor")]
        if reading:
            await asyncio.wait(reading, timeout=1)
        while not events.empty():
            await self._take(events.get_nowait())

    # ---- the end ------------------------------------------------------------------------------------------------------------

    async def _end_when_terminated(self) -> None:
        await self.terminated.wait()
        await self.quit("the supervisor was told to end")

    async def quit(self, verdict: str) -> None:
        """Ends QEMU: it is asked first, and killed when it does not. Returns when it has ended."""
        process = self.process
        if process is None or process.ended.done():
            return
        self.verdict = self.verdict or verdict
        if self.qmp.connected:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.limits.quit):
                    with contextlib.suppress(QmpError):  # it may hang up before it answers
                        await self.qmp.execute("quit")
                    await asyncio.wait((process.ended,))
        process.kill()
        await asyncio.wait((process.ended,))

    def _reason(self, process: QemuProcess) -> str:
        status = process.ended.result()
        if self.verdict:
            return self.verdict
        if self._shutdown and status == 0:
            return self._shutdown
        if self._starved(process):
            cap = memory_group.limit_mib(self._memory)
            return f"the host's kernel ended QEMU for want of memory: {cap} MiB is the most it may have"
        if status < 0:
            return f"QEMU was killed by {signal.Signals(-status).name}"
        said = process.last_words()[-1:]
        return f"QEMU ended with status {status}" + (f": {said[0]}" if said else "")

    def _starved(self, process: QemuProcess) -> bool:
        killed = not self.verdict and process.ended.result() == -signal.SIGKILL
        return killed and bool(self.told.memory_group) and memory_group.kills(self._memory) > self._kills

    # ---- what is seen ---------------------------------------------------------------------------------------------------------

    def _note(self, kind: str, **data: Any) -> None:
        self._flush_code()
        self.journal.add(kind, **data)

    def _show(self, position: int, text: str) -> None:
        self._control.show(position, text)

    def _sight(self, sighting: Sighting) -> None:
        if sighting.kind == "ref_code":
            self.ref_code = sighting.data
            if self._pending_code is None:
                self._pending_code = asyncio.get_running_loop().call_later(_CODE_PAUSE_S, self._flush_code)
        elif sighting.kind == "running":
            self._come_up(sighting.data["by"])
        else:
            if sighting.kind != "prompt":
                self.phase = sighting.kind
            self._note(sighting.kind, **sighting.data)

    def _flush_code(self) -> None:
        """The latest code of the last tenth of a second goes into the journal."""
        if self._pending_code is not None:
            self._pending_code.cancel()
            self._pending_code = None
            self.journal.add("ref_code", **self.ref_code)

    def _learn(self, known: dict[str, Any]) -> None:
        if known["active"] and self.phase != "running":
            self.console.parser.came_up()
            self._come_up("agent")
        self._note("agent", **known)

    def _come_up(self, by: str) -> None:
        self.phase = "running"
        self._note("running", by=by)


def main(arguments: list[str]) -> int:
    """Exit status: 0 when a partition was run, however it ended; 1 when it was not; 2 for wrong arguments."""
    if len(arguments) != 1:
        print("usage: python -m openlpar.hypervisor.qemu.supervisor RUN", file=sys.stderr)
        return 2
    os.umask(0o077)
    run = Path(arguments[0]).absolute()
    try:
        launch.check_private(run)
        lock = launch.lock(run)
        if lock is None:
            raise CannotLaunch(f"another supervisor already runs in {run}")
        (run / launch.LOCK).write_text(f"{os.getpid()}\n", encoding="ascii")
        told = Launch.read(run)
        os.chdir(run)
        asyncio.run(_run(run, told, lock))
    except (CannotLaunch, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    return 0


async def _run(run: Path, told: Launch, lock: int) -> None:
    await Supervisor(run, told, lock, time.time_ns).run(_say_ready)


def _say_ready() -> None:
    """To whoever started us, who then hears no more of us here. Raises OSError when he is gone: then nobody knows of us."""
    os.write(1, b"ready\n")  # at once: whoever reads it goes away then
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
