"""Elements as plain values (dict, list, str, int, bool) and back, keyed by wire tag: for the store and inventory files.

Numbers with decimals are texts, so that their digits survive. Only present fields appear.
"""

from __future__ import annotations

from typing import Any, TypeVar

from openlpar.uom.core import BadValue, Child, Children, Element, Field, Ints, Number

E = TypeVar("E", bound=Element)


def to_plain(element: Element) -> dict[str, Any]:
    """The present fields; identity is not included (see ``identified``)."""
    plain: dict[str, Any] = {}
    for field, value in element.present():
        if isinstance(field, Child):
            plain[field.tag] = to_plain(value)
        elif isinstance(field, Children):
            plain[field.tag] = [to_plain(item) for item in value]
        elif field.many:
            plain[field.tag] = list(value)
        elif isinstance(field, Number):
            plain[field.tag] = str(value)
        else:
            plain[field.tag] = value
    if element.extras:
        plain["+"] = list(element.extras)
    return plain


def from_plain(
    kind: type[E], plain: dict[str, Any], uuid: str = "", parent: str | None = None, *, trusted: bool = False
) -> E:
    """The element of such a dict. Raises BadValue naming field and value, unless the source is trusted (our own store)."""
    by_tag = kind.by_tag
    values: list[Any] = [None] * len(kind.fields)
    extras: tuple[str, ...] = ()
    for tag, raw in plain.items():
        field = by_tag.get(tag)
        if field is None:
            if tag != "+":
                raise BadValue(f"{kind.__name__} has no field {tag!r}.")
            extras = tuple(raw)
            continue
        values[field.position] = _value(field, raw, trusted)
    return kind.from_values(values, uuid, parent, extras)


def _value(field: Field[Any], raw: Any, trusted: bool) -> Any:
    if isinstance(field, Child):
        _expect(field, raw, dict)
        return from_plain(field.target, raw, trusted=trusted)
    if isinstance(field, Children):
        _expect(field, raw, list)
        return tuple(from_plain(field.target, item, trusted=trusted) for item in raw)
    if field.many:
        _expect(field, raw, list)
        return tuple(int(item) if isinstance(field, Ints) else str(item) for item in raw)
    if isinstance(field, Number):
        return field.parse(str(raw))
    if trusted or isinstance(raw, bool) or (field.kind == "int" and isinstance(raw, int)):
        return raw
    return field.parse(str(raw))


def _expect(field: Field[Any], raw: Any, kind: type) -> None:
    if not isinstance(raw, kind):
        wanted = "a mapping" if kind is dict else "a list"
        raise field.bad(repr(raw), wanted)
