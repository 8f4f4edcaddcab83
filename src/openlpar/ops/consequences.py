"""What follows from a change, whoever made it: routines, each declared where it is.

They run inside the change, after its last step, so what they add becomes durable with it, or is taken back with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from openlpar.ports.state import Change


class Alteration(NamedTuple):
    """One object (or record) that differs: as it was before the change, and as it is now; None where there was, or is, none."""

    kind: type[Any]
    uuid: str
    old: Any
    new: Any


Consequence = Callable[[Change, Sequence[Alteration]], None]
_CONSEQUENCES: list[tuple[frozenset[type[Any]], Consequence]] = []


def follows_from(*kinds: type[Any]) -> Callable[[Consequence], Consequence]:
    """Declares what runs when objects of these kinds were altered; it is given those alterations."""

    def declared(routine: Consequence) -> Consequence:
        _CONSEQUENCES.append((frozenset(kinds), routine))
        return routine

    return declared


def draw(change: Change, altered: Iterable[tuple[type[Any], str, Any, Any]]) -> None:
    """Lets happen what follows."""
    everything = [Alteration(*one) for one in altered]
    for kinds, routine in _CONSEQUENCES:
        concerned = [one for one in everything if one.kind in kinds]
        if concerned:
            routine(change, concerned)
