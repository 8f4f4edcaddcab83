"""The protocol, spoken by hand: what RFC 6143 asks of a server, and what becomes of viewers that do not keep to it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.vnc.glyphs import GLYPH_HEIGHT, HEIGHT, WIDTH
from openlpar.vnc.rfb import PixelFormat, ScreenServer
from openlpar.vnc.terminal import LINES, PALETTE

WAIT_S = 20
UPDATE = struct.pack(">BBHHHH", 3, 0, 0, 0, WIDTH, HEIGHT)
CHANGES = struct.pack(">BBHHHH", 3, 1, 0, 0, WIDTH, HEIGHT)


class Screen:
    """A server, and what was typed at it."""

    def __init__(self) -> None:
        self.typed: list[str] = []
        self.server = ScreenServer("vm1 (partition 4)", self.typed.append)
        self.port = 0


class Viewer:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, screen: Screen) -> Viewer:
        return cls(*await asyncio.open_connection("127.0.0.1", screen.port))

    async def read(self, size: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(size), WAIT_S)

    async def greet(self, version: bytes = b"RFB 003.008\n", shared: bool = True) -> str:
        """Returns the name of the screen."""
        assert await self.read(12) == b"RFB 003.008\n"
        self.writer.write(version)
        if version.endswith(b"3\n"):
            assert await self.read(4) == b"\0\0\0\1"
        else:
            assert await self.read(2) == b"\1\1"
            self.writer.write(b"\1")
            if version.endswith(b"8\n"):
                assert await self.read(4) == b"\0\0\0\0"
        self.writer.write(bytes([shared]))
        width, height, packed, length = struct.unpack(">HH16sI", await self.read(24))
        assert (width, height) == (WIDTH, HEIGHT)
        assert PixelFormat.read(packed) == PixelFormat()
        return (await self.read(length)).decode()

    async def update(self, size: int = 4) -> list[int]:
        """The lines of the next update; size: bytes of a pixel."""
        kind, count = struct.unpack(">BxH", await self.read(4))
        assert kind == 0
        lines = []
        for _ in range(count):
            x, y, width, height, encoding = struct.unpack(">HHHHi", await self.read(12))
            assert (x, width, height, encoding) == (0, WIDTH, GLYPH_HEIGHT, 0)
            self.pixels = await self.read(width * height * size)
            lines.append(y // GLYPH_HEIGHT)
        return lines

    async def left(self) -> None:
        """The server ends the connection."""
        while await asyncio.wait_for(self.reader.read(65536), WAIT_S):
            pass


@pytest.fixture
async def screen() -> AsyncIterator[Screen]:
    screen = Screen()
    screen.port = await screen.server.listen(0)
    yield screen
    await screen.server.close()


@pytest.mark.parametrize("version", [b"RFB 003.003\n", b"RFB 003.007\n", b"RFB 003.008\n"])
async def test_viewers_of_every_version_are_let_in(screen: Screen, version: bytes) -> None:
    viewer = await Viewer.connect(screen)
    assert await viewer.greet(version) == "vm1 (partition 4)"
    viewer.writer.write(UPDATE)
    assert await viewer.update() == list(range(LINES))


async def test_only_what_changed_is_sent_and_only_when_it_is_asked_for(screen: Screen) -> None:
    viewer = await Viewer.connect(screen)
    await viewer.greet()
    viewer.writer.write(UPDATE)
    assert len(await viewer.update()) == LINES
    viewer.writer.write(CHANGES)
    screen.server.show("\x1b[7;1Hseven")
    assert await viewer.update() == [0, 6]
    screen.server.show("\x1b[9;1Hnine")
    screen.server.show("\x1b[8;1Height")
    viewer.writer.write(CHANGES)
    assert await viewer.update() == [6, 7, 8], "together, because nobody had asked meanwhile"


async def test_many_watch_and_type_unless_one_wants_it_for_himself(screen: Screen) -> None:
    first, second = await Viewer.connect(screen), await Viewer.connect(screen)
    await first.greet()
    await second.greet()
    for viewer in (first, second):
        viewer.writer.write(UPDATE + struct.pack(">BB2xI", 4, 1, ord("x")))
        await viewer.update()
        viewer.writer.write(CHANGES)
    screen.server.show("x")
    assert [await viewer.update() for viewer in (first, second)] == [[0], [0]]
    assert screen.typed == ["x", "x"]
    alone = await Viewer.connect(screen)
    await alone.greet(shared=False)
    await first.left()
    await second.left()


async def test_the_bell_is_heard(screen: Screen) -> None:
    viewer = await Viewer.connect(screen)
    await viewer.greet()
    viewer.writer.write(UPDATE)
    await viewer.update()
    screen.server.show("\a\a")
    assert await viewer.read(1) == b"\x02"


async def test_pointer_and_clipboard_do_nothing(screen: Screen) -> None:
    viewer = await Viewer.connect(screen)
    await viewer.greet()
    viewer.writer.write(struct.pack(">BBHH", 5, 1, 10, 10) + struct.pack(">B3xI", 6, 5) + b"paste")
    viewer.writer.write(struct.pack(">BxHi", 2, 1, 16) + UPDATE)
    assert len(await viewer.update()) == LINES
    assert screen.typed == []


async def test_a_viewer_with_a_table_of_colours_gets_ours(screen: Screen) -> None:
    viewer = await Viewer.connect(screen)
    await viewer.greet()
    wanted = PixelFormat(bits=8, depth=8, true_colour=False)
    viewer.writer.write(b"\0\0\0\0" + wanted.packed() + UPDATE)
    kind, first, count = struct.unpack(">BxHH", await viewer.read(6))
    assert (kind, first, count) == (1, 0, len(PALETTE))
    colours = struct.unpack(f">{3 * count}H", await viewer.read(6 * count))
    assert tuple(part >> 8 for part in colours) == tuple(part for colour in PALETTE for part in colour)
    await viewer.update(size=1)
    assert set(viewer.pixels) <= set(range(len(PALETTE)))


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"RFB 004.000\n",
        b"RFB 003.008\n\x02",
        b"RFB 003.008\n\x01\x01\x63",
        b"RFB 003.008\n\x01\x01" + b"\0\0\0\0" + bytes([24]) + bytes(15),
        b"RFB 003.008\n\x01\x01" + struct.pack(">B3xI", 6, 1 << 31),
    ],
)
async def test_who_does_not_keep_to_the_protocol_is_left_and_nobody_else(screen: Screen, said: bytes) -> None:
    good = await Viewer.connect(screen)
    await good.greet()
    bad = await Viewer.connect(screen)
    bad.writer.write(said)
    await bad.left()
    good.writer.write(UPDATE)
    assert len(await good.update()) == LINES


async def test_a_port_in_use_makes_way_for_another(screen: Screen) -> None:
    other = Screen()
    other.port = await other.server.listen(screen.port)
    assert other.port != screen.port
    assert await (await Viewer.connect(other)).greet() == "vm1 (partition 4)"
    await other.server.close()


@given(
    bits=st.sampled_from([8, 16, 32]),
    big=st.booleans(),
    maxima=st.tuples(*[st.integers(0, 65535)] * 3),
    shifts=st.tuples(*[st.integers(0, 255)] * 3),
)
def test_every_pixel_format_yields_pixels_of_its_size(
    bits: int, big: bool, maxima: tuple[int, int, int], shifts: tuple[int, int, int]
) -> None:
    asked = PixelFormat(bits, 24, big, True, maxima, shifts)
    assert PixelFormat.read(asked.packed()) == asked
    assert {len(pixel) for pixel in asked.pixels()} == {bits // 8}


def test_a_pixel_has_its_parts_where_the_viewer_wants_them() -> None:
    white, red = len(PALETTE) - 1, 9
    usual = PixelFormat().pixels()
    assert (usual[white], usual[red]) == (b"\xff\xff\xff\0", b"\0\0\xff\0")
    small = PixelFormat(16, 16, True, True, (31, 63, 31), (11, 5, 0)).pixels()
    assert (small[white], small[red]) == (b"\xff\xff", b"\xf8\x00")
