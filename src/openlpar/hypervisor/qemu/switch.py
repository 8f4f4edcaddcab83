"""The service's end of the virtual switch process: starts it when there is none, and tells it what to carry."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu.children import reap_when_ended

_READY_S = 10.0
_ANSWER_S = 10.0
_LONGEST_ANSWER = 64 << 20


class SwitchError(Exception):
    """The switch did not do what it should; the text says why."""


class Switch:
    """The switch process of a folder. It outlives this one. lost: called when the connection to it ends."""

    def __init__(self, folder: Path, lost: Callable[[], None]) -> None:
        self.folder = folder
        self._lost = lost
        self._numbers = count(1)
        self._turn = asyncio.Lock()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._answer: asyncio.Future[Any] | None = None
        self._told: dict[str, Any] | None = None

    async def configure(self, wanted: dict[str, Any]) -> None:
        """Lets it carry this, and nothing else. Raises SwitchError."""
        if self._writer is not None and self._told == wanted:
            return
        await self.request("configure", **wanted)
        self._told = wanted

    async def request(self, do: str, **arguments: Any) -> Any:
        """What the switch answers. Raises SwitchError."""
        try:
            async with self._turn, asyncio.timeout(_READY_S + _ANSWER_S):
                try:
                    answer = await self._ask(do, arguments)
                except ConnectionResetError:  # it was about to end, or another one that is just ending kept it from starting
                    answer = await self._ask(do, arguments)
        except (OSError, ValueError) as error:
            self._hang_up()
            raise SwitchError(
                f"the virtual switch does not answer {do}: {str(error) or type(error).__name__}"
            ) from error
        if "refused" in answer:
            raise SwitchError(f"the virtual switch refuses {do}: {answer['refused']}")
        return answer["ok"]

    async def close(self) -> None:
        """It goes on."""
        self._lost = lambda: None
        self._hang_up()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _ask(self, do: str, arguments: dict[str, Any]) -> Any:
        if self._writer is None:
            await self._connect()
        assert self._writer is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"id": next(self._numbers), "do": do, **arguments}).encode() + b"\n")
        return await self._answer

    async def _connect(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / "control.sock"
        with contextlib.suppress(OSError):
            return await self._open(path)
        self._spawn()
        async with asyncio.timeout(_READY_S):
            while True:
                with contextlib.suppress(OSError):
                    return await self._open(path)
                await asyncio.sleep(0.02)

    async def _open(self, path: Path) -> None:
        reader, self._writer = await asyncio.open_unix_connection(path, limit=_LONGEST_ANSWER)
        self._told = None
        self._reading = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Every line answers the one request that is under way; the end of the stream is the end of the switch."""
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(json.loads(line))
        self._hang_up()
        self._lost()

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("it ended"))

    def _spawn(self) -> None:
        """In a session of its own: it is to outlive us."""
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-P", "-m", "openlpar.vswitch", str(self.folder)],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, null, number) for number in range(3)],
                setsid=True,
            )
        finally:
            os.close(null)
        reap_when_ended(pid)
