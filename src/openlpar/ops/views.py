"""Objects as clients see them: what is stored, with what follows from other objects.

A module of a noun registers how its objects are shown (``@view``), or that they are not stored at all but derived
(``@derived``). Faces read only through ``shown``, ``shown_all`` and ``find_shown``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar

from openlpar.messages import general
from openlpar.ports.records import AsRecorded
from openlpar.ports.state import World
from openlpar.uom.core import Element

E = TypeVar("E", bound=Element)
Depends = Literal["below", "world"]

_VIEWS: dict[type[Element], Callable[[World, Any], Any]] = {}
_DERIVED: dict[type[Element], Callable[[World, str | None], Iterable[Any]]] = {}
_DEPENDS: dict[type[Element], Depends] = {}


def view(
    *kinds: type[Element], depends: Depends = "below"
) -> Callable[[Callable[[World, E], E]], Callable[[World, E], E]]:
    """Registers ``show(world, stored) -> shown`` for types. depends: what a rendering of it has to be made anew for:
    a change of the object or of one directly below it ("below"), or any change at all ("world")."""

    def register(show: Callable[[World, E], E]) -> Callable[[World, E], E]:
        for kind in kinds:
            _VIEWS[kind] = show
            _DEPENDS[kind] = depends
        return show

    return register


def derived(kind: type[E]) -> Callable[[Callable[[World, str | None], Iterable[E]]], Any]:
    """Registers ``derive(world, parent) -> objects`` for a type whose objects exist only as a view of others.

    parent: uuid of the object they are below, None for all of them.
    """

    def register(derive: Callable[[World, str | None], Iterable[E]]) -> Callable[[World, str | None], Iterable[E]]:
        _DERIVED[kind] = derive
        _DEPENDS[kind] = "world"
        return derive

    return register


def depends_on(kind: type[Element]) -> Depends:
    return _DEPENDS.get(kind, "below")


def shown(world: World, obj: E) -> E:
    show: Callable[[World, E], E] | None = _VIEWS.get(type(obj))
    if show is None or world.find(AsRecorded, obj.uuid) is not None:
        return obj
    return show(world, obj)


def unshown(world: World, kind: type[E], parent: str | None = None) -> Iterator[E]:
    """The objects of a type as stored (or derived), in order; what a cache of renderings starts from."""
    derive = _DERIVED.get(kind)
    if derive is None:
        return world.all(kind, parent)
    made = list(derive(world, parent))
    if not world.count(kind):
        return iter(made)
    # A recording's own objects stand in for derived ones, until something changes below their parent.
    changed = {obj.parent for obj in made if obj.parent and world.find(AsRecorded, obj.parent) is None}
    kept = [obj for obj in world.all(kind, parent) if obj.parent not in changed]
    instead = {obj.parent for obj in kept}
    return iter([*kept, *(obj for obj in made if obj.parent not in instead)])


def shown_all(world: World, kind: type[E], parent: str | None = None) -> Iterator[E]:
    return (shown(world, obj) for obj in unshown(world, kind, parent))


def find_unshown(world: World, kind: type[E], uuid: str, parent: str | None = None) -> E:
    """Raises Failure NOT_FOUND."""
    if kind in _DERIVED:
        for obj in unshown(world, kind, parent):
            if obj.uuid == uuid:
                return obj
        raise general.NOT_FOUND.error(kind=kind.__name__, name=uuid)
    found = world.get(kind, uuid)
    if parent is not None and found.parent != parent:
        raise general.NOT_FOUND.error(kind=kind.__name__, name=uuid)
    return found
