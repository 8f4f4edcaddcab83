"""Renderings of objects, kept as long as nothing they show has changed, within a bound of memory.

They are kept compressed: an LPAR entry is 11 KB of which 0.7 KB is not repetition, and unpacking takes a fiftieth of
rendering it again. So ten thousand partitions fit, and a feed need never be in memory as a whole.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from dataclasses import dataclass
from itertools import combinations

from openlpar.engine.world import State
from openlpar.faces.novalink.groups import groups_of
from openlpar.ops import views
from openlpar.uom.core import Element
from openlpar.wire.writer import ALL_GROUPS, NO_GROUPS, render

LIMIT_BYTES = 48 * 1024 * 1024
_RAW = -zlib.MAX_WBITS
"""Deflate without a checksum, which would cost a quarter of the time of unpacking; it stays in memory."""

_Key = tuple[type[Element], str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """One rendering of one version. etag: see ``wire.writer.Rendering``."""

    uuid: str
    etag: int
    stamp: int
    packed: bytes

    @property
    def body(self) -> bytes:
        return zlib.decompress(self.packed, _RAW)


class Renderings:
    """A cache by object and groups; the longest unused go first."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: OrderedDict[_Key, Kept] = OrderedDict()
        self._size = 0

    def of(self, stored: Element, groups: frozenset[str]) -> Kept:
        """stored: as ``views.unshown`` or ``views.find_unshown`` gave it."""
        kind = type(stored)
        key = (kind, stored.uuid, groups)
        on_world = views.depends_on(kind) == "world"
        stamp = self._state.version if on_world else self._state.stamp(stored.uuid)
        kept = self._kept.get(key)
        if kept is not None and kept.stamp == stamp:
            self._kept.move_to_end(key)
            return kept
        rendering = render(views.shown(self._state, stored), groups)
        made = Kept(stored.uuid, rendering.etag, stamp, zlib.compress(rendering.body, 1, _RAW))
        if kept is not None:
            self._size -= len(kept.packed)
        self._kept[key] = made
        self._kept.move_to_end(key)
        self._size += len(made.packed)
        while self._size > LIMIT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped.packed)
        return made

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
