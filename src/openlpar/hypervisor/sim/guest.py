"""What runs in a simulated partition, as far as its console shows it: a terminal line, a login, a small shell.

A guest has no state of its own beyond the ``Console`` record (who is logged on, the line being typed): everything its
commands print is read from the partition's objects at that moment. A Virtual I/O Server shows the padmin shell instead,
whose commands its ``IoServer`` runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from openlpar.hypervisor.sim import shell
from openlpar.ports.hypervisor import Padmin
from openlpar.ports.records import Console, ViosSettings
from openlpar.ports.state import Change
from openlpar.uom.partition import BasePartition, PartitionType

_ESCAPES = re.compile("\x1b(\\[[0-9;?]*[A-Za-z~]|O[A-Z])?")
_LONGEST_LINE = 1024
_USERS = {PartitionType.VIOS: "padmin"}


@dataclass(frozen=True, slots=True)
class Reaction:
    """What becomes of typed text. console: with the guest's new state, not yet with what is shown."""

    console: Console
    shown: str = ""
    goes_down: bool = False
    restarts: bool = False


def login_prompt(partition: BasePartition) -> str:
    if partition.env == PartitionType.VIOS:
        return "\r\nlogin: "
    return f"\r\n{shell.hostname(partition)} login: "


def react(change: Change, partition: BasePartition, console: Console, text: str, padmin: Padmin) -> Reaction:
    """The guest reads what was typed, key by key, as a terminal line does."""
    shown: list[str] = []
    for key in _ESCAPES.sub("", text.replace("\r\n", "\r").replace("\n", "\r")):
        if key == "\r":
            line, console = console.line, replace(console, line="")
            reaction = _enter(change, partition, console, line, padmin)
            shown += ["\r\n", reaction.shown]
            console = reaction.console
            if reaction.goes_down:
                return replace(reaction, shown="".join(shown))
        elif key in "\x7f\b":
            if console.line:
                console = replace(console, line=console.line[:-1])
                shown.append("\b \b")
        elif key in "\x03\x15":  # interrupt, kill line
            console = replace(console, line="")
            shown += ["^C\r\n" if key == "\x03" else "\r\n", _prompt(partition, console)]
        elif key == "\x04":
            if console.user and not console.line:
                console = replace(console, user="")
                shown += ["\r\n", login_prompt(partition)]
        elif key.isprintable() and len(console.line) < _LONGEST_LINE:
            console = replace(console, line=console.line + key)
            shown.append(key)
    return Reaction(console, "".join(shown))


def _prompt(partition: BasePartition, console: Console) -> str:
    if not console.user:
        return login_prompt(partition)
    if partition.env == PartitionType.VIOS:
        return "$ "
    return f"[root@{shell.hostname(partition)} ~]# "


def _enter(change: Change, partition: BasePartition, console: Console, line: str, padmin: Padmin) -> Reaction:
    line = line.strip()
    if not console.user:
        return _log_on(change, partition, console, line)
    if line in ("exit", "logout"):
        console = replace(console, user="")
        return Reaction(console, login_prompt(partition))
    answer = _run(change, partition, line, padmin) if line else shell.Answer()
    shown = answer.text if not answer.text or answer.text.endswith("\n") else answer.text + "\n"
    shown = shown.replace("\n", "\r\n")
    if answer.goes_down:
        return Reaction(replace(console, user=""), shown, goes_down=True, restarts=answer.restarts)
    return Reaction(console, shown + _prompt(partition, console))


def _log_on(change: Change, partition: BasePartition, console: Console, name: str) -> Reaction:
    """Without a password: there is nothing in the guest that could be protected."""
    user = _USERS.get(PartitionType(partition.env), "root")
    if not name:
        return Reaction(console, login_prompt(partition))
    if name != user:
        return Reaction(console, f"Login incorrect (this guest knows the user {user})\r\n{login_prompt(partition)}")
    console = replace(console, user=user)
    welcome = f"{shell.WELCOME}\r\n"
    if user == "padmin":
        settings = change.find(ViosSettings, partition.uuid)
        welcome = "".join(f"{line}\r\n" for line in settings.texts.get("motd", "").splitlines()) if settings else ""
    return Reaction(console, welcome + _prompt(partition, console))


def _run(change: Change, partition: BasePartition, line: str, padmin: Padmin) -> shell.Answer:
    if partition.env != PartitionType.VIOS:
        return shell.run(change, partition, line)
    words = line.split()
    if words[0] != "shutdown":
        result = padmin(line)
        return shell.Answer(result.stdout + result.stderr)
    if "-force" not in words:
        return shell.Answer(
            "Shutting down the Virtual I/O Server stops what it serves. Use: shutdown -force [-restart]"
        )
    return shell.Answer("SHUTDOWN PROGRAM", goes_down=True, restarts="-restart" in words)
