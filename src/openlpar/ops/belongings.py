"""What is removed with an object: what is below it, the records that are declared to go with it, and what goes with those."""

from __future__ import annotations

from dataclasses import replace

from openlpar.ports.records import RECORDS, Record
from openlpar.ports.state import Change, World
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Element

_OWNED = tuple(kind for kind in RECORDS if kind.goes_with)


def belongings(world: World, uuid: str) -> list[Element | Record]:
    """Owners before what they own."""
    found: list[Element | Record] = []
    owners, known = [uuid], {uuid}
    while owners:
        mine = [one for owner in owners for one in _directly(world, owner)]
        found += mine
        owners = [one.uuid for one in mine if one.uuid not in known]  # some are kept under their owner's uuid
        known.update(owners)
    return found


def remove_with_belongings(change: Change, obj: Element | Record) -> None:
    for one in reversed(belongings(change, obj.uuid)):
        change.remove(one)
    change.remove(obj)


def hand_over(change: Change, old: str, new: str) -> None:
    """Lets what belongs to the object with one uuid belong to the one with another. Objects keep their place among others."""
    for one in _directly(change, old):
        if isinstance(one, Element):
            change.put(one.evolve(parent=new))
            continue
        after = replace(one, **{one.goes_with: new})
        if after.uuid != one.uuid:
            change.remove(one)
        change.put(after)


def _directly(world: World, owner: str) -> list[Element | Record]:
    found: list[Element | Record] = []
    for kind in element_types.values():
        if world.count(kind, owner):
            found += world.all(kind, owner)
    for record in _OWNED:
        if record.goes_with == "uuid":
            kept = world.find(record, owner)
            found += [kept] if kept is not None else []
        elif world.count(record):
            found += world.where(record, **{record.goes_with: owner})
    return found
