"""What can go wrong between a command and the REST service, grouped by what the caller can do about it.

ClientError
├── Unreachable      nobody answers: start the service, mend the address, trust its certificate
├── LogonRefused     the service does not let this user in
├── BadAnswer        what came back is not what the contract says: wrong address, or a defect
├── RestError        the service refused or failed; carries its own message
│   ├── NotFound     404
│   ├── Stale        412: somebody changed the object; read it again and repeat
│   └── TooBusy      503, and the texts by which a VIOS says that it is busy: repeat later
└── JobFailed        the job was accepted and did not succeed
    └── JobTimedOut  it did not end in time; it was asked to stop
"""

from __future__ import annotations


class ClientError(Exception):
    """Base of all. ``hint`` is the next step for the user, or empty."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


class Unreachable(ClientError):
    """No connection, or it broke."""


class LogonRefused(ClientError):
    """The service answered the logon with a refusal, or the token file cannot be read."""


class BadAnswer(ClientError):
    """The answer is not a document of this API."""


class RestError(ClientError):
    """An answer with an error status.

    status: HTTP status. reason_code: the document's ReasonCode. text: its Message, or the HTTP reason phrase when the
    document is missing or unreadable (contract 2.13: that has to be tolerated).
    """

    def __init__(self, status: int, text: str, reason_code: str = "", method: str = "", path: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.reason_code = reason_code
        self.method = method
        self.path = path


class NotFound(RestError):
    """404."""


class Stale(RestError):
    """412: the ETag that was sent is not the current one."""


class TooBusy(RestError):
    """The same request may succeed in a few seconds."""


class JobFailed(ClientError):
    """A job ended with any status but COMPLETED_OK. operation: its name, e.g. ``PowerOff``. status: as sent."""

    def __init__(self, operation: str, status: str, text: str, hint: str = "") -> None:
        super().__init__(text, hint)
        self.operation = operation
        self.status = status


class JobTimedOut(JobFailed):
    """The job did not end within the caller's time limit."""


# Contract 2.13: how a busy VIOS is recognised; 503 needs no text.
_BUSY_CODES = ("HSCL3205", "VIOS0014")
_BUSY_TEXTS = ("is busy processing some other request", "The system is currently too busy")


def rest_error(status: int, text: str, reason_code: str = "", method: str = "", path: str = "") -> RestError:
    """The exception of the class that fits the status."""
    if status == 404:
        kind: type[RestError] = NotFound
    elif status == 412:
        kind = Stale
    elif status == 503 or _says_busy(status, text):
        kind = TooBusy
    else:
        kind = RestError
    return kind(status, text, reason_code, method, path)


def _says_busy(status: int, text: str) -> bool:
    return any(code in text for code in _BUSY_CODES) or (status == 500 and any(busy in text for busy in _BUSY_TEXTS))
