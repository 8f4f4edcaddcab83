"""What a record is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Base of all records.

    goes_with: the field that holds the uuid of the object or record it belongs to, with which it is removed; "" for one that
    stays.
    """

    parent: ClassVar[str | None] = None
    goes_with: ClassVar[str] = ""
    uuid: str
