"""Numbers of users and groups for what runs in partitions: nobody has them, and no two partitions the same.

Each service has 65536 of those that systemd's table of users leaves free (1879048192 to 2147483647), by a digest of its folder. One
number names a user and the group of that user.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_FIRST, _BLOCK, _BLOCKS = 0x70000000, 0x10000, 0x1000
LAST = _FIRST + _BLOCK * _BLOCKS - 1


@dataclass(frozen=True, slots=True)
class Users:
    """everybody: the group of all partitions of a service."""

    everybody: int

    @classmethod
    def of(cls, data: Path) -> Users:
        """data: the service's own folder."""
        digest = hashlib.sha256(str(data).encode()).digest()
        return cls(_FIRST + _BLOCK * (int.from_bytes(digest[:2], "big") % _BLOCKS))

    def number(self, lpar_id: int) -> int:
        """Of a partition."""
        if not 0 < lpar_id < _BLOCK:
            raise ValueError(f"no partition has the number {lpar_id}")
        return self.everybody + lpar_id
