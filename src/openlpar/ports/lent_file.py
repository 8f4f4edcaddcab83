"""A file that a Virtual I/O Server lends. Apart from the other ports: supervisors know it, which are many, and small."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_DIGITS = 16


@dataclass(frozen=True, slots=True)
class LentFile:
    """The file or volume of the host behind a disk that a server lends: a guest may read and write it without asking the server for
    each block, for as long as the server's process lives.

    node: how the server has opened it, as QEMU's ``blockdev-add`` takes it, but for the name: below ``file`` is the ``filename``.
    pid, started: of the process, see ``qemu_host.processes``.
    """

    node: Mapping[str, Any]
    pid: int
    started: int

    @property
    def path(self) -> str:
        return str(self.node["file"]["filename"])

    @property
    def mark(self) -> str:
        """The same for the same file, opened in the same way, lent by the same process."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:_DIGITS]
