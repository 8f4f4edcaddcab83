"""What programs on consoles wait for: the answer to a question, or the key that turns a page.

All of it is in memory only, as answers may be passwords. When the service is started anew such a program has ended, and the
console is back at the shell's prompt.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from openlpar.ports.records import Console
from openlpar.ports.terminal import COLUMNS, LINES, Question

LOGIN = ""
"""In place of a command: the password of who logs on is asked for."""
MORE = "--More--"


@dataclass(frozen=True, slots=True)
class Dialog:
    """A program that waits. command: the line that it was started with, or LOGIN; user: who answers. typed: of a line that is not
    shown. rest: what the pager has not shown yet; it has the console while there is something."""

    command: str
    user: str
    question: Question = field(default=Question(""))
    typed: str = field(default="", repr=False)
    rest: tuple[str, ...] = ()


class Dialogs:
    """That of each console. Which of them a console's record means is told by a number in it: after a change that was taken back,
    or made by another process, the dialog does not go on."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, Dialog]] = {}
        self._numbers = itertools.count(1)

    def find(self, console: Console) -> Dialog | None:
        number, dialog = self._open.get(console.uuid, ("", None))
        return dialog if number and number == console.program else None

    def keep(self, console: Console, dialog: Dialog | None, now: int) -> Console:
        """The console, at which this program waits from now on (ms since 1970), or none."""
        if dialog is None:
            self._open.pop(console.uuid, None)
            return replace(console, program="", redraws=0)
        number = str(next(self._numbers))
        self._open[console.uuid] = number, dialog
        wait_ms = dialog.question.redraws_ms
        return replace(console, program=number, redraws=now + wait_ms if wait_ms else 0)


def page(lines: Sequence[str], room: int = LINES - 1) -> tuple[list[str], tuple[str, ...]]:
    """As many of the lines as fit on so many of the screen's, at least one, and the others."""
    shown: list[str] = []
    for line in lines:
        room -= max(1, -(-len(line) // COLUMNS))
        if room < 0 and shown:
            break
        shown.append(line)
    return shown, tuple(lines[len(shown) :])
