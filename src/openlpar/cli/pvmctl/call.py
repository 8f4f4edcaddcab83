"""One call of pvmctl: the parsed options, the connection, and what verbs need to find objects."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from openlpar.cli.pvmctl import messages, where
from openlpar.cli.pvmctl.noun import Noun, Row
from openlpar.client.connection import Connection
from openlpar.client.errors import NotFound
from openlpar.messages import general
from openlpar.messages.core import Failure
from openlpar.uom.core import Element

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from openlpar.client.atom import Entry

E = TypeVar("E", bound=Element)


class Selection(NamedTuple):
    """What is wanted of a listing, so that a loader can ask the service for less.

    object, parent: a condition ``key=value`` or None. types: the types whose fields are asked for. fields: all paths
    that will be read, as (type, path); None when that is not known.
    """

    object: tuple[str, str] | None = None
    parent: tuple[str, str] | None = None
    types: frozenset[str] = frozenset()
    fields: frozenset[tuple[str, tuple[str, ...]]] | None = None


class Call:
    """What a verb is run with. incomplete: objects that a loader could not read; the exit status tells of them."""

    def __init__(self, noun: Noun, args: argparse.Namespace, connection: Connection) -> None:
        self.noun = noun
        self.args = args
        self.connection = connection
        self.incomplete: list[str] = []

    def say(self, text: str) -> None:
        print(text, flush=True)

    def warn(self, failure: Failure) -> None:
        print(failure, file=sys.stderr)

    # ---- what the command line selects -------------------------------------------------------------------------

    def condition(self, option: str) -> tuple[str, str] | None:
        text = getattr(self.args, option, None)
        return where.assignment(text) if text else None

    @property
    def selection(self) -> Selection:
        return Selection(self.condition("object_id"), self.condition("parent_id"))

    def rows(self, selection: Selection | None = None) -> list[Row]:
        """The rows that ``-i``, ``-p`` and ``-w`` select."""
        selection = selection or self.selection
        rows: Sequence[Row] = self.noun.load(self, selection)
        for text in self.conditions():
            test = where.condition(self.noun, text)
            rows = [row for row in rows if test(row)]
        return list(rows)

    def conditions(self) -> list[str]:
        texts = [text for group in getattr(self.args, "where", None) or () for text in group]
        return [*((self.args.object_id,) if getattr(self.args, "object_id", None) else ()), *texts]

    def row(self) -> Row:
        """The one row that the command means. Raises a Failure when it is none or several."""
        wanted = getattr(self.args, "object_id", None)
        if not wanted:
            raise messages.NO_SELECTION.error(kind=self.noun.name, option="-i")
        return self.only(self.rows(), wanted)

    def only(self, rows: Sequence[Row], wanted: str) -> Row:
        if not rows:
            raise general.NOT_FOUND.error(kind=self.noun.name, name=wanted)
        if len(rows) > 1:
            names = ", ".join(_called(row) for row in rows[:5]) + (", …" if len(rows) > 5 else "")
            raise messages.AMBIGUOUS.error(condition=wanted, count=len(rows), kind=self.noun.name, names=names)
        return rows[0]

    # ---- objects that many verbs need --------------------------------------------------------------------------

    @cached_property
    def system(self) -> Entry[Any]:
        """The managed system; a NovaLink manages exactly one, and lists it first."""
        from openlpar.uom.managed_system import ManagedSystem

        found = self.connection.feed("ManagedSystem", ManagedSystem)
        if not found:
            raise general.NOT_FOUND.error(kind="ManagedSystem", name="of this NovaLink")
        return found[0]

    def below_system(self, kind: type[E]) -> list[Entry[E]]:
        return self.connection.feed(f"ManagedSystem/{self.system.uuid}/{kind.tag}", kind)

    def partitions(
        self, kind: type[E], wanted: tuple[str, str] | None = None, *, group: str = "None"
    ) -> list[Entry[E]]:
        """Partitions of one type (LogicalPartition or VirtualIOServer): all, or those that ``key=value`` selects.

        Names and ids are searched for by the service, so that one of ten thousand is found as fast as one of two.
        """
        if wanted is None:
            return self.connection.feed(kind.tag, kind, group=group)
        key, value = wanted[0].rpartition(".")[2], wanted[1]
        found: list[Entry[E]]
        if key == "uuid":
            if not _UUID.fullmatch(value):
                return []
            try:
                return [self.connection.get(f"{kind.tag}/{value}", kind, group=group)]
            except NotFound:
                return []
        if key in _SEARCH_KEYS:
            found = self.connection.search(kind, _SEARCH_KEYS[key], value) if value else []
            if group == "None":
                return found
            return [self.connection.get(f"{kind.tag}/{entry.uuid}", kind, group=group) for entry in found]
        field = next((field for field in kind.fields if field.cli == key), None)
        if field is None:
            raise messages.UNKNOWN_FIELD.error(kind=kind.tag, name=key, suggestion="Select by name, id or uuid.")
        every = self.connection.feed(kind.tag, kind, group=group)
        return [entry for entry in every if where.same(entry.element.get(field.name), value)]

    def partition(self, kinds: Sequence[type[Element]], option: str, *, group: str = "None") -> Entry[Any]:
        """The one partition that an option such as ``--parent-id`` or ``--lpar`` names, of the first type that has it."""
        text: str = getattr(self.args, option)
        wanted = where.assignment(text if "=" in text else f"name={text}")
        for kind in kinds:
            found = self.partitions(kind, wanted, group=group)
            if len(found) > 1:
                names = ", ".join(entry.uuid for entry in found)
                raise messages.AMBIGUOUS.error(condition=text, count=len(found), kind=kind.tag, names=names)
            if found:
                return found[0]
        raise general.NOT_FOUND.error(kind=" or ".join(kind.tag for kind in kinds), name=text)


_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NAMES = ("name", "system_name", "dev_name", "drc_name", "loc_code", "mac")
_SEARCH_KEYS = {"name": "PartitionName", "id": "PartitionID"}


def _called(row: Row) -> str:
    """What a user knows the object by: its name or its place, and the server that it is of."""
    (_, element), *others = row.elements.items()
    server = dict(others).get("VirtualIOServer")
    parts = (value for _, value in element.present() if isinstance(value, Element))
    candidates = (element, *parts, *(other for _, other in others if other is not server))
    names = (one.get(field) for one in candidates for field in _NAMES if field in one.by_name)
    name = next(filter(None, names), element.uuid or "?")
    return f"{name} of {server.get('name')}" if server is not None else str(name)


def member_update(
    row: Row, change: Callable[[ET.Element, type[Element]], None], connection: Connection
) -> Element | None:
    """Applies ``change(tree, kind)`` to the row's object and sends what holds it. See ``Connection.update``.

    Returns the object as the service answered it; None when it is not in the answer (it may have a new name).
    """
    assert row.entry is not None
    entry, inside = row.entry, row.inside

    def alter(tree: ET.Element) -> None:
        if inside is None:
            change(tree, entry.kind)
            return
        member = inside(tree)
        if member is None:
            raise general.NOT_FOUND.error(kind=entry.kind.tag, name=_called(row))
        change(member.tree, member.kind)

    answered = connection.update(entry, alter)
    if inside is None:
        return cast(Element, answered.element)
    member = inside(answered.tree)
    return member.value if member else None
