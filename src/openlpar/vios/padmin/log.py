"""The global command log: every command line that was run, as ``lsgcl`` lists them.

It is a file beside the state, as on a VIOS: what was run is told even if the service dies before the change is on disk. When it
grows past a limit its older half goes.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from pathlib import Path

LARGEST = 512 * 1024


class CommandLog:
    """path: the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, at: datetime.datetime, user: str, command: str) -> None:
        """A log that cannot be written must not keep a command from running."""
        entry = f"{at:%b %d %Y, %H:%M:%S} {user:<10} {' '.join(command.split())}\n"
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8", errors="replace") as log:
                log.write(entry)
                size = log.tell()
            if size > LARGEST:
                self._halve()

    def lines(self) -> list[str]:
        try:
            return self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []

    def _halve(self) -> None:
        lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        shorter = self._path.with_suffix(".new")
        shorter.write_text("".join(lines[len(lines) // 2 :]), encoding="utf-8")
        os.replace(shorter, self._path)
