"""What the system says when it refuses or fails: messages with an id, and the exceptions that carry them.

Exceptions are grouped by what the caller can do about them:

    Failure
    ├── FixRequest    the request is wrong: INVALID, NOT_FOUND, EXISTS, UNSUPPORTED, DENIED, STALE
    ├── ChangeFirst   the request is right, the object is not in the state for it: WRONG_STATE, IN_USE, NO_ROOM
    ├── TryLater      the same request may succeed later: BUSY, UNAVAILABLE
    └── GiveUp        the system failed: INTERNAL

A message of IBM's own (``origin`` names where its id and text were seen) is said in exactly that text, and its
remedy travels beside it; a message of ours says object, cause and remedy in one text.
"""

from __future__ import annotations

import enum
from typing import Any, ClassVar


class Kind(enum.Enum):
    """What sort of failure; a face maps it to its own status codes."""

    INVALID = "invalid"
    NOT_FOUND = "not found"
    EXISTS = "exists"
    UNSUPPORTED = "unsupported"
    DENIED = "denied"
    STALE = "stale"
    WRONG_STATE = "wrong state"
    IN_USE = "in use"
    NO_ROOM = "no room"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Failure(Exception):
    """A refusal or failure with its message. ``str()`` gives ``[PVME…] text``."""

    def __init__(self, message: Message, parameters: dict[str, Any]) -> None:
        self.message = message
        self.parameters = parameters
        super().__init__(f"[{message.id}] {self.text}")

    @property
    def text(self) -> str:
        text = self.message.text.format(**self.parameters)
        if self.message.origin is None and self.message.remedy:
            return f"{text} {self.remedy}"
        return text

    @property
    def remedy(self) -> str:
        return self.message.remedy.format(**self.parameters)

    @property
    def kind(self) -> Kind:
        return self.message.kind

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.parameters)


class FixRequest(Failure):
    """The caller has to change the request."""


class ChangeFirst(Failure):
    """The caller has to change the world first, then may repeat the request."""


class TryLater(Failure):
    """The caller may repeat the same request later."""


class GiveUp(Failure):
    """Nothing the caller can do; the log knows more."""


_BY_KIND: dict[Kind, type[Failure]] = {
    Kind.WRONG_STATE: ChangeFirst,
    Kind.IN_USE: ChangeFirst,
    Kind.NO_ROOM: ChangeFirst,
    Kind.BUSY: TryLater,
    Kind.UNAVAILABLE: TryLater,
    Kind.INTERNAL: GiveUp,
}


class Message:
    """One entry of the catalogue. Creating it registers it; ids are unique.

    text, remedy: templates for ``str.format``. origin: where the id and text of an original message were seen; None for ours.
    """

    # No dataclass: those bring the module ``inspect`` along, 4 ms of every command.
    __slots__ = ("id", "kind", "origin", "remedy", "text")

    catalogue: ClassVar[dict[str, Message]] = {}

    def __init__(self, id: str, text: str, kind: Kind, remedy: str = "", origin: str | None = None) -> None:
        if id in Message.catalogue:
            raise ValueError(f"message {id} is declared twice")
        self.id = id
        self.text = text
        self.kind = kind
        self.remedy = remedy
        self.origin = origin
        Message.catalogue[id] = self

    def error(self, **parameters: Any) -> Failure:
        """The exception to raise, of the class that fits the kind. A value that changes may be absent before or after."""
        for name in ("old", "new"):
            if name in parameters and parameters[name] in (None, "", ()):
                parameters[name] = "none"
        return _BY_KIND.get(self.kind, FixRequest)(self, parameters)
