"""A typed link to one QEMU's monitor (QMP), over the library ``qemu.qmp``.

``Qmp`` is all that the rest of this package knows of it. ``QmpLink`` is the one to a real monitor: it can lose its connection and
be connected again, and whoever waits for events then goes on waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from qemu.qmp import ExecuteError, Message, QMPClient, QMPError, Runstate
from qemu.qmp.events import EventListener


@dataclass(frozen=True, slots=True)
class Event:
    """What QEMU said by itself. at: ms since 1970, 0 when QEMU did not know."""

    name: str
    data: Mapping[str, Any]
    at: int


class QmpError(Exception):
    """A command was not carried out, or nobody knows whether it was."""


class QmpRefused(QmpError):
    """QEMU refused a command: nothing was done. error_class as in the QMP reference (mostly ``GenericError``)."""

    def __init__(self, error_class: str, text: str) -> None:
        super().__init__(text)
        self.error_class = error_class
        self.text = text


class QmpLost(QmpError):
    """There is no connection. A command under way may have been carried out."""


class QmpTimeout(QmpError):
    """QEMU did not answer in time. It may still carry the command out."""


class Qmp(Protocol):
    """A monitor, as those who drive devices see it."""

    async def execute(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Returns what QEMU returned. Raises QmpRefused, QmpLost, QmpTimeout."""
        ...

    async def add_file(self, descriptor: int) -> int:
        """Gives QEMU an open file, which stays open here. Returns the number N by which it is ``/dev/fdset/N`` there. Raises as
        ``execute`` does."""
        ...

    def events(self, *names: str) -> AbstractAsyncContextManager[asyncio.Queue[Event]]:
        """Collects these events (none named: all) from entry on, so that none is missed between a command and its event."""
        ...


class _Collector(EventListener):
    """Hands events on. The library's own listener would keep each of them for ever."""

    def __init__(self, queues: Mapping[asyncio.Queue[Event], frozenset[str]]) -> None:
        super().__init__()
        self._queues = queues

    async def put(self, event: Message) -> None:
        name, data = str(event["event"]), event.get("data")
        ours = _event(name, data if isinstance(data, dict) else {}, event.get("timestamp"))
        for queue, names in self._queues.items():
            if not names or name in names:
                queue.put_nowait(ours)


def _event(name: str, data: Mapping[str, Any], stamp: Any) -> Event:
    try:
        at = stamp["seconds"] * 1000 + stamp["microseconds"] // 1000
    except (TypeError, KeyError):
        at = 0
    return Event(name, data, max(0, at))


class QmpLink:
    """See ``Qmp``. The socket may be connected, lost and connected again any number of times."""

    def __init__(self, path: Path, limit_s: float = 10.0) -> None:
        """path: of the monitor's Unix socket; limit_s: within which each command must be answered."""
        self._path = path
        self._limit_s = limit_s
        self._client: QMPClient | None = None
        self._socket: socket.socket | None = None
        self._queues: dict[asyncio.Queue[Event], frozenset[str]] = {}

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.runstate == Runstate.RUNNING

    async def connect(self) -> None:
        """Raises QmpLost when nobody listens or the greeting was none, QmpTimeout when there was no greeting in time."""
        client = QMPClient()
        client.events.event_filter = lambda event: False  # it would gather every event, and nobody reads it
        client.register_listener(_Collector(self._queues))
        link = socket.socket(socket.AF_UNIX)
        link.setblocking(False)
        try:
            async with asyncio.timeout(self._limit_s):
                await asyncio.get_running_loop().sock_connect(link, str(self._path))
                await client.connect(link)
        except TimeoutError:
            link.close()
            raise QmpTimeout(f"QEMU did not greet within {self._limit_s:g} s") from None
        except (QMPError, OSError) as error:
            link.close()
            raise QmpLost(str(error)) from error
        self._client, self._socket = client, link

    async def lost(self) -> str:
        """Returns when the connection has ended, with the reason."""
        client = self._client
        if client is None:
            return "not connected"
        while client.runstate == Runstate.RUNNING:
            await client.runstate_changed()
        return await self._hang_up(client)

    async def close(self) -> None:
        if self._client is not None:
            await self._hang_up(self._client)

    async def _hang_up(self, client: QMPClient) -> str:
        if self._client is client:
            self._client = None
        if self._socket is not None:
            with contextlib.suppress(
                OSError
            ):  # the library would wait until QEMU has read everything: a hung one never does
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket = None
        try:
            if client.runstate != Runstate.IDLE:
                await client.disconnect()
        except EOFError:
            return "QEMU closed its monitor"
        except (QMPError, OSError, ValueError, RecursionError) as error:
            return f"the monitor failed: {error}"[:200]
        return "closed"

    async def execute(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        client = self._client
        if client is None:
            raise QmpLost("there is no connection to QEMU")
        try:
            async with asyncio.timeout(self._limit_s):
                return await client.execute(command, arguments)
        except TimeoutError:
            raise QmpTimeout(f"QEMU did not answer {command} within {self._limit_s:g} s") from None
        except ExecuteError as refusal:
            raise QmpRefused(refusal.error_class, str(refusal)) from None
        except QMPError as error:
            raise QmpLost(f"the connection to QEMU ended during {command}: {error}"[:300]) from error

    async def hand_over(self, descriptor: int, name: str) -> None:
        """Gives QEMU an open file under a name; ours stays open. Raises QmpRefused, QmpLost, QmpTimeout."""
        self._send(descriptor)
        await self.execute("getfd", {"fdname": name})

    async def add_file(self, descriptor: int) -> int:
        self._send(descriptor)
        return int((await self.execute("add-fd"))["fdset-id"])

    def _send(self, descriptor: int) -> None:
        """It is for the command that comes next."""
        client = self._client
        if client is None:
            raise QmpLost("there is no connection to QEMU")
        try:
            client.send_fd_scm(descriptor)
        except (QMPError, OSError) as error:
            raise QmpLost(f"the connection to QEMU ended while it was given a file: {error}"[:300]) from error

    @contextlib.asynccontextmanager
    async def events(self, *names: str) -> AsyncIterator[asyncio.Queue[Event]]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._queues[queue] = frozenset(names)
        try:
            yield queue
        finally:
            del self._queues[queue]
