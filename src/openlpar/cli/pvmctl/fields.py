"""Field names: ``name``, ``LogicalPartition.state``, ``PartitionMemoryConfiguration.desired``.

They are the names of the declarations. A bare name is looked for in the listed type first, then in the types nested in
it, then in those listed beside it. Nested types are named by their type, whatever the path to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.noun import Noun, Row
from openlpar.messages.core import Failure
from openlpar.uom.core import Child, Children, Element, Field

# Deep enough for PhysicalPort below ManagedSystem; recursive types (a vNIC in a vNIC) must end somewhere.
_DEPTH = 7

# Names that pvmctl uses for declared types.
_SYNONYMS = {"LogicalVolume": "VirtualDisk", "VirtualEthernetAdapter": "ClientNetworkAdapter"}


class Ref(NamedTuple):
    """A resolved field.

    label: as printed. type: the element of the row that it starts from. path: python names down to it; empty for extras.
    """

    label: str
    type: str
    path: tuple[str, ...]
    field: Any  # the Field, or None for extras; its own type would make mypy take it for a descriptor
    read: Callable[[Row], Any]


class Place(NamedTuple):
    """A type nested in another one. above: the types around it. flat: its fields count as the outer type's."""

    kind: type[Element]
    path: tuple[str, ...]
    flat: bool
    above: frozenset[type[Element]]


def resolve(noun: Noun, name: str) -> Ref:
    """The field that a name means. Raises a Failure that suggests the right one."""
    kind_name, _, label = name.rpartition(".")
    own = kind_name in ("", noun.name, *noun.type_names)
    if own and label in noun.extras:
        return Ref(label, noun.name, (), None, noun.extras[label])
    if name in noun.join_extras:
        return Ref(label, kind_name, (), None, noun.join_extras[name])
    roots = [(noun.name, noun.kind), *noun.joins.items()]
    for nested in (False, True):
        for root, kind in roots:
            wanted = noun.renames.get(label, label) if own and root == noun.name else label
            named = _SYNONYMS.get(kind_name, kind_name)
            for place in _places(kind):
                if place.flat == nested or not (_nested(place, named) if nested else _own(noun, root, kind_name)):
                    continue
                field = _field(place.kind, wanted)
                if field is not None or (wanted == "uuid" and not nested):
                    path = (*place.path, field.name if field else "uuid")
                    return Ref(label, root, path, field, _reader(root, path))
    raise unknown(noun, name)


def _reader(root: str, path: tuple[str, ...]) -> Callable[[Row], Any]:
    return lambda row: row.value(root, path)


def _own(noun: Noun, root: str, kind_name: str) -> bool:
    """Whether a prefix means the root itself."""
    return kind_name in ("", root) or (root == noun.name and kind_name in noun.type_names)


def _nested(place: Place, kind_name: str) -> bool:
    return kind_name in ("", type_name(place.kind), place.kind.__name__)


def known(noun: Noun, name: str) -> bool:
    """Whether a text could be a field's full name (the right side of a condition)."""
    kind_name, dot, _ = name.rpartition(".")
    if not dot or not kind_name.isidentifier():
        return False
    try:
        resolve(noun, name)
    except Failure:
        return False
    return True


def names(noun: Noun) -> Iterator[str]:
    """All field names that ``resolve`` knows, full form."""
    yield from (f"{noun.name}.{label}" for label in (*noun.extras, *noun.renames))
    seen: set[str] = set()
    for root, kind in ((noun.name, noun.kind), *noun.joins.items()):
        for place in _places(kind):
            owner = root if place.flat else type_name(place.kind)
            for field in place.kind.fields:
                name = f"{owner}.{field.cli}"
                if field.cli and not isinstance(field, Child | Children) and name not in seen:
                    seen.add(name)
                    yield name


def type_name(kind: type[Element]) -> str:
    """How pvmctl calls a declared class: its element name."""
    return kind.tag


def unknown(noun: Noun, name: str) -> Failure:
    from difflib import get_close_matches

    kind_name, _, label = name.rpartition(".")
    every = list(names(noun))
    by_label: dict[str, str] = {}
    for full in every:
        by_label.setdefault(full.rpartition(".")[2], full)
    # Compare the last words first: the type's long name would make everything alike.
    near = [by_label[word] for word in get_close_matches(label, by_label, 3, 0.75)]
    near = near or (get_close_matches(name, every, 3, 0.85) if kind_name else [])
    hint = f"Did you mean {' or '.join(near)}?" if near else f"'pvmctl {noun.name} list --help' lists its fields."
    return messages.UNKNOWN_FIELD.error(kind=kind_name or noun.name, name=label, suggestion=hint)


def show(value: Any) -> str:
    """A value as pvmctl prints it: Python's booleans, numbers without trailing zeros but with a decimal point."""
    if isinstance(value, str):
        return value.strip()  # recorded reference codes consist of blanks when there is none
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return repr(float(value))
    if isinstance(value, tuple | list):
        return " ".join(show(item) for item in value)
    return str(value).strip()


_PLACES: dict[type[Element], list[Place]] = {}


def _places(kind: type[Element]) -> list[Place]:
    """The type itself and all nested ones, nearest first."""
    known_places = _PLACES.get(kind)
    if known_places is not None:
        return known_places
    found = [Place(kind, (), True, frozenset((kind,)))]
    for place in found:
        if len(place.path) >= _DEPTH:
            continue
        for field in place.kind.fields:
            if isinstance(field, Child | Children) and field.target not in place.above:
                flat = place.flat and isinstance(field, Child) and field.flat
                found.append(Place(field.target, (*place.path, field.name), flat, place.above | {field.target}))
    _PLACES[kind] = found
    return found


def _field(kind: type[Element], name: str) -> Field[Any] | None:
    return next((field for field in kind.fields if field.cli == name and not isinstance(field, Child | Children)), None)
