"""Errors of the client as ``[PVME…] text`` lines."""

from __future__ import annotations

import re

from openlpar.client.errors import BadAnswer, ClientError, JobFailed, JobTimedOut, LogonRefused, RestError, Unreachable

# An answer may carry its id in brackets, or bare in front of the text as a genuine NovaLink's job results do.
_BRACKETED = re.compile(r"\[(PVME|HSCL|VIOS)[0-9A-Z-]+\]")
_BARE = re.compile(r"((?:PVME[0-9]{8}-[0-9]{4})|HSCL[0-9A-Z]{4}|VIOS[0-9]{8}-[0-9]{4}):?\s+", re.DOTALL)

# Ids for what has none of its own, by class.
_IDS: tuple[tuple[type[ClientError], str], ...] = (
    (Unreachable, "PVME01040104-0001"),
    (LogonRefused, "PVME01040104-0002"),
    (BadAnswer, "PVME01040104-0003"),
    (JobTimedOut, "PVME01040104-0005"),
    (JobFailed, "PVME01040104-0004"),
    (RestError, "PVME01040104-0006"),
)


def line(error: ClientError) -> str:
    """One line for standard error; the service's own id where it sent one."""
    text = " ".join(error.text.split())
    if _BRACKETED.search(text[:40]):
        return text[text.index("[") :] if text[:1] != "[" else text
    bare = _BARE.match(text)
    if bare:
        return f"[{bare.group(1)}] {text[bare.end() :]}"
    number = next(id for kind, id in _IDS if isinstance(error, kind))
    return f"[{number}] {text}"


def has_id(error: ClientError) -> bool:
    """Whether the service sent a message with an id of its own."""
    text = error.text.lstrip()
    return bool(_BRACKETED.search(text[:40]) or _BARE.match(text))
