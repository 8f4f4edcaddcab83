"""What of a backup is not on the server: found by ``restoring`` and its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Missing:
    """A device of the backup that is not there, or a setting that is another one. make: makes it, and says what it is called now;
    None when it cannot be made, for a reason."""

    name: str
    make: Callable[[], str] | None = None
    reason: str = ""
