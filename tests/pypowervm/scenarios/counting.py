"""Counts the HTTP requests the client sends.

Polls (of a job that has not ended, of the event queue) are left out: how many there are depends on the machine.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests


@dataclass
class Requests:
    """What was sent. recorded: ``METHOD path`` of each, polls too, for scenarios that look at them."""

    total: int = 0
    recorded: list[str] = field(default_factory=list)


REQUESTS = Requests()
_LOCK = threading.Lock()
_ASIDE = threading.local()
_SEND = requests.Session.request


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """A block in which this thread looks again and again whether something has come true: that is not counted either."""
    _ASIDE.is_on = True
    try:
        yield
    finally:
        _ASIDE.is_on = False


def start() -> None:
    """Begins to count; called in the process of one scenario."""

    def request(self: requests.Session, method: str, url: str, *args: Any, **options: Any) -> Any:
        path = url.partition("/rest/api/")[2]
        poll = method == "GET" and path.startswith(("uom/jobs/", "uom/Event?"))
        with _LOCK:
            REQUESTS.total += not (poll or getattr(_ASIDE, "is_on", False))
            REQUESTS.recorded.append(f"{method} {path}")
        return _SEND(self, method, url, *args, **options)

    requests.Session.request = request  # type: ignore[assignment, method-assign]
