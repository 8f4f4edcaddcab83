"""What a record is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Base of all records."""

    parent: ClassVar[str | None] = None
    uuid: str
