"""A VNC server for one terminal: the Remote Framebuffer Protocol 3.3 to 3.8 (RFC 6143), without authentication.

It listens on the loopback address only. Many viewers may watch and type; each is told what changed when it asks, so a slow one
holds nobody up and nothing piles up for it. Pixels go as they are (encoding Raw): they do not leave the machine.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass

from openlpar.vnc.glyphs import GLYPH_HEIGHT, HEIGHT, WIDTH, Pencil
from openlpar.vnc.keys import Keyboard
from openlpar.vnc.terminal import LINES, PALETTE, TextTerminal

HOST = "127.0.0.1"
PATIENCE_S = 30.0
"""For a viewer that takes no pixels, or does not say who it is."""
_VERSIONS = {b"RFB 003.003\n": 3, b"RFB 003.007\n": 7, b"RFB 003.008\n": 8}
_NO_AUTHENTICATION = 1
_RAW = 0
_LONGEST_CUT = 1 << 20


class BadViewer(Exception):
    """It does not keep to the protocol; the text says where."""


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How a viewer wants its pixels; the fields are those of RFC 6143, 7.4."""

    bits: int = 32
    depth: int = 24
    big_endian: bool = False
    true_colour: bool = True
    maxima: tuple[int, int, int] = (255, 255, 255)
    shifts: tuple[int, int, int] = (16, 8, 0)

    @classmethod
    def read(cls, packed: bytes) -> PixelFormat:
        """Raises BadViewer."""
        bits, depth, big, true, *rest = struct.unpack(">BBBBHHHBBB3x", packed)
        if bits not in (8, 16, 32):
            raise BadViewer(f"pixels of {bits} bits")
        return cls(bits, depth, bool(big), bool(true), tuple(rest[:3]), tuple(rest[3:]))

    def packed(self) -> bytes:
        return struct.pack(
            ">BBBBHHHBBB3x", self.bits, self.depth, self.big_endian, self.true_colour, *self.maxima, *self.shifts
        )

    def pixels(self) -> list[bytes]:
        """Each colour of the palette as a pixel; its number where the viewer keeps a table of colours."""
        return [self._pixel(number) for number in range(len(PALETTE))]

    def _pixel(self, number: int) -> bytes:
        value = number
        if self.true_colour:
            parts = zip(PALETTE[number], self.maxima, self.shifts, strict=True)
            value = sum((part * maximum // 255) << shift for part, maximum, shift in parts)
        size = self.bits // 8
        return (value & ((1 << self.bits) - 1)).to_bytes(size, "big" if self.big_endian else "little")


class ScreenServer:
    """Shows a terminal to viewers. typed: takes what somebody types."""

    def __init__(self, name: str, typed: Callable[[str], None]) -> None:
        self.name = name
        self.typed = typed
        self.terminal = TextTerminal(typed, self._ring)
        self._viewers: set[_Viewer] = set()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> int:
        """Listens at this port of the loopback address, or where somebody else has it at any free one; returns which."""
        try:
            self._server = await asyncio.start_server(self._meet, HOST, port)
        except OSError:
            self._server = await asyncio.start_server(self._meet, HOST, 0)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    def show(self, text: str) -> None:
        """What the console shows."""
        changed = self.terminal.show(text)
        for viewer in self._viewers:
            viewer.changed(changed)

    def _ring(self) -> None:
        for viewer in self._viewers:
            viewer.ring()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        viewer = _Viewer(self, reader, writer)
        try:
            async with asyncio.timeout(PATIENCE_S):
                shared = await viewer.greet()
            if not shared:
                for other in list(self._viewers):
                    other.leave()
            self._viewers.add(viewer)
            await viewer.serve()
        except (BadViewer, OSError, EOFError, TimeoutError):
            pass  # it is gone, or nobody to talk to; the console is none the worse for it
        finally:
            self._viewers.discard(viewer)
            viewer.leave()


class _Viewer:
    """One viewer's connection."""

    def __init__(self, server: ScreenServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._keyboard = Keyboard()
        self._format = PixelFormat()
        self._pencil = Pencil(self._format.pixels())
        self._stale = set(range(LINES))
        self._wanted = False
        self._bells = 0
        self._wake = asyncio.Event()

    def leave(self) -> None:
        self._writer.close()

    def changed(self, lines: set[int]) -> None:
        self._stale |= lines
        self._wake.set()

    def ring(self) -> None:
        self._bells = 1
        self._wake.set()

    async def greet(self) -> bool:
        """The handshake. Returns whether others may go on watching. Raises BadViewer, EOFError."""
        self._writer.write(b"RFB 003.008\n")
        version = _VERSIONS.get(await self._reader.readexactly(12))
        if version is None:
            raise BadViewer("an unknown version of the protocol")
        if version == 3:
            self._writer.write(struct.pack(">I", _NO_AUTHENTICATION))
        else:
            self._writer.write(bytes((1, _NO_AUTHENTICATION)))
            if await self._number(1) != _NO_AUTHENTICATION:
                raise BadViewer("it wants an authentication that was not offered")
            if version == 8:
                self._writer.write(struct.pack(">I", 0))
        shared = bool(await self._number(1))
        name = self._server.name.encode()
        self._writer.write(struct.pack(">HH16sI", WIDTH, HEIGHT, self._format.packed(), len(name)) + name)
        return shared

    async def serve(self) -> None:
        """Until the viewer leaves. Raises BadViewer, EOFError, OSError, TimeoutError."""
        sides = {asyncio.create_task(self._updates()), asyncio.create_task(self._messages())}
        try:
            ended, _ = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
            for side in ended:
                side.result()
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)

    async def _messages(self) -> None:
        while True:
            await self._message()

    async def _number(self, size: int) -> int:
        return int.from_bytes(await self._reader.readexactly(size), "big")

    async def _message(self) -> None:
        kind = await self._number(1)
        if kind == 0:
            self._format = PixelFormat.read((await self._reader.readexactly(19))[3:])
            self._pencil = Pencil(self._format.pixels())
            self._stale = set(range(LINES))
            if not self._format.true_colour:
                self._writer.write(_colour_table())
        elif kind == 2:  # encodings: Raw is understood by every viewer
            _, count = struct.unpack(">BH", await self._reader.readexactly(3))
            await self._reader.readexactly(4 * count)
        elif kind == 3:
            incremental = await self._number(1)
            await self._reader.readexactly(8)  # its part of the screen: it gets whole lines
            if not incremental:
                self._stale = set(range(LINES))
            self._wanted = True
            self._wake.set()
        elif kind == 4:
            down, keysym = struct.unpack(">B2xI", await self._reader.readexactly(7))
            sent = self._keyboard.key(keysym, bool(down), self._server.terminal.cursor_keys_are_for_programs)
            if sent:
                self._server.typed(sent)
        elif kind == 5:
            await self._reader.readexactly(5)  # a terminal has no pointer
        elif kind == 6:
            length = struct.unpack(">3xI", await self._reader.readexactly(7))[0]
            if length > _LONGEST_CUT:
                raise BadViewer(f"{length} bytes of cut text")
            await self._reader.readexactly(length)
        else:
            raise BadViewer(f"message {kind}")

    async def _updates(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._bells:
                self._bells = 0
                self._writer.write(b"\x02")
            if self._wanted and self._stale:
                lines, self._stale, self._wanted = sorted(self._stale), set(), False
                self._writer.write(struct.pack(">BxH", 0, len(lines)))
                for line in lines:
                    place = struct.pack(">HHHHi", 0, line * GLYPH_HEIGHT, WIDTH, GLYPH_HEIGHT, _RAW)
                    self._writer.write(place + self._pencil.line(self._server.terminal.line(line)))
            async with asyncio.timeout(PATIENCE_S):
                await self._writer.drain()


def _colour_table() -> bytes:
    """Set the palette in a viewer that keeps a table of colours; its parts are 16 bits wide."""
    colours = b"".join(struct.pack(">HHH", *(part * 257 for part in colour)) for colour in PALETTE)
    return struct.pack(">BxHH", 1, 0, len(PALETTE)) + colours
