"""How cells look: Pillow's own bitmap font (Latin-1, 6 by 11), each of its dots drawn two by two."""

from __future__ import annotations

import functools
import itertools

from PIL import Image, ImageDraw, ImageFont

from openlpar.vnc.terminal import COLUMNS, LINES, Cell

_SCALE = 2
_DOTS_WIDE, _DOTS_HIGH = 6, 11
GLYPH_WIDTH, GLYPH_HEIGHT = _DOTS_WIDE * _SCALE, _DOTS_HIGH * _SCALE
WIDTH, HEIGHT = COLUMNS * GLYPH_WIDTH, LINES * GLYPH_HEIGHT
"""Of the screen, in pixels."""

# The font has no lines to draw boxes with; menus of installers are made of them.
_INSTEAD = {
    "─": "-",
    "━": "-",
    "═": "=",
    "│": "|",
    "┃": "|",
    "║": "|",
    "█": "#",
    "▒": "#",
    "░": ":",
    "•": "*",
    "’": "'",
}
_INSTEAD |= dict.fromkeys("┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬", "+")


@functools.cache
def _dots(char: str, bold: bool, underlined: bool) -> tuple[bytes, ...]:
    """The glyph as rows of bytes, one a pixel: 1 is ink."""
    char = _INSTEAD.get(char, char)
    if not char.isprintable() or ord(char[0]) > 0xFF:
        char = "?"
    image = Image.new("L", (_DOTS_WIDE, _DOTS_HIGH))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default_imagefont()
    for shift in range(1 + bold):
        draw.text((shift, 0), char[0], fill=1, font=font)
    if underlined:
        draw.line((0, _DOTS_HIGH - 1, _DOTS_WIDE, _DOTS_HIGH - 1), fill=1)
    flat = image.tobytes()
    rows = (flat[start : start + _DOTS_WIDE] for start in range(0, len(flat), _DOTS_WIDE))
    wide = (bytes(itertools.chain.from_iterable((dot,) * _SCALE for dot in row)) for row in rows)
    return tuple(row for row in wide for _ in range(_SCALE))


class Pencil:
    """Draws cells in one pixel format. pixels: for each colour of the palette, its pixel as the viewer wants it."""

    def __init__(self, pixels: list[bytes]) -> None:
        self._pixels = pixels
        self._glyph = functools.lru_cache(maxsize=4096)(self._drawn)

    def line(self, cells: list[Cell]) -> bytes:
        """The pixels of a line of the screen, row by row from the top left."""
        glyphs = [self._glyph(cell) for cell in cells]
        return b"".join(b"".join(rows) for rows in zip(*glyphs, strict=True))

    def _drawn(self, cell: Cell) -> tuple[bytes, ...]:
        pair = (self._pixels[cell.ground], self._pixels[cell.ink])
        return tuple(b"".join(pair[dot] for dot in row) for row in _dots(cell.char, cell.bold, cell.underlined))
