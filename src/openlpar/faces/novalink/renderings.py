"""Renderings of objects, kept as long as nothing they show has changed, within a bound of memory."""

from __future__ import annotations

from collections import OrderedDict
from itertools import combinations

from openlpar.engine.world import State
from openlpar.faces.novalink.groups import groups_of
from openlpar.ops import views
from openlpar.uom.core import Element
from openlpar.wire.writer import ALL_GROUPS, NO_GROUPS, Rendering, render

LIMIT_BYTES = 48 * 1024 * 1024

_Key = tuple[type[Element], str, frozenset[str]]


class Renderings:
    """A cache by object and groups; the longest unused go first."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: OrderedDict[_Key, tuple[int, Rendering]] = OrderedDict()
        self._size = 0

    def of(self, stored: Element, groups: frozenset[str]) -> Rendering:
        """stored: as ``views.unshown`` or ``views.find_unshown`` gave it."""
        kind = type(stored)
        key = (kind, stored.uuid, groups)
        on_world = views.depends_on(kind) == "world"
        stamp = self._state.version if on_world else self._state.stamp(stored.uuid)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp:
            self._kept.move_to_end(key)
            return kept[1]
        rendering = render(views.shown(self._state, stored), groups)
        if kept is not None:
            self._size -= len(kept[1].body)
        self._kept[key] = (stamp, rendering)
        self._kept.move_to_end(key)
        self._size += len(rendering.body)
        while self._size > LIMIT_BYTES and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size -= len(dropped.body)
        return rendering

    def is_current(self, stored: Element, etag: str, groups: frozenset[str]) -> bool:
        """Whether an ETag that a client holds is of the present version.

        A client deletes with the ETag of whatever groups it had read, on a URL without them: then all are tried.
        """
        if str(self.of(stored, groups).etag) == etag:
            return True
        if groups != ALL_GROUPS:
            return False
        return any(str(self.of(stored, chosen).etag) == etag for chosen in _choices(type(stored)))


def _choices(kind: type[Element]) -> list[frozenset[str]]:
    names = sorted(groups_of(kind))
    return [NO_GROUPS, *(frozenset(c) for n in range(1, len(names) + 1) for c in combinations(names, n))]
