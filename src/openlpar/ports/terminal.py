"""Somebody at a terminal of a Virtual I/O Server: what commands ask him, and what he answers.

A command that asks is run again from its beginning with every answer that there is more. It therefore asks before it changes
anything, and what it did is done once: when it asks no more.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

LINES, COLUMNS = 24, 80
"""Of a terminal that nobody told otherwise."""


class Reads(enum.Enum):
    """How an answer is typed: a line, a line that is not shown, or one key."""

    LINE = "line"
    SECRET = "secret"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Question:
    """What a command waits for. text: shown before; answers: what it has been told so far, as far as it still matters.

    redraws_ms: after which time, by the clock of the managed system, it wants to be run again with the answer "", though nothing
    was typed; 0 for never.
    """

    text: str
    reads: Reads = Reads.LINE
    answers: tuple[str, ...] = field(default=(), repr=False)
    redraws_ms: int = 0


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command is run. user: who is logged on there; answers: to its questions, in their order."""

    user: str
    answers: tuple[str, ...] = field(default=(), repr=False)
