"""Errors of the client as ``[PVME…] text`` lines."""

from __future__ import annotations

import re

from openlpar.cli.pvmctl import messages
from openlpar.client.errors import BadAnswer, ClientError, JobFailed, JobTimedOut, LogonRefused, RestError, Unreachable

# An answer may carry its id in brackets, or bare in front of the text as a genuine NovaLink's job results do.
_BRACKETED = re.compile(r"\[(PVME|HSCL|VIOS)[0-9A-Z-]+\]")
_BARE = re.compile(r"((?:PVME[0-9]{8}-[0-9]{4})|HSCL[0-9A-Z]{4}|VIOS[0-9]{8}-[0-9]{4}):?\s+", re.DOTALL)

# What has no id of its own gets one by its class; the nearest class first.
_BY_CLASS = (
    (Unreachable, messages.UNREACHABLE),
    (LogonRefused, messages.LOGON_REFUSED),
    (BadAnswer, messages.BAD_ANSWER),
    (JobTimedOut, messages.JOB_TIMED_OUT),
    (JobFailed, messages.JOB_FAILED),
    (RestError, messages.REFUSED),
)


def line(error: ClientError) -> str:
    """One line for standard error; the service's own id where it sent one."""
    text = " ".join(error.text.split())
    if _BRACKETED.search(text[:40]):
        return text[text.index("[") :] if text[:1] != "[" else text
    bare = _BARE.match(text)
    if bare:
        return f"[{bare.group(1)}] {text[bare.end() :]}"
    known = next((message for kind, message in _BY_CLASS if isinstance(error, kind)), None)
    return str(known.error(cause=text)) if known else text


def has_id(error: ClientError) -> bool:
    """Whether the service sent a message with an id of its own."""
    text = error.text.lstrip()
    return bool(_BRACKETED.search(text[:40]) or _BARE.match(text))
