"""The cache folder: where it is, how things in it come to be as a whole or not at all, and who may write."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """OPENLPAR_CACHE, else ``openlpar`` in XDG_CACHE_HOME, else in ~/.cache. It need not exist."""
    if own := environment.get("OPENLPAR_CACHE"):
        return Path(own).absolute()
    if caches := environment.get("XDG_CACHE_HOME"):
        return Path(caches).absolute() / "openlpar"
    return Path(environment.get("HOME") or Path.home()).absolute() / ".cache" / "openlpar"


@contextlib.contextmanager
def locked(cache: Path, progress: Progress) -> Iterator[None]:
    """One writer at a time; another waits. The lock goes with the process, however that ends."""
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("Another set-up is at work in this folder; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def whole(place: Path) -> Iterator[Path]:
    """A draft folder that becomes ``place`` when the block ends well; a draft left by a run that died is thrown away."""
    draft = place.with_name(f".{place.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        yield draft
        shutil.rmtree(place, ignore_errors=True)
        draft.replace(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


class Progress:
    """Tells a person what goes on: on a terminal one line that changes, elsewhere plain lines."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._open = False
        self._last: tuple[str, int] = ("", -1)

    def say(self, text: str) -> None:
        self._write(("\n" if self._open else "") + text + "\n")
        self._open = False

    def part(self, what: str, percent: float) -> None:
        """percent: 0 to 100. A log gets a line for each quarter only."""
        step = int(percent) if self._terminal else int(percent) // 25 * 25
        if (what, step) == self._last:
            return
        self._last = (what, step)
        if self._terminal:
            self._write(f"\r\033[K{what}: {step} %")
            self._open = True
        elif step:
            self._write(f"{what}: {step} %\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
