"""Elements from the JSON of their rows, as fast as it goes: tens of thousands are read before a service is ready.

For every type msgspec fills a struct that is made of the type's declaration; what an element is made of comes out of it in the
order of the fields, with no work for each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import astuple

from openlpar.uom.core import Child, Children, Element, Field, Ints, Number
from openlpar.uom.plain import from_plain

_Decoder = Callable[[bytes], msgspec.Struct]
_Conversion = Callable[[Any], Any]


def element(kind: type[Element], body: bytes, uuid: str, parent: str | None) -> Element:
    """What ``uom.plain`` made a row of. Raises BadValue for a row that a newer version wrote."""
    decode = _decoders.get(kind) or _decoder(kind)
    try:
        return _made(kind, decode(body), uuid, parent)
    except msgspec.ValidationError:  # read in the way that can say what is wrong
        return from_plain(kind, msgspec.json.decode(body), uuid, parent, trusted=True)


def _made(kind: type[Element], struct: msgspec.Struct, uuid: str = "", parent: str | None = None) -> Element:
    *values, extras = astuple(struct)
    for position, convert in _nested[kind]:
        if values[position] is not None:
            values[position] = convert(values[position])
    return kind.from_values(values, uuid, parent, extras)


_decoders: dict[type[Element], _Decoder] = {}
_structs: dict[type[Element], type[msgspec.Struct]] = {}
_nested: dict[type[Element], list[tuple[int, _Conversion]]] = {}
"""Of each type the positions of the fields with elements in them, and what makes those of structs."""


def _decoder(kind: type[Element]) -> _Decoder:
    decode: _Decoder = msgspec.json.Decoder(_struct(kind)).decode
    _decoders[kind] = decode
    return decode


def _struct(kind: type[Element]) -> type[msgspec.Struct]:
    if kind not in _structs:
        _structs[kind] = msgspec.defstruct(
            kind.__name__,
            [*((field.name, _type(field), None) for field in kind.fields), ("extras", tuple[str, ...], ())],
            rename={**{field.name: field.tag for field in kind.fields}, "extras": "+"},
            forbid_unknown_fields=True,
            gc=False,  # none of them lives longer than its row is read
        )
        _nested[kind] = [
            (field.position, _conversion(field)) for field in kind.fields if isinstance(field, Child | Children)
        ]
    return _structs[kind]


def _type(field: Field[Any]) -> Any:
    """Of the field's value in JSON. What needs no conversion is what was written, whatever that is."""
    if isinstance(field, Child):
        return _struct(field.target) | None
    if isinstance(field, Children):
        return tuple[_struct(field.target), ...] | None  # type: ignore[misc]  # a type that is made here
    if field.many:
        return tuple[int if isinstance(field, Ints) else str, ...] | None  # type: ignore[misc]  # likewise
    return Decimal | None if isinstance(field, Number) else Any


def _conversion(field: Child[Any] | Children[Any]) -> _Conversion:
    kind: type[Element] = field.target
    if isinstance(field, Child):
        return lambda struct: _made(kind, struct)
    return lambda structs: tuple([_made(kind, struct) for struct in structs])
