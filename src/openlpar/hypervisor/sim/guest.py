"""What runs in a simulated partition, as far as its console shows it: a terminal line, a login, a small shell.

A guest has no state of its own beyond the ``Console`` record (who is logged on, the line being typed): everything its
commands print is read from the partition's objects at that moment. A Virtual I/O Server shows the padmin shell instead,
whose commands its ``IoServer`` runs; those that ask have the console until they have ended (``dialogs``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from openlpar.hypervisor.sim import shell
from openlpar.hypervisor.sim.dialogs import LOGIN, MORE, Dialog, Dialogs, page
from openlpar.ports.hypervisor import Padmin
from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Console, ViosSettings
from openlpar.ports.state import Change
from openlpar.ports.terminal import LINES, Reads, Terminal
from openlpar.uom.partition import BasePartition, PartitionState, PartitionType
from openlpar.uom.virtual_io_server import VirtualIOServer

_ESCAPES = re.compile("\x1b(\\[[0-9;?]*[A-Za-z~]|O[A-Z])?")
_LONGEST_LINE = 1024
_USER = "root"
_INTERRUPT, _END, _KILL = "\x03", "\x04", "\x15"
_ERASE = "\x7f\b"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What becomes of typed text. console: with the guest's new state, not yet with what is shown."""

    console: Console
    shown: str = ""
    goes_down: bool = False
    restarts: bool = False


def login_prompt(change: Change, partition: BasePartition) -> str:
    if partition.env == PartitionType.VIOS:
        settings = change.find(ViosSettings, partition.uuid)
        herald = settings.texts.get("loginmsg", "").splitlines() if settings else []
        return "".join(f"\r\n{line}" for line in [*herald, "login: "])
    return f"\r\n{shell.hostname(partition)} login: "


def react(
    change: Change, partition: BasePartition, console: Console, text: str, padmin: Padmin, dialogs: Dialogs
) -> Reaction:
    """The guest reads what was typed, key by key, as a terminal line does. An empty text: time has passed."""
    seat = _Seat(change, partition, console, padmin, dialogs)
    for key in _ESCAPES.sub("", text.replace("\r\n", "\r").replace("\n", "\r")):
        seat.press(key)
        if seat.goes_down:
            break
    if not text:
        seat.redraw()
    return seat.left()


