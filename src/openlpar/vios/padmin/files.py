"""The files of user padmin: /home/padmin of a VIOS, kept in a directory of the state."""

from __future__ import annotations

import posixpath
from pathlib import Path

from openlpar import durable
from openlpar.vios.padmin.refusal import Refusal, Status

HOME = "/home/padmin"
BACKUPS = f"{HOME}/cfgbackups"


class Home:
    """Reads and writes files by the names that padmin uses. root: the directory that stands for /home/padmin."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def place(self, name: str, directory: str = HOME) -> Path:
        """Where a file really is. directory: what a relative name is relative to. Raises Refusal outside /home/padmin."""
        full = posixpath.normpath(posixpath.join(directory, name))
        if "\0" in full or full.startswith("//") or not full.startswith(f"{HOME}/"):
            raise Refusal(Status.DENIED, f'"{name}" is not below {HOME}. Only files there can be read and written.')
        if any(len(part.encode()) > 255 for part in full.split("/")):
            raise Refusal(Status.SYNTAX, f'"{name}" is too long for the name of a file: 255 bytes are allowed.')
        return self._root / full.removeprefix(f"{HOME}/")

    def exists(self, name: str, directory: str = HOME) -> bool:
        return self.place(name, directory).is_file()

    def read(self, name: str, directory: str = HOME) -> bytes:
        """Raises Refusal."""
        try:
            return self.place(name, directory).read_bytes()
        except FileNotFoundError:
            raise Refusal(Status.NOT_FOUND, f'File "{name}" does not exist.') from None
        except OSError as error:
            raise Refusal(Status.INCOMPLETE, f'File "{name}" cannot be read: {error.strerror}.') from error

    def write(self, name: str, content: bytes, directory: str = HOME) -> None:
        """Writes a file whole or not at all. Raises Refusal."""
        path = self.place(name, directory)
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            durable.write(path, content)
        except OSError as error:
            raise Refusal(Status.INCOMPLETE, f'File "{name}" cannot be written: {error.strerror}.') from error

    def names(self, directory: str) -> list[str]:
        """Names of the files in a directory, sorted. A directory that is not there holds none."""
        path = self._root if directory.rstrip("/") == HOME else self.place(directory)
        return sorted(each.name for each in path.glob("*") if each.is_file() and not each.name.startswith("."))
