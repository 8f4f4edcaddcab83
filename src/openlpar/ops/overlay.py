"""A world with objects in it that are not there yet, or are otherwise: what is planned for a newcomer asks about him before he has
come, and what would be lost with a Virtual I/O Server is asked of a world in which it is off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from openlpar.ports.records import Record
from openlpar.ports.state import World
from openlpar.uom.core import Element

E = TypeVar("E", bound=Element | Record)


class Overlay:
    """See ``ports.state.World``; totals are without the newcomers. One with the uuid of another stands in for it."""

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
        newcomers = self._newcomers.get(kind, {})
        yield from self._others(self._world.all(kind, parent), newcomers)
        for one in newcomers.values():
            if parent is None or one.parent == parent:
                yield one

    def where(self, kind: type[E], **values: Any) -> Iterator[E]:
        newcomers = self._newcomers.get(kind, {})
        yield from self._others(self._world.where(kind, **values), newcomers)
        for one in newcomers.values():
            if all(getattr(one, name) == value for name, value in values.items()):
                yield one

    def count(self, kind: type[Element] | type[Record], parent: str | None = None) -> int:
        newcomers = self._newcomers.get(kind, {}).values()
        new = [one for one in newcomers if parent in (None, one.parent) and self._world.find(kind, one.uuid) is None]
        return self._world.count(kind, parent) + len(new)

    @staticmethod
    def _others(there: Iterator[E], newcomers: dict[str, Any]) -> Iterator[E]:
        return (one for one in there if one.uuid not in newcomers) if newcomers else there
