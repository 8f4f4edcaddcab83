"""Objects have the same order after a restart as before it, whatever was done to them."""

from __future__ import annotations

import contextlib
import random
import time
from pathlib import Path

import pytest

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.engine import Engine
from openlpar.engine.events import EventQueue
from openlpar.engine.world import State
from openlpar.messages import Failure, general
from openlpar.ports.records import RECORDS
from openlpar.ports.state import Change
from openlpar.store.sqlite import SqliteStore
from openlpar.uom.virtual_switch import VirtualSwitch

NAMES = "abcdefgh"
PARENTS = ("p", "q", None)
MODES = ("Veb", "Vepa")


def opened(path: Path) -> Engine:
    store = SqliteStore(path, (VirtualSwitch, *RECORDS))
    state = State({VirtualSwitch: ("mode",)}, {})
    for obj in store.load():
        state.swap(type(obj), obj.uuid, obj)
    clock = SimulationClock("stepped", time.time, time.monotonic)
    return Engine(state, store, clock, SeededEntropy(7, state.version), EventQueue([], clock.now()), {})


def order(state: State) -> list[list[str]]:
    """By every way in which objects are found."""
    found = [state.all(VirtualSwitch), *(state.all(VirtualSwitch, parent) for parent in PARENTS[:2])]
    found += [state.where(VirtualSwitch, mode=mode) for mode in MODES]
    return [[switch.uuid for switch in switches] for switches in found]


def something(change: Change, dice: random.Random) -> None:
    uuid = dice.choice(NAMES)
    now = change.find(VirtualSwitch, uuid)
    fresh = VirtualSwitch(uuid=uuid, parent=dice.choice(PARENTS), mode=dice.choice(MODES))
    act = dice.randrange(4)
    if now is None or act == 0:
        change.put(fresh)
    elif act == 1:
        change.put(now.evolve(parent=fresh.parent, mode=fresh.mode))
    else:
        change.remove(now)
        if act == 3:
            change.put(now)


@pytest.mark.parametrize("seed", range(30))
async def test_order_is_kept(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    engine = opened(tmp_path / "state.db")
    await engine.start()
    for _ in range(40):
        before = order(engine.state)
        taken_back = dice.random() < 0.2
        with contextlib.suppress(Failure), engine.alter("test") as change:
            for _ in range(dice.randint(1, 6)):
                something(change, dice)
            if taken_back:
                raise general.NOT_FOUND.error(kind="Switch", name="z")
        if taken_back:
            assert order(engine.state) == before
        if dice.random() < 0.3:  # else the next change shares its commit
            await engine.settled()
    before = order(engine.state)
    await engine.stop()
    assert any(before)
    assert order(opened(tmp_path / "state.db").state) == before


def test_what_is_made_anew_comes_last_and_what_is_put_back_where_it_was(tmp_path: Path) -> None:
    engine = opened(tmp_path / "state.db")
    a, b, c = (VirtualSwitch(uuid=name, parent="p", mode="Veb") for name in "abc")
    with engine.alter() as change:
        for switch in (a, b, c):
            change.put(switch)
    with engine.alter() as change:
        change.remove(a)
        change.put(a)
        change.remove(b)
        change.put(b.evolve(mode="Vepa"))
    assert order(engine.state)[:2] == [["a", "c", "b"]] * 2
    with engine.alter() as change:
        change.put(b)
    assert order(engine.state)[3] == ["a", "c", "b"]
    with engine.alter() as change:
        change.put(a.evolve(mode="Vepa"))
    with engine.alter() as change:
        change.put(a)
    assert order(engine.state)[3] == ["a", "c", "b"], "by creation, not by when it came to be so"
