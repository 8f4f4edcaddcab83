"""One storage daemon of QEMU: a process that outlives ours, its monitor, and letting it have what it should."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import select
import signal
import subprocess
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qemu.qmp import ExecuteError, Message, QMPClient, QMPError

from openlpar.qemu_host.processes import Process, boot
from openlpar.vios.served.nodes import Node, Wanted
from openlpar.vios.served.programs import Programs

log = logging.getLogger(__name__)

_LONGEST_SOCKET = 107
_ANSWER_S = 10.0
_START_S = 10.0
_END_S = 5.0
_LOOK_S = 0.01
# Each request takes a piece of memory. glibc gives pieces of this size back to the host each time, and the host has to clear the
# next one page by page, which takes four times as long as all the rest. Memory of a thread's own is given back whatever the
# thresholds say, so all threads have the same.
_KEEP_MEMORY = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in (
        ("mmap_threshold", 32 << 20),
        ("trim_threshold", 16 << 20),
        ("top_pad", 4 << 20),
        ("arena_max", 1),
    )
)
# All that is read and written goes through a thread that does nothing else: the loop of the monitor takes twice the processor time
# for each request. It does not poll, which gains nothing here and takes time from guests.
_THREAD = "io"
_RING, _PROBE = {"aio": "io_uring"}, "probe"
_OURS = "fc"  # how names of our nodes begin; the daemon gives names with # to those within


class DaemonError(OSError):
    """A storage daemon did not do what it should."""


class _Link(QMPClient):
    """Without the library's log of messages: it spells out each of them, even when nobody reads it."""

    def _cb_inbound(self, msg: Message) -> Message:
        return msg

    def _cb_outbound(self, msg: Message) -> Message:
        return msg


