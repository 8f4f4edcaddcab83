"""Files that somebody wrote for a command: rules, storage networks."""

from __future__ import annotations

from openlpar.messages import simulation as say


def text_of(path: str) -> str:
    """Raises Failure NO_FEED, also for what is no text."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as cause:
        raise say.NO_FEED.error(path=path, cause=cause.strerror) from cause
    except UnicodeDecodeError as cause:
        raise say.NO_FEED.error(path=path, cause="it is not text in UTF-8") from cause
