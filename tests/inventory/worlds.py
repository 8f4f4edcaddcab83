"""Inventories from texts, as the service builds them at its first start."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from typing import TypeVar

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.world import State
from openlpar.ops.capacity import TALLIES
from openlpar.ops.indexes import INDEXED
from openlpar.ops.inventory.complete import complete
from openlpar.ports.records import AsRecorded
from openlpar.uom.core import Element
from openlpar.wire.inventory import Inventory, load

E = TypeVar("E", bound=Element)


def completed(inventory: Inventory, seed: int = 1) -> list[Element]:
    return complete(
        inventory.elements,
        SimulationClock("stepped", lambda: 0.0, lambda: 0.0),
        SeededEntropy(seed),
        exact=inventory.exact,
        generate=inventory.generate or None,
        place=inventory.place,
    )


def built(text: str, name: str = "system.yaml", seed: int = 1) -> list[Element]:
    return completed(load(text, name), seed)


def gannet() -> list[Element]:
    return built(resources.files("openlpar.systems").joinpath("gannet.yaml").read_text(), "gannet.yaml")


def of(objects: Iterable[Element], kind: type[E]) -> list[E]:
    return [obj for obj in objects if isinstance(obj, kind)]


def one(objects: Iterable[Element], kind: type[E], **values: object) -> E:
    (found,) = [obj for obj in of(objects, kind) if all(obj.get(name) == value for name, value in values.items())]
    return found


def state(objects: Iterable[Element], recorded: Iterable[str] = ()) -> State:
    made = State(INDEXED, TALLIES)
    for obj in objects:
        made.swap(type(obj), obj.uuid, obj)
    for uuid in recorded:
        made.swap(AsRecorded, uuid, AsRecorded(uuid=uuid))
    return made
