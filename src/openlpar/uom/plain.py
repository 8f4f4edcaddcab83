"""Elements as plain values (dict, list, str, int, bool) and back, keyed by wire tag: for the store and inventory files.

Numbers with decimals are texts, so that their digits survive. Only present fields appear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from openlpar.uom.core import BadValue, Child, Children, Element, Field, Ints, Number

E = TypeVar("E", bound=Element)


def to_plain(element: Element) -> dict[str, Any]:
    """The present fields; identity is not included (see ``identified``)."""
    plain: dict[str, Any] = {}
    for (tag, write), value in zip(_writers(type(element)), element._values, strict=True):
        if value is not None:
            plain[tag] = value if write is None else write(value)
    if element.extras:
        plain["+"] = list(element.extras)
    return plain


_Conversion = Callable[[Any], Any] | None
"""Of a field's value; None for none at all."""
_compiled_writers: dict[type[Element], list[tuple[str, _Conversion]]] = {}
_compiled_readers: dict[tuple[type[Element], bool], dict[str, tuple[int, _Conversion]]] = {}


def _writers(kind: type[Element]) -> list[tuple[str, _Conversion]]:
    """For each field its tag and how its value is written: what follows from the declaration is found out once."""
    writers = _compiled_writers.get(kind)
    if writers is None:
        writers = _compiled_writers[kind] = [(field.tag, _writer(field)) for field in kind.fields]
    return writers


def _writer(field: Field[Any]) -> _Conversion:
    if isinstance(field, Child):
        return to_plain
    if isinstance(field, Children):
        return lambda items: [to_plain(item) for item in items]
    if field.many:
        return list
    return str if isinstance(field, Number) else None


def from_plain(
    kind: type[E], plain: dict[str, Any], uuid: str = "", parent: str | None = None, *, trusted: bool = False
) -> E:
    """The element of such a dict. Raises BadValue naming field and value, unless the source is trusted (our own store)."""
    readers = _readers(kind, trusted)
    values: list[Any] = [None] * len(kind.fields)
    extras: tuple[str, ...] = ()
    for tag, raw in plain.items():
        reader = readers.get(tag)
        if reader is None:
            if tag != "+":
                raise BadValue(f"{kind.__name__} has no field {tag!r}.")
            extras = tuple(raw)
            continue
        position, read = reader
        values[position] = raw if read is None else read(raw)
    return kind.from_values(values, uuid, parent, extras)


def _readers(kind: type[Element], trusted: bool) -> dict[str, tuple[int, _Conversion]]:
    """For each tag the field's position and how its value is read."""
    readers = _compiled_readers.get((kind, trusted))
    if readers is None:
        readers = {field.tag: (field.position, _reader(field, trusted)) for field in kind.fields}
        _compiled_readers[kind, trusted] = readers
    return readers


def _reader(field: Field[Any], trusted: bool) -> _Conversion:
    if isinstance(field, Child):
        target = field.target
        return lambda raw: from_plain(target, _expected(field, raw, dict), trusted=trusted)
    if isinstance(field, Children):
        target = field.target
        return lambda raw: tuple(from_plain(target, item, trusted=trusted) for item in _expected(field, raw, list))
    if field.many:
        one = int if isinstance(field, Ints) else str
        return lambda raw: tuple(one(item) for item in _expected(field, raw, list))
    if isinstance(field, Number):
        return lambda raw: field.parse(str(raw))
    if trusted:
        return None
    whole = (bool, int) if field.kind == "int" else bool
    return lambda raw: raw if isinstance(raw, whole) else field.parse(str(raw))


def _expected(field: Field[Any], raw: Any, kind: type) -> Any:
    if not isinstance(raw, kind):
        wanted = "a mapping" if kind is dict else "a list"
        raise field.bad(repr(raw), wanted)
    return raw
