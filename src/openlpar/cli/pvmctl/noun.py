"""How one object type of pvmctl is declared: its names, columns, verbs and options.

Each type is one file in ``objects``; grammar, help, listing and field names derive from its ``NOUN``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from openlpar.uom.core import Element

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from openlpar.cli.pvmctl.call import Call, Selection
    from openlpar.client.atom import Entry
    from openlpar.client.edit import Member


class Row:
    """One object of a listing.

    elements: by type name the object itself (first) and the objects it belongs with, for ``Type.field``.
    entry: what to send when it is changed: the object itself, or the first-class object around it.
    inside: for the latter: finds the object in the (freshly read) tree of the entry; None when it is not there any more.
    notes: what a loader found out for a computed column.
    """

    __slots__ = ("elements", "entry", "inside", "notes")

    def __init__(
        self,
        elements: dict[str, Element],
        entry: Entry[Any] | None = None,
        inside: Callable[[ET.Element], Member | None] | None = None,
    ) -> None:
        self.elements = elements
        self.entry = entry
        self.inside = inside
        self.notes: dict[str, str] = {}

    def value(self, kind: str, path: tuple[str, ...]) -> Any:
        """What a field of the object of that type holds; None when it, or anything on the way to it, is absent."""
        element: Any = self.elements.get(kind)
        for depth, name in enumerate(path):
            if element is None:
                return None
            if isinstance(element, tuple):
                return _fan_out(element, path[depth:])
            element = element.uuid if name == "uuid" else element.get(name)
        return element


def _fan_out(elements: tuple[Any, ...], path: Sequence[str]) -> Any:
    """All the values below several elements; None when there is none."""
    name, *rest = path
    values: list[Any] = []
    for element in elements:
        value = element.uuid if name == "uuid" else element.get(name)
        if rest and value is not None:
            value = _fan_out(value if isinstance(value, tuple) else (value,), rest)
        values += value if isinstance(value, tuple) else [] if value is None else [value]
    return tuple(values) or None


class QuickRow(Row):
    """One object of which only some values are known.

    readers: by path what takes the value from ``quick``, what the service sent.
    """

    __slots__ = ("_quick", "_readers")

    def __init__(self, quick: Mapping[str, Any], readers: Mapping[tuple[str, ...], Callable[[Any], Any]]) -> None:
        self._quick = quick
        self._readers = readers

    def value(self, kind: str, path: tuple[str, ...]) -> Any:
        return self._readers[path](self._quick)


class Column(NamedTuple):
    """title: as printed. value: a field name, or a function: of the values of the fields named in ``reads``, so that a
    listing can be made without whole objects; without any, of the row. whole: it is not cut to make the table fit."""

    title: str
    value: str | Callable[..., Any]
    reads: Sequence[str] = ()
    whole: bool = False


class Option(NamedTuple):
    """One option of a verb; ``settings`` are argparse's."""

    flags: tuple[str, ...]
    settings: Mapping[str, Any]

    def required(self) -> Option:
        """The same for a verb that cannot do without."""
        return self._replace(settings={**self.settings, "required": True})


def option(*flags: str, **settings: Any) -> Option:
    return Option(flags, settings)


class Verb(NamedTuple):
    """What can be done with a type.

    run: does it; returns the exit status. selects: the common options that choose objects: ``i`` object, ``p`` parent,
    ``w`` where, ``d`` display, ``s`` set. positional: the object may also stand without ``-i``. examples: what follows ``pvmctl``.
    """

    name: str
    summary: str
    run: Callable[[Call], int]
    selects: str = ""
    options: Sequence[Option] = ()
    examples: Sequence[str] = ()
    positional: bool = False


class Noun(NamedTuple):
    """An object type.

    name: the prefix of its fields. kind: the declared class of the objects. load: reads the rows.
    joins: by type name the classes of the objects that a row carries beside it. type_names: other prefixes for its own
    fields (``VirtualDisk`` for ``LogicalVolume``). renames: names that pvmctl has for declared fields (``id`` for
    ``switch_id``). extras: computed fields; join_extras: those of the types beside it, by full name. setters: fields
    that are written elsewhere than they are read. parent: what ``-p`` selects, for the help page.
    """

    name: str
    title: str
    kind: type[Element]
    columns: Sequence[Column]
    load: Callable[[Call, Selection], Sequence[Row]]
    verbs: Sequence[Verb]
    joins: Mapping[str, type[Element]] = {}
    type_names: Sequence[str] = ()
    renames: Mapping[str, str] = {}
    extras: Mapping[str, Callable[[Row], Any]] = {}
    join_extras: Mapping[str, Callable[[Row], Any]] = {}
    setters: Mapping[str, str] = {}
    parent: str = ""
    notes: str = ""

    def verb(self, name: str) -> Verb | None:
        return next((verb for verb in self.verbs if verb.name == name), None)
