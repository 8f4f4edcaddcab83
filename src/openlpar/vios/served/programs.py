"""The programs of QEMU that the disks are made and served with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Programs:
    """Command lines to which arguments are added; environment: what they need beside PATH."""

    image: Sequence[str] = ("qemu-img",)
    daemon: Sequence[str] = ("qemu-storage-daemon",)
    environment: Mapping[str, str] = field(default_factory=dict)
