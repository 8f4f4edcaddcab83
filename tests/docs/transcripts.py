"""Runs the terminal sessions that a page shows, and writes the page as it would be with what they print now.

A session is every block of the page marked ``console``: lines that begin with ``$ `` are commands, what follows is what they
print. All of a page run in one folder, against one fresh server with an immediate clock. A line ``…`` in what is printed
stands for lines left out. Remarks in the page, which readers do not see, set the stage:

    <!-- test: file NAME -->      the next block is a file of that name
    <!-- test: serve OPTIONS -->  from here on a fresh server with these options
    <!-- test: kill -9 -->        the server is killed and started again on its state
    <!-- test: run COMMAND -->    it must succeed; what it prints is of no interest
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.conftest import BIN, Server, start_server
from tests.house.tree import ROOT

_PIECE = re.compile(
    r"(?P<head>^<!-- test: (?P<remark>.*?) -->\n)|^```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^```\n", re.MULTILINE | re.DOTALL
)  # fmt: skip
# What differs from run to run, each with what stands for it.
_CHANCE = (
    (re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b"), "UUID"),
    (re.compile(r"\b[0-9a-f]{32,}\b"), "UDID"),
    (re.compile(r"\b[0-9A-F]{12}\b|\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "MAC"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r'"pid": \d+|TOD = \d+'), "NUMBER"),
)
LONGEST_S = 60


class Session:
    """The sessions of one page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server: Server | None = None
        self._file = ""
        self._servers = 0
        self._options: list[str] = []
        for environment in (".venv", ".venv-pypowervm"):
            (folder / environment).symlink_to(ROOT / environment)

    def end(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def played(self, page: str) -> str:
        """The page with what its commands print now, where that differs by more than chance."""
        return _PIECE.sub(self._piece, page)

    def _piece(self, piece: re.Match[str]) -> str:
        if piece["head"]:
            self._remark(piece["remark"])
        elif self._file:
            (self.folder / self._file).write_text(piece["body"], encoding="utf-8")
            self._file = ""
        elif piece["language"] == "console":
            return piece[0].replace(piece["body"], self._console(piece["body"]))
        return piece[0]

    def _remark(self, remark: str) -> None:
        word, _, rest = remark.partition(" ")
        remarks: dict[str, Callable[[str], None]] = {
            "file": self._next,
            "serve": self._serve,
            "kill": self._kill,
            "run": self._succeed,
        }
        remarks[word](rest)

    def _next(self, name: str) -> None:
        self._file = name

    def _serve(self, options: str) -> None:
        self.end()
        self._servers += 1
        self._options = [
            str(self.folder / word) if (self.folder / word).exists() else word for word in shlex.split(options)
        ]
        self.server = start_server(self._data, *self._options)

    @property
    def _data(self) -> Path:
        return self.folder / f".openlpar{self._servers if self._servers > 1 else ''}"

    def _kill(self, _: str) -> None:
        assert self.server is not None
        self.server.kill()
        self.server = start_server(self._data, *self._options)

    def _succeed(self, command: str) -> None:
        status, printed = self._run(command)
        assert status == 0, f"{command}:\n{printed}"

    def _console(self, body: str) -> str:
        played = []
        for call in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
            if not call.startswith("$ "):
                assert not call, f"a session begins with a command, not with {call!r}"
                continue
            command, _, shown = call.partition("\n")
            _, printed = self._run(command.removeprefix("$ "))
            played.append(call if alike(shown, printed) else f"{command}\n{printed}")
        return "".join(played)

    def _run(self, command: str) -> tuple[int, str]:
        """Exit status and output, errors included."""
        if self.server is None:
            self._serve("")
        assert self.server is not None
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("OPENLPAR_", "VIRTUAL_ENV"))},
            "OPENLPAR_URL": self.server.http,
            "OPENLPAR_LOG_DIR": str(self.folder),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "COLUMNS": "100",
        }
        done = subprocess.run(
            ["bash", "-c", command],
            check=False,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_S,
        )
        printed = done.stdout.decode().replace("\r", "")
        return done.returncode, printed if printed.endswith("\n") or not printed else f"{printed}\n"


def alike(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed, but for chance and for lines that it leaves out."""
    for pattern, word in _CHANCE:
        shown, printed = pattern.sub(word, shown), pattern.sub(word, printed)
    wanted = r"(?:.*\n)*?".join(re.escape(part) for part in re.split(r"^…\n", shown, flags=re.MULTILINE))
    return re.fullmatch(wanted, printed) is not None
