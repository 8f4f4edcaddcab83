"""What follows from a change, whoever made it: routines, each declared where it is.

They run inside the change, after its last step, so what they add becomes durable with it, or is taken back with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from openlpar.ports.state import Change


class Alteration(NamedTuple):
    """One object (or record) that differs: as it was before the change, and as it is now; None where there was, or is, none."""

    kind: type[Any]
    uuid: str
    old: Any
    new: Any


class Alterable(Change, Protocol):
    """A change that knows what it altered so far."""

    def alterations(self) -> Iterator[Alteration]: ...


Consequence = Callable[[Change, Sequence[Alteration]], None]
_CONSEQUENCES: list[tuple[frozenset[type[Any]], Consequence]] = []


def follows_from(*kinds: type[Any]) -> Callable[[Consequence], Consequence]:
    """Declares what runs when objects of these kinds were altered; it is given those alterations."""

    def declared(routine: Consequence) -> Consequence:
        _CONSEQUENCES.append((frozenset(kinds), routine))
        return routine

    return declared


def draw(change: Alterable) -> Sequence[Alteration]:
    """Lets happen what follows. All that differs then."""
    altered = list(change.alterations())
    kinds = {one.kind for one in altered}
    concerned = [(of, routine) for of, routine in _CONSEQUENCES if not of.isdisjoint(kinds)]
    for of, routine in concerned:
        routine(change, [one for one in altered if one.kind in of])
    return list(change.alterations()) if concerned else altered
