"""The files of user padmin: /home/padmin of a VIOS, and what else can be written to, kept in directories of the state."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from openlpar import durable
from openlpar.vios.padmin.refusal import Refusal, Status, may_only_look, no_such

HOME = "/home/padmin"
BACKUPS = f"{HOME}/cfgbackups"
MOUNT = "/mnt"
"""Where administrators mount a file system of another machine. Here it is a directory like any other."""
DEVICES = "/dev"
"""Only the optical drive is there: the disc in it is a file."""
DISC = f"{DEVICES}/cd0"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or directory. modified: ms since 1970, by the clock of who wrote it."""

    name: str
    size: int
    modified: int
    is_directory: bool

    @classmethod
    def of(cls, path: Path) -> Entry:
        status = path.stat()
        return cls(path.name, status.st_size, status.st_mtime_ns // 1_000_000, path.is_dir())


def disc_in(drive: str) -> str:
    """The disc in an optical drive, by the drive's name or path. Raises Refusal when there is no such drive."""
    if posixpath.join(DEVICES, drive) != DISC:
        raise no_such("Optical drive", drive, f"There is {DISC}.")
    return DISC


def _missing(name: str) -> Refusal:
    return Refusal(Status.NOT_FOUND, f'File "{name}" does not exist.')


class Home:
    """Reads and writes files by the names that padmin uses. root: the directory that stands for /home/padmin; those for the other
    places are beside it. changes: False for who may only read; now: the time that files get which are written, ms since 1970; None
    for the machine's."""

    def __init__(self, root: Path, *, changes: bool = True, now: Callable[[], int] | None = None) -> None:
        self._root = root
        self._changes = changes
        self._now = now

    def place(self, name: str, directory: str = HOME) -> Path:
        """Where a file really is. directory: what a relative name is relative to. Raises Refusal where padmin may not write."""
        full = posixpath.normpath(posixpath.join(directory, name))
        place = self._below(full)
        if "\0" in full or full.startswith("//") or place is None:
            raise Refusal(
                Status.DENIED, f'"{name}" is not below {HOME} or {MOUNT}. Only files there can be read and written.'
            )
        if any(len(part.encode()) > 255 for part in full.split("/")):
            raise Refusal(Status.SYNTAX, f'"{name}" is too long for the name of a file: 255 bytes are allowed.')
        return place

    @property
    def places(self) -> tuple[Path, ...]:
        """All there is of it."""
        return self._root, self._beside("mnt"), self._beside("cd0")

    def _beside(self, what: str) -> Path:
        return self._root.with_name(f"{self._root.name}-{what}")

    def _below(self, full: str) -> Path | None:
        beside = {HOME: self._root, MOUNT: self._beside("mnt")}
        if full == DISC:
            return self._beside("cd0")
        for top, place in beside.items():
            if full == top or full.startswith(f"{top}/"):
                return place / full.removeprefix(top).lstrip("/")
        return None

    def exists(self, name: str, directory: str = HOME) -> bool:
        return self.place(name, directory).is_file()

    def is_directory(self, name: str) -> bool:
        """Those that padmin always has, and those that were made by writing below them."""
        return posixpath.normpath(name) in (HOME, MOUNT) or self.place(name).is_dir()

    def read(self, name: str, directory: str = HOME) -> bytes:
        """Raises Refusal."""
        try:
            return self.place(name, directory).read_bytes()
        except FileNotFoundError:
            raise _missing(name) from None
        except OSError as error:
            raise Refusal(Status.INCOMPLETE, f'File "{name}" cannot be read: {error.strerror}.') from error

    def file(self, name: str) -> Path:
        """Where a file that is there really is. Raises Refusal."""
        place = self.place(name)
        if not place.exists():
            raise _missing(name)
        if not place.is_file():
            raise Refusal(Status.INCOMPLETE, f'"{name}" is a directory. Name a file.')
        return place

    def write(self, name: str, content: bytes, directory: str = HOME) -> None:
        """Writes a file whole or not at all. Raises Refusal."""
        self._check_changes()
        path = self.place(name, directory)
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            durable.write(path, content, modified=self._now() if self._now is not None else None)
        except OSError as error:
            raise Refusal(Status.INCOMPLETE, f'File "{name}" cannot be written: {error.strerror}.') from error

    def rename(self, name: str, new: str) -> None:
        """Raises Refusal."""
        self._check_changes()
        self.read(name)
        path = self.place(new)
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            os.replace(self.place(name), path)
        except OSError as error:
            raise Refusal(Status.INCOMPLETE, f'File "{new}" cannot be written: {error.strerror}.') from error

    def remove(self, name: str) -> None:
        """Raises Refusal; a file that is not there is none."""
        self._check_changes()
        try:
            self.place(name).unlink(missing_ok=True)
        except OSError as error:
            raise Refusal(Status.INCOMPLETE, f'File "{name}" cannot be removed: {error.strerror}.') from error

    def _check_changes(self) -> None:
        if not self._changes:
            raise may_only_look()

    def entries(self, name: str) -> list[Entry] | None:
        """What is in a directory, or the file itself; None when there is nothing of this name. Raises Refusal."""
        path = self.place(name)
        if path.is_dir():
            found = sorted(each for each in path.iterdir() if not each.name.startswith("."))
        elif path.exists():
            found = [path]
        else:
            return [] if name in (HOME, MOUNT) else None
        return [Entry.of(each) for each in found]

    def names(self, directory: str) -> list[str]:
        """Names of the files in a directory, sorted. A directory that is not there holds none."""
        return sorted(each.name for each in self.place(directory).glob("*") if each.is_file() and each.name[0] != ".")

    def walk(self) -> Iterator[tuple[str, bytes]]:
        """Every file below /home/padmin, by its name there. Raises Refusal."""
        for path in sorted(self._root.rglob("*")):
            if path.is_file() and path.name[0] != ".":
                name = f"{HOME}/{path.relative_to(self._root).as_posix()}"
                yield name, self.read(name)
