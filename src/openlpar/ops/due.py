"""What happens when its time comes: routines that need nothing but the state, each declared where it is.

A routine that holds on to something more (a back end, the jobs) is put into ``Engine.routines`` by whoever makes that.
"""

from __future__ import annotations

from collections.abc import Callable

from openlpar.ports.records import Due
from openlpar.ports.state import Change

DueRoutine = Callable[[Change, Due], None]
ROUTINES: dict[str, DueRoutine] = {}


def comes_due(what: str) -> Callable[[DueRoutine], DueRoutine]:
    """Declares what runs when a Due of that ``what`` comes due."""

    def declared(routine: DueRoutine) -> DueRoutine:
        ROUTINES[what] = routine
        return routine

    return declared
