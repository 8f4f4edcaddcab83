"""Renderings of objects, kept as long as nothing they show has changed, within a bound of memory.

They are kept compressed: an LPAR entry is 11 KB of which 0.7 KB is not repetition, and unpacking takes a fiftieth of
rendering it again. So ten thousand partitions fit, and a feed need never be in memory as a whole. The newest are not compressed
yet: they are asked for at once, and what changes often would be compressed for nothing.
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
FRESH_BYTES = 8 * 1024 * 1024
"""How much of that may be uncompressed."""
_RAW = -zlib.MAX_WBITS
"""Deflate without a checksum, which would cost a quarter of the time of unpacking; it stays in memory."""

_Key = tuple[type[Element], str, frozenset[str]]


@dataclass(slots=True)
class Kept:
    """One rendering of one version. etag: see ``wire.writer.Rendering``."""

    uuid: str
    etag: int
    stamp: int
    _bytes: bytes
    is_packed: bool = False

    @property
    def body(self) -> bytes:
        return zlib.decompress(self._bytes, _RAW) if self.is_packed else self._bytes

    @property
    def size(self) -> int:
        return len(self._bytes)

    def pack(self) -> None:
        self._bytes, self.is_packed = zlib.compress(self._bytes, 1, _RAW), True


class Renderings:
    """A cache by object and groups; the longest unused go first."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: OrderedDict[_Key, Kept] = OrderedDict()
        self._fresh: OrderedDict[_Key, Kept] = OrderedDict()
        self._size = self._fresh_size = 0

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
        if kept is not None:
            self._forget(key)
        made = Kept(stored.uuid, rendering.etag, stamp, rendering.body)
        self._kept[key] = self._fresh[key] = made
        self._size += made.size
        self._fresh_size += made.size
        self._keep_within_bounds()
        return made

    def _forget(self, key: _Key) -> None:
        self._size -= self._kept.pop(key).size
        fresh = self._fresh.pop(key, None)
        if fresh is not None:
            self._fresh_size -= fresh.size

    def _keep_within_bounds(self) -> None:
        while self._fresh_size > FRESH_BYTES and len(self._fresh) > 1:
            _, oldest = self._fresh.popitem(last=False)
            self._fresh_size -= oldest.size
            self._size -= oldest.size
            oldest.pack()
            self._size += oldest.size
        while self._size > LIMIT_BYTES and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

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
