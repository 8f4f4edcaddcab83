"""Writing Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

MADE = "<!-- Made by 'make docs' from the declarations in src/openlpar: do not edit. -->"


def page(title: str, *parts: str) -> str:
    """A whole page; parts are separated by blank lines, empty ones left out."""
    return "\n\n".join([MADE, f"# {title}", *(part.strip("\n") for part in parts if part.strip())]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), _row(["---"] * len(head))]
    return "\n".join([*lines, *(_row(row) for row in rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"


def plain(text: str) -> str:
    """Text that Markdown must take as it is, in a table too."""
    return " ".join(_escaped(text).split())


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_|\[\]])", r"\\\1", text)


def code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""


def prose(text: str) -> str:
    """A docstring, or a piece of one: its double back quotes become single ones."""
    parts = re.split(r"``(.+?)``", " ".join(text.split()))
    return "".join(code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


def docstring(thing: object) -> str:
    """The first paragraph of something's text, up to where it explains arguments (``uuid: …``)."""
    text = " ".join(inspect.cleandoc(getattr(thing, "__doc__", None) or "").partition("\n\n")[0].split())
    return re.split(r"(?<=[.:]) (?=[a-z_]\w*(?:, \w+)*: )", text)[0]


def block(text: str, language: str = "") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def anchor(heading: str) -> str:
    """What mkdocs makes of a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
