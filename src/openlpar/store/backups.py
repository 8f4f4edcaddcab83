"""Backups as files below one directory, a folder for each managed system: mode 0640, for the group of administrators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from openlpar import durable
from openlpar.messages import backup as say
from openlpar.ports.backups import KeptBackup

GROUP = "pvm_admin"


class BackupFiles:
    """See ``ports.backups.Backups``. root: the directory, None when nothing is kept; profile: makes the text of a profile.bak."""

    def __init__(self, root: Path | None, profile: Callable[..., str]) -> None:
        self._root = root
        self.profile = profile

    @property
    def place(self) -> str:
        return str(self._root or "")

    def keep(self, folder: str, name: str, content: bytes, made: int) -> None:
        if self._root is None:
            raise say.NO_FOLDER.error()
        place = self._root / folder
        place.mkdir(mode=0o750, parents=True, exist_ok=True)
        durable.write(place / name, content, 0o640, GROUP, made)

    def kept(self, folder: str) -> list[KeptBackup]:
        if self._root is None or not (self._root / folder).exists():
            return []
        found = [(path.name, path.stat()) for path in sorted((self._root / folder).iterdir()) if path.name[0] != "."]
        return [KeptBackup(name, status.st_size, status.st_mtime_ns // 1_000_000) for name, status in found]