class Daemon:
    """The daemon in a folder: ``nbd.sock``, ``qmp.sock``, ``process`` (which one it is), ``log``.

    ended: called when it ends by itself. Not for several tasks at a time.
    """

    def __init__(self, folder: Path, programs: Programs, ended: Callable[[], None]) -> None:
        self.folder, self._programs, self._ended = folder, programs, ended
        self._child: subprocess.Popen[bytes] | None = None
        self._link: QMPClient | None = None
        self._watched = -1
        self._is_ending = False
        self._ring: bool | None = None

    @property
    def socket(self) -> Path:
        """Where its exports are."""
        return self.folder / "nbd.sock"

    @property
    def _monitor(self) -> Path:
        return self.folder / "qmp.sock"

    # the process

    def process(self) -> Process | None:
        """The last one that was started here since the machine came up; it may have ended."""
        try:
            found = Process(**json.loads((self.folder / "process").read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return found if found.boot == boot() else None

    def is_alive(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        if self._watched >= 0:
            return not _is_readable(self._watched)
        process = self.process()
        return process is not None and process.is_alive()

    async def start(self) -> None:
        """Takes up the one that runs, or starts one. Raises DaemonError."""
        if not self.is_alive():
            await self._spawn()
        await self._connected()

    async def _spawn(self) -> None:
        await self._forget()
        for path in (self.socket, self._monitor):
            if len(str(path)) > _LONGEST_SOCKET:
                raise DaemonError(
                    f"{path} is too long for the name of a socket: use a data directory with a shorter name"
                )
        await self._evict()
        for path in (self.socket, self._monitor):
            path.unlink(missing_ok=True)
        self.folder.mkdir(0o700, parents=True, exist_ok=True)
        command = [
            *self._programs.daemon,
            *("--chardev", f"socket,id=qmp,path={_escaped(self._monitor)},server=on,wait=off"),
            *("--monitor", "chardev=qmp"),
            *("--object", f"iothread,id={_THREAD},poll-max-ns=0"),
            *("--nbd-server", f"addr.type=unix,addr.path={_escaped(self.socket)},max-connections=0"),
        ]
        with open(self.folder / "log", "wb", opener=_private) as out:
            child = subprocess.Popen(
                command, cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "GLIBC_TUNABLES": _KEEP_MEMORY, **self._programs.environment},
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, umask=0o077,
            )  # fmt: skip
        self._child = child
        # Each disk takes a few files, each client one more.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with contextlib.suppress(OSError):
            resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (most, most))
        note(self.folder / "process", asdict(Process.of(child.pid)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                while not (self.socket.exists() and self._monitor.exists()) and child.poll() is None:
                    await asyncio.sleep(_LOOK_S)
                if child.poll() is None:
                    return
        await self.kill()
        said = (self.folder / "log").read_text(errors="replace").strip()
        raise DaemonError(f"the storage daemon did not start: {said[-500:] or 'it said nothing'}")

    async def _evict(self) -> None:
        """Ends one that was started, but not taken note of: it would keep the files to itself."""
        if self._monitor.exists():
            with contextlib.suppress(OSError):
                await self._execute("quit")
                async with asyncio.timeout(_END_S):
                    while self._monitor.exists():  # it goes after the files
                        await asyncio.sleep(_LOOK_S)
            await self._forget()

    async def stop(self) -> None:
        """Ends it in good order: what clients were told is written is in the files."""
        self._is_ending = True
        try:
            if self.is_alive():
                self._unwatch()
                with contextlib.suppress(DaemonError):
                    await self._execute("quit")
                await self.kill(_END_S)
            else:
                await self._evict()
            await self._forget()
            for path in (self.socket, self._monitor):  # one that was killed leaves them
                path.unlink(missing_ok=True)
        finally:
            self._is_ending = False

    async def kill(self, patience_s: float = 0.0) -> None:
        """Waits for its end, and makes one of it when patience is gone."""
        self._unwatch()
        process = self.process()
        if process is None or not process.is_alive():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self.is_alive():
                    await asyncio.sleep(_LOOK_S)
        if process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        while self.is_alive():
            await asyncio.sleep(_LOOK_S)

    async def close(self) -> None:
        """Lets go of it; it goes on."""
        self._unwatch()
        await self._forget()

    async def let_others(self) -> None:
        """Leaves the monitor, which has room for one, to other services. It is watched all the same."""
        await self._forget()

    # the monitor

    async def _connected(self) -> QMPClient:
        if self._link is not None and self._link.runstate.name == "RUNNING":
            return self._link
        await self._forget()
        link = _Link("storage daemon")
        try:
            async with asyncio.timeout(_ANSWER_S):
                await link.connect(str(self._monitor))
        except (QMPError, OSError, TimeoutError) as exc:
            raise DaemonError(f"the storage daemon does not answer: {exc!r}") from exc
        self._link = link
        self._watch()
        return link

    async def _forget(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            with contextlib.suppress(QMPError, OSError, EOFError):
                await link.disconnect()

    async def _execute(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        link = await self._connected()
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await link.execute(command, dict(arguments) if arguments else None)
        except ExecuteError as exc:
            raise DaemonError(f"{command}: {exc}") from exc
        except (QMPError, OSError, EOFError, TimeoutError) as exc:
            await self._forget()
            raise DaemonError(f"{command}: the storage daemon does not answer") from exc

    def _watch(self) -> None:
        process = self.process()
        if self._watched >= 0 or process is None or self._is_ending:
            return
        try:
            self._watched = os.pidfd_open(process.pid)
        except OSError:
            return
        asyncio.get_running_loop().add_reader(self._watched, self._died)

    def _unwatch(self) -> None:
        if self._watched >= 0:
            asyncio.get_running_loop().remove_reader(self._watched)
            os.close(self._watched)
            self._watched = -1

    def _died(self) -> None:
        self._unwatch()
        log.error("the storage daemon in %s ended by itself", self.folder.name)
        self.is_alive()  # takes note of the end of a child
        self._ended()

    # what it has

    async def has_beyond(self, wanted: Wanted, nodes: Collection[str], exports: Collection[str]) -> bool:
        """Whether ``drop`` has something to do. Raises DaemonError."""
        return not (
            {*wanted.nodes, *nodes} >= (await self._nodes()).keys()
            and {*wanted.exports, *exports} >= await self._exports()
        )

    async def drop(
        self, wanted: Wanted, nodes: Collection[str] = (), exports: Collection[str] = ()
    ) -> list[DaemonError]:
        """Lets it have nothing more than that, and what others want. Returns what went wrong."""
        try:
            await self._unexport({*wanted.exports, *exports})
            left = [node for node in await self._nodes() if node not in wanted.nodes and node not in nodes]
            while left:
                # A base can go when nothing is above it any more.
                tried = [(node, await self._failures("blockdev-del", {"node-name": node})) for node in left]
                refused = [(node, problems) for node, problems in tried if problems]
                if len(refused) == len(left):
                    return [problem for _, problems in refused for problem in problems]
                left = [node for node, _ in refused]
        except DaemonError as exc:
            return [exc]
        return []

    async def _unexport(self, wanted: Collection[str]) -> None:
        gone = await self._exports() - set(wanted)
        for export in gone:
            await self._execute("block-export-del", {"id": export, "mode": "hard"})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                while gone & await self._exports():  # it has to end what is under way
                    await asyncio.sleep(_LOOK_S)

    async def add(self, wanted: Wanted) -> list[DaemonError]:
        """Gives it what it lacks of that. Returns what went wrong; the rest is there."""
        failed: list[DaemonError] = []
        try:
            present = await self._nodes()
            missing = [node for node in wanted.nodes.values() if node.name not in present]
            for node in missing:
                failed += await self._failures("blockdev-add", {"node-name": node.name, **await self._fastest(node)})
            present = await self._nodes()
            for node in missing:
                if present.get(node.name, node.size) < node.size:
                    problems = await self._failures("block_resize", {"node-name": node.name, "size": node.size})
                    if problems:  # better not there than smaller than it should be
                        failed += problems + await self._failures("blockdev-del", {"node-name": node.name})
                        del present[node.name]
            exports = await self._exports()
        except DaemonError as exc:
            return [*failed, exc]
        for export in wanted.exports.values():
            if export.id not in exports and export.node in present:
                arguments = {
                    "type": "nbd", "id": export.id, "node-name": export.node, "name": export.name, "writable": export.writable,
                    "iothread": _THREAD,
                }  # fmt: skip
                failed += await self._failures("block-export-add", arguments)
        return failed

    async def _fastest(self, node: Node) -> dict[str, Any]:
        """Options of a node, with the way to its file that takes the fewest turns of the scheduler, where the host lets us."""
        if "file" not in node.options:
            return node.options
        if self._ring is None:
            probe = {"driver": "file", "filename": str(self.folder / "log"), "read-only": True, **_RING}
            self._ring = not await self._failures("blockdev-add", {"node-name": _PROBE, **probe})
            if self._ring:
                await self._failures("blockdev-del", {"node-name": _PROBE})
        return {**node.options, "file": {**node.options["file"], **_RING}} if self._ring else node.options

    async def _failures(self, command: str, arguments: Mapping[str, Any]) -> list[DaemonError]:
        try:
            await self._execute(command, arguments)
        except DaemonError as exc:
            return [exc]
        return []

    async def _exports(self) -> set[str]:
        return {export["id"] for export in await self._execute("query-block-exports")}

    async def _nodes(self) -> dict[str, int]:
        """Bytes of each of our nodes."""
        found = await self._execute("query-named-block-nodes", {"flat": True})
        return {node["node-name"]: node["image"]["virtual-size"] for node in found if node["node-name"][0] in _OURS}


def note(path: Path, facts: Mapping[str, Any]) -> None:
    """Facts about processes; whoever reads them meanwhile finds the old ones or the new ones. Raises OSError."""
    draft = path.with_suffix(".draft")
    with open(draft, "w", opener=_private) as file:
        json.dump(facts, file)
    draft.replace(path)


def _is_readable(file: int) -> bool:
    looked = select.poll()
    looked.register(file, select.POLLIN)
    return bool(looked.poll(0))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _escaped(path: Path) -> str:
    """As a value among others in an option of QEMU."""
    return str(path).replace(",", ",,")
