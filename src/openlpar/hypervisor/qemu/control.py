"""The server of a supervisor's control socket: one JSON object a line, in both directions.

    {"id": 1, "do": "power_down"}        ->  {"id": 1, "ok": {...}}  or  {"id": 1, "refused": "text", "unsure": false}
    {"id": 2, "do": "watch", "since": 7} ->  {"id": 2, "ok": {"number": 9}}, then a stream of
                                             {"notice": 8, "at": 1795245113901, "kind": "reset", ...}
                                             {"console": "text", "from": position}

A watcher gets every notice exactly once, the ones since the number it names first. It gets console text from now on, or from
the position that it names in ``console``; when it reads too slowly, it gets what is still kept once it has caught up (``from``
tells what was lost), and in the end it loses its connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu.console import Ring
from openlpar.hypervisor.qemu.journal import Journal, Notice

LONGEST_LINE = 1 << 20
MOST_UNDER_WAY = 64

CONSOLE_BACKLOG = 256 << 10
NOTICE_BACKLOG = 4 << 20
"""Bytes that a watcher has not read, beyond which console text waits for it, or it is cut off."""

Request = Callable[..., Awaitable[Any]]


class Refused(Exception):
    """A request is not carried out; the text goes to whoever asked. unsure: it may have been, or may yet be."""

    def __init__(self, text: str, unsure: bool = False) -> None:
        super().__init__(text)
        self.unsure = unsure


def check_arguments(do: str, request: Request, arguments: Mapping[str, Any]) -> None:
    """Raises Refused when one is missing or unknown."""
    try:
        inspect.signature(request).bind(**arguments)
    except TypeError as error:
        raise Refused(f"{do}: {error}") from None


class ControlServer:
    """Serves requests that others carry out. An exception of theirs becomes a refusal with its text."""

    def __init__(self, requests: Mapping[str, Request], journal: Journal, console: Ring) -> None:
        """requests: by name; a request's arguments are the keyword arguments of its callable."""
        self._requests = requests
        self._journal = journal
        self._console = console
        self._connections: set[_Connection] = set()
        self._serving: set[asyncio.Task[Any]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path, limit=LONGEST_LINE)

    async def close(self) -> None:
        """Whoever reads within a second still gets what was sent to it."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        for connection in self._connections:
            connection.close()
        if self._serving:
            await asyncio.wait(self._serving, timeout=1)
        for connection in self._connections:
            connection.abort()
        if self._serving:
            await asyncio.wait(self._serving)

    def show(self, position: int, text: str) -> None:
        """Console text to all watchers."""
        watchers = [connection for connection in self._connections if connection.watching]
        if watchers:
            line = _shown(position, text)
            for connection in watchers:
                if connection.backlog < CONSOLE_BACKLOG and not connection.lags:
                    connection.send(line)
                else:
                    connection.catch_up(self._console, position)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        self._connections.add(connection)
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        try:
            while line := await reader.readline():
                self._take(connection, line)
        except (OSError, ValueError):
            pass  # gone, or a line beyond all measure
        finally:
            connection.close()
            self._connections.discard(connection)
            self._serving.discard(serving)

    def _take(self, connection: _Connection, line: bytes) -> None:
        number: Any = None
        try:
            request = json.loads(line)
            number, do = request.pop("id"), request.pop("do")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return connection.send(_line({"id": number, "refused": 'a request is {"id": number, "do": name, ...}'}))
        if do == "watch":
            return self._watch(connection, number, request)
        if len(self._tasks) >= MOST_UNDER_WAY:
            return connection.send(_line({"id": number, "refused": f"{MOST_UNDER_WAY} requests are under way already"}))
        task = asyncio.create_task(self._answer(connection, number, do, request))
        self._tasks.add(task)  # it goes on when the connection ends: half a resize is worse than one nobody hears of
        task.add_done_callback(self._tasks.discard)

    def _watch(self, connection: _Connection, number: Any, arguments: Mapping[str, Any]) -> None:
        since, console = arguments.get("since", 0), arguments.get("console", self._console.end)
        if not (isinstance(since, int) and isinstance(console, int)) or connection.watching:
            return connection.send(_line({"id": number, "refused": "watch once, since the number of a notice"}))
        connection.send(_line({"id": number, "ok": {"number": self._journal.number}}))
        for notice in self._journal.since(since):
            connection.send(notice.line())
        position, text = self._console.since(console)
        if text:
            connection.send(_shown(position, text))
        connection.watch(self._journal)

    async def _answer(self, connection: _Connection, number: Any, do: Any, arguments: dict[str, Any]) -> None:
        try:
            answer = {"id": number, "ok": await self._carry_out(do, arguments)}
        except Refused as refusal:
            answer = {"id": number, "refused": str(refusal), "unsure": refusal.unsure}
        except Exception as error:  # a defect in a request must not end what keeps QEMU
            traceback.print_exc()
            answer = {"id": number, "refused": f"{do} failed: {error!r}", "unsure": True}
        connection.send(_line(answer))

    async def _carry_out(self, do: Any, arguments: dict[str, Any]) -> Any:
        request = self._requests.get(do) if isinstance(do, str) else None
        if request is None:
            raise Refused(f"there is no request {do!r}; there are {', '.join(sorted(self._requests))}")
        check_arguments(str(do), request, arguments)
        return await request(**arguments) or {}


class _Connection:
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._unwatch: Callable[[], None] | None = None
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def lags(self) -> bool:
        """It gets no console text until it has read what was sent to it."""
        return self._catching_up is not None

    def catch_up(self, console: Ring, position: int) -> None:
        """Sends it the console text from a position on, as soon as it reads again."""
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._send_rest(console, position))

    async def _send_rest(self, console: Ring, position: int) -> None:
        with contextlib.suppress(OSError):
            await self._writer.drain()
            self._catching_up = None
            self.send(_shown(*console.since(position)))

    @property
    def watching(self) -> bool:
        return self._unwatch is not None

    @property
    def backlog(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    def watch(self, journal: Journal) -> None:
        self._unwatch = journal.watch(self._notify)

    def _notify(self, notice: Notice) -> None:
        self.send(notice.line())

    def send(self, line: bytes) -> None:
        if self._writer.is_closing():
            return
        if self.backlog > NOTICE_BACKLOG:
            self.abort()
        else:
            self._writer.write(line)

    def close(self) -> None:
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
        if self._catching_up is not None:
            self._catching_up.cancel()
        with contextlib.suppress(OSError):
            self._writer.close()

    def abort(self) -> None:
        self._writer.transport.abort()


def _shown(position: int, text: str) -> bytes:
    return _line({"console": text, "from": position})


def _line(plain: Mapping[str, Any]) -> bytes:
    return json.dumps(plain, separators=(",", ":")).encode() + b"\n"
