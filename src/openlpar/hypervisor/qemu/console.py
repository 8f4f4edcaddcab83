"""A partition's console, held open for as long as QEMU runs: what it shows is kept, logged, parsed and handed on."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
from collections import deque
from collections.abc import Callable
from pathlib import Path

from openlpar.hypervisor.qemu.bounded_log import BoundedLog
from openlpar.hypervisor.qemu.console_parser import ConsoleParser, Sighting

FILE = "console.log"
LOG_LIMIT = 4 << 20
KEPT = 256 << 10
"""Characters that a newcomer can still be shown."""

_PAUSE_S = 0.01
"""A guest writes byte by byte: what it writes within this time goes on in one piece."""

_BACKLOG = 64 << 10
"""Bytes typed that the guest has not taken."""


class ConsoleBusy(Exception):
    """The guest does not take what is typed."""


class Ring:
    """The last characters of a text that never ends; positions count from its beginning."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._pieces: deque[str] = deque()
        self._length = 0
        self.end = 0

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
        self.end += len(text)
        while self._length - len(self._pieces[0]) >= self._kept:
            self._length -= len(self._pieces.popleft())

    def since(self, position: int) -> tuple[int, str]:
        """(where the text begins, the text): from this position, or from the first one that is still kept."""
        text = "".join(self._pieces)[-self._kept :]
        begin = self.end - len(text)
        position = min(max(position, begin), self.end)
        return position, text[position - begin :]


class Console:
    """See ``attach``. The chardev serves one client at a time, and that is this one."""

    def __init__(
        self, log: Path, sighted: Callable[[Sighting], None], shown: Callable[[int, str], None], kept: int = KEPT
    ) -> None:
        """shown: gets (position, text) of every piece. was_typed_at: somebody has, since QEMU was started."""
        self.ring = Ring(kept)
        self.was_typed_at = False
        self.parser = ConsoleParser()
        self._log = BoundedLog(log, LOG_LIMIT)
        self._sighted = sighted
        self._shown = shown
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._writer: asyncio.StreamWriter | None = None

    async def attach(self, path: Path) -> asyncio.Task[None]:
        """Connects to the chardev's socket and returns the task that reads it, which ends with the connection. Raises OSError."""
        reader, self._writer = await asyncio.open_unix_connection(path)
        return asyncio.create_task(self._read(reader, self._writer), name="console")

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            while data := await reader.read(65536):
                self._log.write(data)
                if text := self._decode(data):
                    self._show(text)
                await asyncio.sleep(_PAUSE_S)

    def _show(self, text: str) -> None:
        position = self.ring.end
        self.ring.add(text)
        self._shown(position, text)
        for sighting in self.parser.feed(text):
            self._sighted(sighting)

    def type(self, text: str) -> None:
        """Raises ConsoleBusy, or OSError when the console is not connected."""
        if self._writer is None or self._writer.is_closing():
            raise ConnectionError("the console is not connected")
        if self._writer.transport.get_write_buffer_size() + len(text) > _BACKLOG:
            raise ConsoleBusy("the partition does not read its console; what was typed is not taken")
        self.was_typed_at = True
        self._writer.write(text.encode(errors="surrogateescape"))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._log.close()
