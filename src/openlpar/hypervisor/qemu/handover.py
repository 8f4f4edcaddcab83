"""Sockets that QEMU finds open instead of making them: as a user of its own it may make nothing in its run folder.

Whoever connects to one then knows whom to: nobody can put another socket in its place.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from pathlib import Path

_MADE = re.compile(r"(?:path=|^unix:)([a-z]+\.sock)(?=,server=on)")


class Handover:
    """Takes the sockets that a command line would make. fds: what QEMU has to inherit; argv: the command line with them."""

    def __init__(self, argv: Sequence[str], run: Path) -> None:
        """Raises OSError."""
        self._sockets: list[socket.socket] = []
        self.argv: list[str] = []
        try:
            for word in argv:
                self.argv += self._taken(word, run)
        except OSError:
            self.close()
            raise

    @property
    def fds(self) -> list[int]:
        return [each.fileno() for each in self._sockets]

    def close(self) -> None:
        """QEMU has its own copies."""
        for each in self._sockets:
            each.close()

    def _taken(self, word: str, run: Path) -> list[str]:
        made = _MADE.search(word)
        if made is None:
            return [word]
        listener = socket.socket(socket.AF_UNIX)
        self._sockets.append(listener)
        (run / made[1]).unlink(missing_ok=True)
        listener.bind(str(run / made[1]))
        listener.listen(1)
        if not word.startswith("unix:"):
            return [_MADE.sub(f"fd={listener.fileno()}", word)]
        # -qmp takes no descriptor: the option before is replaced, too.
        monitor = f"monitor-{made[1].partition('.')[0]}"
        assert self.argv.pop() == "-qmp"
        return [
            "-chardev",
            f"socket,id={monitor},fd={listener.fileno()},server=on,wait=off",
            "-mon",
            f"{monitor},mode=control",
        ]
