"""A client's version of an object laid onto the stored one, by the declared access codes.

Clients send whole objects back: with fields they never looked at, with fields the server derives, with volatile ones that
have moved on. Only what differs from what they were shown is meant, and only where the declaration lets them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from openlpar.messages import general
from openlpar.uom.core import Child, Element, Enum

E = TypeVar("E", bound=Element)


def merged(stored: E, shown: E, requested: E, *, leave: frozenset[str] = frozenset(), about: str, strict: bool) -> E:
    """``stored`` with the client's changes.

    shown: the object as clients read it; leave: names of fields that the operation treats itself; about: how messages call the
    object; strict: the client proved (by ETag) that it saw ``shown``, so a changed read-only field is a mistake and not
    just old news. Raises Failure for that, and for a word that an enumeration does not have.
    """
    changes: dict[str, Any] = {}
    for field, wish in requested.present():
        if field.name in leave or field.volatile:
            continue
        now = shown.get(field.name)
        if wish == now:
            continue
        if isinstance(field, Child):
            old = stored.get(field.name) or field.target.empty()
            new = merged(old, now or field.target.empty(), wish, about=about, strict=strict)
            if new != old:
                changes[field.name] = new
        elif field.access.on_update:
            if isinstance(field, Enum) and not field.allows(wish):
                words = ", ".join(sorted(member.value for member in field.values))
                raise general.BAD_VALUE.error(
                    field=field.tag,
                    object=about,
                    value=repr(wish),
                    cause="there is no such value",
                    wanted=f"one of {words}",
                )
            changes[field.name] = wish
        elif strict and now is not None and not field.many:
            raise general.READ_ONLY.error(field=field.tag, object=about, old=brief(now), new=brief(wish))
    return stored.evolve(**changes) if changes else stored


def brief(value: object) -> str:
    """A value as messages show it: texts in quotes, numbers as they are written, of lists only how long they are."""
    if isinstance(value, tuple):
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
