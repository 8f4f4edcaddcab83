"""A world with objects in it that are not there yet: what is planned for a newcomer asks about him before he has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from openlpar.ports.records import Record
from openlpar.ports.state import World
from openlpar.uom.core import Element

E = TypeVar("E", bound=Element | Record)


class Overlay:
    """See ``ports.state.World``; totals are without the newcomers."""

    def __init__(self, world: World, newcomers: Iterable[Element]) -> None:
        self._world = world
        self._newcomers: dict[type[Any], dict[str, Any]] = {}
        for one in newcomers:
            self._newcomers.setdefault(type(one), {})[one.uuid] = one
        self.tally = world.tally

    def get(self, kind: type[E], uuid: str) -> E:
        found = self._newcomers.get(kind, {}).get(uuid)
        return found if found is not None else self._world.get(kind, uuid)

    def find(self, kind: type[E], uuid: str) -> E | None:
        found: E | None = self._newcomers.get(kind, {}).get(uuid)
        return found if found is not None else self._world.find(kind, uuid)

    def all(self, kind: type[E], parent: str | None = None) -> Iterator[E]:
        yield from self._world.all(kind, parent)
        for one in self._newcomers.get(kind, {}).values():
            if parent is None or one.parent == parent:
                yield one

    def where(self, kind: type[E], **values: Any) -> Iterator[E]:
        yield from self._world.where(kind, **values)
        for one in self._newcomers.get(kind, {}).values():
            if all(getattr(one, name) == value for name, value in values.items()):
                yield one

    def count(self, kind: type[Element] | type[Record], parent: str | None = None) -> int:
        newcomers = self._newcomers.get(kind, {}).values()
        return self._world.count(kind, parent) + len([one for one in newcomers if parent in (None, one.parent)])
