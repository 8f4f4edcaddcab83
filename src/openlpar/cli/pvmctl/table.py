"""The layout of ``pvmctl``'s listings: a title, a ruled table, cells shortened so that it fits the terminal.

The rule for shortening is worked out from the three listings of the NovaLink tutorial that are (or are not) shortened,
and reproduces all of them. A table whose natural width fits is left alone. Otherwise every column is reckoned with four
characters of frame; columns not wider than an equal share of the rest keep their width, the others get equal shares of
what those leave over. A cell cut to its column ends in ``>``. Columns of identifiers that are used by typing or pasting them
(MAC addresses, location codes) are not in the tutorial's listings: they keep their width too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence

WIDTH = 80
_FRAME = 4
_NARROWEST = 2


def render(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int = WIDTH,
    whole: Collection[int] = (),
) -> str:
    """The lines of a listing, each ended by a newline. width: of the terminal; 0 for never shorten. whole: columns not to cut."""
    columns = list(zip(header, *rows, strict=True))
    natural = [max(map(len, column)) for column in columns]
    widths = fit(natural, width, whole)
    for place, wide in enumerate(widths):
        if wide < natural[place]:
            columns[place] = tuple(_cut(text, wide) for text in columns[place])
    ruler = "+" + "+".join("-" * (wide + 2) for wide in widths) + "+"
    line = "| " + " | ".join(f"%-{wide}s" for wide in widths) + " |"
    first, *others = [line % cells for cells in zip(*columns, strict=True)]
    return "\n".join([title, ruler, first, ruler, *others, ruler, ""])


def terminal_width() -> int:
    """Characters of the terminal that is written to; ``WIDTH`` where it is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or WIDTH
    except (OSError, ValueError, AttributeError):
        return WIDTH


def fit(natural: Sequence[int], width: int, whole: Collection[int] = ()) -> list[int]:
    """The column widths that make a table fit into ``width`` characters. See the module's text."""
    columns = len(natural)
    if not width or sum(natural) + 3 * columns + 1 <= width:
        return list(natural)
    room = width - _FRAME * columns
    kept = {place: wide for place, wide in enumerate(natural) if wide * columns <= room or place in whole}
    if len(kept) == columns:
        return list(natural)
    share = max((room - sum(kept.values())) // (columns - len(kept)), _NARROWEST)
    return [kept.get(place, min(wide, share)) for place, wide in enumerate(natural)]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + ">"
