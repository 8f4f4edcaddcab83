"""The terminal behind a screen: what the console has shown, as rows of cells. The emulation (VT100 and more) is pyte's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

import pyte

logger = logging.getLogger(__name__)

COLUMNS, LINES = 80, 24

_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
NAMED = {name: number for number, name in enumerate((*_NAMES, *(f"bright{name}" for name in _NAMES)))}
"""pyte's names of the colours, and their numbers in ``PALETTE``."""
PALETTE = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255)),
    (255, 255, 255),
)
"""Red, green and blue (0 to 255) of the sixteen colours, as xterm has them."""

_WHITE, _BLACK = NAMED["white"], NAMED["black"]


class Cell(NamedTuple):
    """One character and how it is shown; ink and ground are numbers in ``PALETTE``."""

    char: str
    ink: int
    ground: int
    bold: bool
    underlined: bool


class _Screen(pyte.Screen):
    """pyte's screen, which gives away what a terminal answers by itself (reports) and when it rings."""

    def __init__(self, answer: Callable[[str], None], ring: Callable[[], None]) -> None:
        super().__init__(COLUMNS, LINES)
        self._answer = answer
        self._ring = ring

    def write_process_input(self, data: str) -> None:
        self._answer(data)

    def bell(self, *_: object) -> None:
        self._ring()


class _Stream(pyte.Stream):
    """pyte's stream, which drops a sequence that its screen has no meaning for, as terminals do.

    pyte 0.8.2 raises instead: `CSI ? 5 A` and `CSI 1;2;3 H` are a TypeError, `CSI 7 J` an UnboundLocalError. What a guest
    prints must not end its console. Its parser has begun anew by the time the exception gets here.
    """

    def _send_to_parser(self, data: str) -> bool | None:
        try:
            return super()._send_to_parser(data)
        except Exception:
            logger.debug("a sequence that ends in %r means nothing to this terminal", data)
            return True


class TextTerminal:
    """80 columns, 24 lines. answer: takes what the terminal itself sends back, such as its cursor's place."""

    def __init__(self, answer: Callable[[str], None], ring: Callable[[], None] = lambda: None) -> None:
        self._screen = _Screen(answer, ring)
        self._stream = _Stream(self._screen)
        self._cursor: tuple[int, int] | None = (0, 0)

    def show(self, text: str) -> set[int]:
        """Takes what the console shows; returns the lines that look different now."""
        self._screen.dirty.clear()
        self._stream.feed(text)
        before, self._cursor = self._cursor, self._place()
        moved = {place[1] for place in (before, self._cursor) if place and before != self._cursor}
        return {line for line in self._screen.dirty | moved if line < LINES}

    def _place(self) -> tuple[int, int] | None:
        """Column and line of the cursor; None while it is hidden."""
        cursor = self._screen.cursor
        return None if cursor.hidden else (min(cursor.x, COLUMNS - 1), cursor.y)

    def line(self, number: int) -> list[Cell]:
        """The cells of a line, the cursor among them."""
        row = self._screen.buffer[number]
        cells = [_cell(row[column]) for column in range(COLUMNS)]
        if self._cursor and self._cursor[1] == number:
            under = cells[self._cursor[0]]
            cells[self._cursor[0]] = under._replace(ink=under.ground, ground=under.ink)
        return cells

    @property
    def text(self) -> list[str]:
        """The lines as plain text."""
        rows = (self._screen.buffer[number] for number in range(LINES))
        return ["".join(row[column].data for column in range(COLUMNS)).rstrip() for row in rows]

    @property
    def cursor_keys_are_for_programs(self) -> bool:
        """The guest asked for the other form of the cursor keys (DECCKM)."""
        return 1 << 5 in self._screen.mode


def _cell(char: pyte.screens.Char) -> Cell:
    ink, ground = _colour(char.fg, _WHITE), _colour(char.bg, _BLACK)
    if char.reverse:
        ink, ground = ground, ink
    return Cell(char.data or " ", ink, ground, char.bold, char.underscore)


def _colour(name: str, default: int) -> int:
    """Of the 256 colours, which pyte gives as six hex digits, the nearest of the sixteen."""
    if name == "default":
        return default
    if name in NAMED:
        return NAMED[name]
    wanted = tuple(bytes.fromhex(name))
    return min(
        range(len(PALETTE)), key=lambda number: sum((a - b) ** 2 for a, b in zip(PALETTE[number], wanted, strict=True))
    )
