"""The programs of QEMU that the disks are made and served with."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Programs:
    """Command lines to which arguments are added; environment: what they need beside PATH."""

    image: Sequence[str] = ("qemu-img",)
    daemon: Sequence[str] = ("qemu-storage-daemon",)
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, called: str, words: Sequence[str], patience_s: float, path: str = os.defpath
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end, whatever its exit status, and keeps what it says, in English. called: how messages call it.
        Raises OSError when it takes longer."""
        environment = {"PATH": path, "LC_ALL": "C", **self.environment}
        try:
            return subprocess.run(
                words, check=False, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=patience_s, umask=0o077, restore_signals=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise OSError(errno.ETIMEDOUT, f"{called} took more than {patience_s} s") from None
