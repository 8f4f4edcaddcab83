"""What may stand in a scenario. The reader, the player, ``openlpar scenario words`` and the page of the reference follow this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Form(Enum):
    """How a value is written."""

    TEXT = "text"
    NUMBER = "whole number"
    DURATION = "time, such as +30s, +5m, +2h"
    COMMAND = "command line"
    COMMANDS = "list of command lines"
    TEXTS = "text, or a list of them"
    MESSAGE = "id of a message"
    MAPPING = "mapping"
    FILES = "file name, or a list of them"
    ENTRIES = "list of entries"


@dataclass(frozen=True, slots=True)
class Word:
    """A key. prefix: the words of a command that are left out; choices: the only values there are."""

    form: Form
    summary: str
    prefix: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False


HEAD: Mapping[str, Word] = {
    "title": Word(Form.TEXT, "what it is about, in a line", required=True),
    "story": Word(Form.TEXT, "what the administrator should learn", required=True),
    "seed": Word(Form.NUMBER, "of chance (default: 1); --seed of the command counts more"),
    "system": Word(
        Form.FILES,
        "inventories, relative to the scenario, of the services it plays on, each called by the name of its file (default: the "
        "embedded system, called gannet)",
    ),
    "steps": Word(Form.ENTRIES, "what happens, in this order", required=True),
}
# An entry holds one of them.
VERBS: Mapping[str, Word] = {
    "do": Word(Form.COMMAND, "a command, such as pvmctl lpar list; {NAME} stands for the address of a service"),
    "fault": Word(Form.COMMAND, "a fault rule comes into force", prefix="openlpar fault add"),
    "workload": Word(Form.COMMAND, "partitions get something to do", prefix="openlpar workload set"),
    "hmc": Word(Form.COMMAND, "an HMC does something", prefix="openlpar hmc"),
    "behaviour": Word(Form.MAPPING, "these parts of the behaviour of partitions are replaced"),
    "service": Word(
        Form.TEXT,
        "restart: the service is killed, where it has not died yet, and started on its state; lost: its state is gone, and it "
        "begins as it was installed",
        choices=("restart", "lost"),
    ),
    "task": Word(Form.TEXT, "what the administrator is to do now; needs solution and check"),
}
# What an entry may hold beside its verb.
BESIDE: Mapping[str, Word] = {
    "at": Word(
        Form.DURATION, "when, from the beginning, though the one before has not ended (default: when that has ended)"
    ),
    "on": Word(Form.TEXT, "which service, when there are several (default: the first)"),
    "note": Word(Form.TEXT, "why, told before it happens"),
    "solution": Word(Form.COMMANDS, "of a task: what does it; run, unless somebody does the exercise"),
    "check": Word(Form.COMMAND, "of a task: the command that tells whether it was done"),
    "expect": Word(Form.MAPPING, "what has to come of it (default: exit status 0)"),
}
EXPECT: Mapping[str, Word] = {
    "exit": Word(Form.NUMBER, "exit status of the command (default: 0, or any other when a message is expected)"),
    "message": Word(Form.MESSAGE, "id of the message that it is refused with"),
    "shows": Word(Form.TEXTS, "stands in a line that it prints; blanks count as one"),
    "lacks": Word(Form.TEXTS, "stands in no line that it prints"),
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to come of a command."""

    exit: int | None = None
    message: str = ""
    shows: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happens. value: what stands behind the verb; at: milliseconds from the beginning, None: in its turn."""

    line: int
    verb: str
    value: Any
    at: int | None = None
    on: str = ""
    note: str = ""
    solution: tuple[str, ...] = ()
    check: str = ""
    expect: Expectation = field(default_factory=Expectation)

    @property
    def command(self) -> str:
        """The command line that it comes to, or nothing."""
        word = VERBS[self.verb]
        return f"{word.prefix} {self.value}".strip() if word.form is Form.COMMAND else self.check


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole file. systems: name of a service -> its inventory, or nothing for the embedded system."""

    name: str
    title: str
    story: str
    seed: int
    systems: Mapping[str, str]
    steps: tuple[Entry, ...]
