"""An engine on a state of its own, with operations made for these tests."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.engine import Engine
from openlpar.engine.events import EventQueue
from openlpar.engine.world import State
from openlpar.messages import general
from openlpar.ops.core import Operation, Step
from openlpar.ports.records import RECORDS
from openlpar.ports.state import Change, World
from openlpar.store.sqlite import SqliteStore
from openlpar.uom.virtual_switch import VirtualSwitch


@dataclass
class AddSwitches(Operation):
    """Adds one switch per name, a step each; ``undone`` records the undos."""

    names: tuple[str, ...]
    undone: list[str]

    def locks(self) -> Iterable[str]:
        return ("switches",)

    def about(self, world: World) -> str:
        return self.names[0]

    def check(self, world: World) -> None:
        if "bad" in self.names:
            raise general.NAME_TAKEN.error(kind="Switch", name="bad")

    def steps(self) -> Iterable[Step]:
        for name in self.names:
            yield Step(f"add {name}", partial(self._add, name), partial(self._undo, name))

    def _undo(self, name: str, change: Change) -> None:
        self.undone.append(name)

    def _add(self, name: str, change: Change) -> None:
        if name == "boom":
            raise ValueError("boom")
        change.put(VirtualSwitch(uuid=change.entropy.uuid(), name=name, switch_id=change.count(VirtualSwitch)))
        self.subject = None


# Set after the class was made: it must not be in the registry, whose operations have documents and proofs to show.
AddSwitches.name = "test.add_switches"


def make_engine(path: Path, clock: str = "immediate") -> Engine:
    store = SqliteStore(path, (VirtualSwitch, *RECORDS))
    state = State({}, {VirtualSwitch: lambda _: {"switches": 1}})
    for obj in store.load():
        state.swap(type(obj), obj.uuid, obj)
    simulated = SimulationClock(clock, time.time, time.monotonic)
    engine = Engine(
        state, store, simulated, SeededEntropy(7, state.version), EventQueue(store.events(), simulated.now()), {}
    )
    engine.edges = None  # type: ignore[assignment]  # these operations use no port
    return engine
