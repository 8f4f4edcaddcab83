"""A log file that cannot fill the disk: what it holds, and one older file beside it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class BoundedLog:
    """Appends bytes. At ``limit`` bytes the file is renamed to ``NAME.1`` (which is lost) and begun anew."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._file = self._open()
        self._size = os.fstat(self._file).st_size

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, text: bytes) -> None:
        """A disk that refuses loses the text: a log is not worth a partition."""
        with contextlib.suppress(OSError):
            if self._size and self._size + len(text) > self._limit:
                os.replace(self._path, self._path.with_name(f"{self._path.name}.1"))
                full, self._file = self._file, self._open()
                os.close(full)
                self._size = 0
            self._size += os.write(self._file, text[-self._limit :])

    def close(self) -> None:
        os.close(self._file)
