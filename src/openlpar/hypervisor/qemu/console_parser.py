"""What a partition's console tells of how far it has come. Pure: text in, sightings out.

Firmware (SLOF) prints progress codes ``C0xxx`` that end in a carriage return, and errors ``E3407: Load failed``. The Linux
kernel then sends two lines of 16 characters to the operator panel, which QEMU shows on the console: ``Linux ppc64le`` and
the beginning of the kernel's version. These are the reference codes that an administrator of real partitions sees.

The operating system has come up when somebody could use it: at a login or shell prompt, or when systemd has reached one of the
targets that hold them. (The guest agent tells it too; the supervisor takes what comes first.) The start of ``init`` is not enough:
it may be the one of an initial RAM disk that never finds its root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78cDEHM])")
_PART_OF_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*|[()])?\Z")
_LINE_END = re.compile(r"[\r\n]+")
_BANNER = re.compile(r"SLOF \*{20}")
_PROGRESS = re.compile(r"C0[0-9A-F]{3}")
_ERROR = re.compile(r"(E[0-9A-F]{4}): *(.*)")
_MENU = re.compile(r"Select boot device")
_FIRMWARE_PROMPT = re.compile(r"-?\d+ > \Z")
_KERNEL_TAKES_OVER = re.compile(r"Quiescing Open Firmware|Booting Linux via")
_PANEL = re.compile(r"Linux ppc64(?:le)?")
_PANEL_WIDTH = 16
_LOGIN = re.compile(r"\S+ login: ")
_SHELL = re.compile(r"(?:\[\S+@\S+ [^]]*\]|[^\s\[(]\S*)[#$] |[#$] \Z")
_TARGET = re.compile(r"Reached target .*(?:[Mm]ulti-[Uu]ser|Login Prompts)")
_LONGEST_LINE = 2048


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing seen; kind and data as in the journal: firmware, ref_code, prompt, linux, running."""

    kind: str
    data: dict[str, str] = field(default_factory=dict)


class ConsoleParser:
    """Reads a console from the moment a partition starts, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._rest = ""
        self.restart()

    def restart(self) -> None:
        """The partition was reset: firmware runs again."""
        self._firmware = True
        self._waiting = False
        self._running = False
        self._panel = ""

    def came_up(self) -> None:
        """Somebody else saw that the operating system has come up, or it was restored in that state."""
        self._firmware, self._running = False, True

    def feed(self, text: str) -> list[Sighting]:
        text = _ESCAPE.sub("", self._rest + text)
        *lines, tail = _LINE_END.split(text)
        seen = [sighting for line in lines for sighting in self._line(line)]
        seen += self._unfinished(_PART_OF_ESCAPE.sub("", tail))
        self._rest = tail[-_LONGEST_LINE:]
        return seen

    def _line(self, line: str) -> Iterator[Sighting]:
        if _BANNER.match(line):
            self.restart()
            yield Sighting("firmware")
        elif self._running:
            return
        elif self._panel and line:
            yield from self._show_panel(line)
        elif _PANEL.fullmatch(line):
            self._firmware, self._panel = False, line
        elif self._firmware:
            yield from self._firmware_line(line)
        else:
            yield from self._system_line(line)

    def _firmware_line(self, line: str) -> Iterator[Sighting]:
        if _PROGRESS.fullmatch(line):
            self._waiting = False
            yield Sighting("ref_code", {"code": line, "text": ""})
        elif error := _ERROR.fullmatch(line):
            self._waiting = False
            yield Sighting("ref_code", {"code": error[1], "text": error[2]})
        elif _MENU.match(line):
            self._waiting = True
            yield Sighting("prompt", {"where": "menu"})
        elif _KERNEL_TAKES_OVER.match(line):
            self._firmware = False

    def _unfinished(self, line: str) -> Iterator[Sighting]:
        """A line without an end yet: where a prompt waits, and the second line of the panel."""
        if self._running:
            return
        if self._panel and len(line) >= _PANEL_WIDTH:
            yield from self._show_panel(line)
        elif self._firmware and not self._waiting and _FIRMWARE_PROMPT.fullmatch(line):
            self._waiting = True
            yield Sighting("prompt", {"where": "firmware"})
        elif not self._firmware:
            yield from self._system_line(line)

    def _system_line(self, line: str) -> Iterator[Sighting]:
        patterns = {"login": _LOGIN.match, "shell": _SHELL.match, "systemd": _TARGET.search}
        if by := next((by for by, matches in patterns.items() if matches(line)), None):
            self._running = True
            yield Sighting("running", {"by": by})

    def _show_panel(self, line: str) -> Iterator[Sighting]:
        first, second = self._panel, line[:_PANEL_WIDTH].rstrip()
        self._panel = ""
        yield Sighting("linux", {"banner": f"{first} {second}"})
        yield Sighting("ref_code", {"code": first, "text": second})