class _Seat:
    """Somebody at a console, from one text that he types to the next."""

    def __init__(
        self, change: Change, partition: BasePartition, console: Console, padmin: Padmin, dialogs: Dialogs
    ) -> None:
        self._change = change
        self._partition = partition
        self._padmin = padmin
        self._dialogs = dialogs
        self._console = console
        self._shown: list[str] = []
        self._dialog = dialogs.find(console)
        self._restarts = False
        self.goes_down = False
        if console.program and self._dialog is None:
            self._shown.append("\r\n" + self._prompt())

    def left(self) -> Reaction:
        """What has become of the console."""
        console = self._console
        if self._dialog is None or self._dialog is not self._dialogs.find(console):
            console = self._dialogs.keep(console, self._dialog, self._change.clock.now())
        return Reaction(console, "".join(self._shown), self.goes_down, self._restarts)

    def press(self, key: str) -> None:
        if self._dialog is not None and key in (_INTERRUPT, _END):
            self._end("^C\r\n" if key == _INTERRUPT else "\r\n")
        elif self._dialog is not None and self._dialog.rest:
            self._turn(self._dialog, key)
        elif self._dialog is not None and self._dialog.question.reads is Reads.KEY:
            self._answer(self._dialog, key)
        elif self._dialog is not None and self._dialog.question.reads is Reads.SECRET:
            self._type_unseen(self._dialog, key)
        else:
            self._type(key)

    def redraw(self) -> None:
        """A program that wants to be asked from time to time is, once that has passed."""
        if self._dialog is not None and 0 < self._console.redraws <= self._change.clock.now():
            self._answer(self._dialog, "")

    def _type(self, key: str) -> None:
        line = self._console.line
        if key == "\r":
            self._set(line="")
            self._shown.append("\r\n")
            if self._dialog is not None:
                self._answer(self._dialog, line)
            else:
                self._enter(line.strip())
        elif key in _ERASE:
            if line:
                self._set(line=line[:-1])
                self._shown.append("\b \b")
        elif key in (_INTERRUPT, _KILL):
            self._set(line="")
            asked = self._prompt() if self._dialog is None else self._dialog.question.text
            self._shown += ["^C\r\n" if key == _INTERRUPT else "\r\n", asked]
        elif key == _END:
            if self._console.user and not line:
                self._log_off("\r\n")
        elif key.isprintable() and len(line) < _LONGEST_LINE:
            self._set(line=line + key)
            self._shown.append(key)

    def _type_unseen(self, dialog: Dialog, key: str) -> None:
        if key == "\r":
            self._shown.append("\r\n")
            self._answer(dialog, dialog.typed)
        elif key in _ERASE:
            self._dialog = replace(dialog, typed=dialog.typed[:-1])
        elif key == _KILL:
            self._dialog = replace(dialog, typed="")
        elif key.isprintable() and len(dialog.typed) < _LONGEST_LINE:
            self._dialog = replace(dialog, typed=dialog.typed + key)

    def _enter(self, line: str) -> None:
        """A line at the prompt."""
        if not self._console.user:
            self._log_on(line)
        elif line in ("exit", "logout"):
            self._log_off()
        elif not line:
            self._shown.append(self._prompt())
        elif self._is_vios:
            self._run(line)
        else:
            answer = shell.run(self._change, self._partition, line)
            self._print(answer.text if not answer.text or answer.text.endswith("\n") else f"{answer.text}\n")
            if answer.goes_down:
                self._set(user="")
                self.goes_down, self._restarts = True, answer.restarts
            else:
                self._shown.append(self._prompt())

    def _log_on(self, name: str) -> None:
        """Into a Linux without a password: there is nothing in it that could be protected."""
        if not name:
            self._shown.append(self._prompt())
        elif self._is_vios:
            self._let_in(name, self._padmin.log_on(name, None))
        elif name != _USER:
            self._shown.append(f"Login incorrect (this guest knows the user {_USER})\r\n{self._prompt()}")
        else:
            self._set(user=name)
            self._shown.append(f"{shell.WELCOME}\r\n{self._prompt()}")

    def _let_in(self, name: str, result: CommandResult) -> None:
        self._print(result.stdout + result.stderr)
        if result.question is not None:
            self._ask(Dialog(LOGIN, name, result.question))
            return
        self._dialog = None
        if not result.status:
            self._set(user=name)
        self._shown.append(self._prompt())

    def _log_off(self, shown: str = "") -> None:
        self._set(user="")
        self._shown += [shown, self._prompt()]

    def _run(self, command: str, answers: tuple[str, ...] = ()) -> None:
        user = self._console.user
        result = self._padmin.run(command, Terminal(user, answers))
        if result.pages and result.question is None:
            self._page(Dialog(command, user, rest=tuple(result.stdout.splitlines())), LINES - 1)
            self._print(result.stderr)
        else:
            self._print(result.stdout + result.stderr)
            self._dialog = None
            if result.question is not None:
                self._ask(Dialog(command, user, result.question))
        now = self._change.find(VirtualIOServer, self._partition.uuid)
        if now is None or now.state != PartitionState.RUNNING:
            self._dialog = None
            self._set(user="")
        elif self._dialog is None:
            self._shown.append(self._prompt())

    def _ask(self, dialog: Dialog) -> None:
        self._dialog = dialog
        self._shown.append(dialog.question.text.replace("\n", "\r\n"))

    def _answer(self, dialog: Dialog, text: str) -> None:
        if dialog.command == LOGIN:
            self._let_in(dialog.user, self._padmin.log_on(dialog.user, text))
        else:
            self._run(dialog.command, (*dialog.question.answers, text))

    def _turn(self, dialog: Dialog, key: str) -> None:
        """A key for the pager."""
        if key in "qQ":
            self._shown.append(_erased(MORE))
            self._end()
        elif key in " f\r":
            self._shown.append(_erased(MORE))
            self._page(dialog, 1 if key == "\r" else LINES - 1)
            if self._dialog is None:
                self._shown.append(self._prompt())

    def _page(self, dialog: Dialog, room: int) -> None:
        lines, rest = page(dialog.rest, room)
        self._print("".join(f"{line}\n" for line in lines))
        self._dialog = replace(dialog, rest=rest) if rest else None
        if rest:
            self._shown.append(MORE)

    def _end(self, shown: str = "") -> None:
        """The program is broken off. What it did stays; one that asked has done nothing yet."""
        self._dialog = None
        self._set(line="")
        self._shown += [shown, self._prompt()]

    def _print(self, text: str) -> None:
        self._shown.append(text.replace("\n", "\r\n"))

    def _set(self, user: str | None = None, line: str = "") -> None:
        user = self._console.user if user is None else user
        self._console = replace(self._console, user=user, line=line)

    def _prompt(self) -> str:
        if not self._console.user:
            return login_prompt(self._change, self._partition)
        return "$ " if self._is_vios else f"[{_USER}@{shell.hostname(self._partition)} ~]# "

    @property
    def _is_vios(self) -> bool:
        return self._partition.env == PartitionType.VIOS


def _erased(text: str) -> str:
    return f"\r{' ' * len(text)}\r"
