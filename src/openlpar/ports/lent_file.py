"""A file that a Virtual I/O Server lends. Apart from the other ports: supervisors know it, which are many, and small."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LentFile:
    """The file or volume of the host behind a disk that a server lends: a guest may read and write it without asking the server for
    each block, for as long as the server's process lives.

    driver: QEMU's for it; size: bytes of the disk, which may be less than the file's. pid, started: of the process, see
    ``qemu_host.processes``.
    """

    path: Path
    driver: str
    size: int
    pid: int
    started: int

    @property
    def mark(self) -> str:
        """The same for the same file, of the same size, lent by the same process."""
        return f"{self.path} {self.size} {self.pid} {self.started}"
