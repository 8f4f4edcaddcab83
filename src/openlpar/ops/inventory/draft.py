"""A managed system while it is being completed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from openlpar.messages import inventory as say
from openlpar.messages.core import Failure, Message
from openlpar.ports.state import Clock, Entropy
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Child, Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

E = TypeVar("E", bound=Element)
Place = Callable[[Element | None, Iterable[str | int]], str]
"""Tells where an element (None: the file) and a field in it were written, for messages."""


class Item(Generic[E]):
    """One object. described: as written, to say where it stands; now: as completed so far."""

    __slots__ = ("described", "now")

    def __init__(self, described: E) -> None:
        self.described = described
        self.now = described

    def given(self, *path: str) -> bool:
        """Whether a field was written."""
        value: Any = self.described
        for name in path:
            value = value.get(name) if value is not None else None
        return value is not None

    def defaults(self, **values: Any) -> None:
        """Sets the fields that are not there."""
        now = self.now
        missing = {name: value for name, value in values.items() if now.get(name) is None}
        if missing:
            self.now = now.evolve(**missing)

    def set(self, **values: Any) -> None:
        self.now = self.now.evolve(**values)


class Draft:
    """The objects by type, and how to find one by what people write: name, id or uuid."""

    def __init__(self, described: Iterable[Element], clock: Clock, entropy: Entropy, place: Place) -> None:
        self.clock = clock
        self.entropy = entropy
        self.place = place
        self._items: dict[type[Element], list[Item[Any]]] = {}
        self._named: dict[tuple[type[Element], str | None, str], Item[Any]] = {}
        self._slots: dict[int, set[int]] | None = None
        for element in described:
            self._items.setdefault(type(element), []).append(Item(element))

    def items(self, kind: type[E]) -> list[Item[E]]:
        return self._items.get(kind, [])

    def all(self, kind: type[E], parent: str | None = None) -> Iterator[E]:
        return (item.now for item in self.items(kind) if parent is None or item.now.parent == parent)

    def add(self, element: E) -> Item[E]:
        item = Item(element)
        self._items.setdefault(type(element), []).append(item)
        return item

    def objects(self) -> list[Element]:
        kinds = sorted(self._items, key=lambda kind: kind is not ManagedSystem)
        return [item.now for kind in kinds for item in self._items[kind]]

    def all_items(self) -> Iterator[Item[Any]]:
        return (item for items in self._items.values() for item in items)

    def partitions(self) -> list[Item[BasePartition]]:
        return [*self._items.get(VirtualIOServer, ()), *self._items.get(LogicalPartition, ())]

    @property
    def system(self) -> ManagedSystem:
        return self.items(ManagedSystem)[0].now

    def error(self, message: Message, item: Item[Any] | None, *path: str | int, **parameters: Any) -> Failure:
        return message.error(place=self.place(item.described if item else None, path), **parameters)

    # finding

    def register(self, item: Item[Any], *names: str, parent: str | None = None) -> None:
        """Lets ``named`` find an item. The first of a name keeps it; ``checks`` refuses the second."""
        for name in names:
            if name:
                self._named.setdefault((type(item.now), parent, name), item)

    def named(self, kinds: Iterable[type[Element]], name: str, parent: str | None = None) -> Item[Any] | None:
        """The object of one of these types that is meant by a name or uuid; parent: below which a name is looked for."""
        for kind in kinds:
            for key in ((kind, parent, name), (kind, None, name), (kind, None, name.upper())):
                found = self._named.get(key)
                if found is not None:
                    return found
        return None

    def refer(
        self, item: Item[Any], kinds: tuple[type[Element], ...], name: str, *path: str | int, parent: str | None = None
    ) -> Item[Any]:
        """Like ``named``, for a name that an item wrote at a path. Raises Failure when there is none."""
        found = self.named(kinds, name.rpartition("/")[2], parent)
        if found is None:
            what = " or ".join(kind.__name__ for kind in kinds)
            known = sorted({key[2] for key in self._named if key[0] in kinds and len(key[2]) < 32})[:12]
            hint = f"Existing ones: {', '.join(known)}." if known else f"Describe a {what} in the same file."
            raise self.error(say.DANGLING, item, *path, value=name, what=what, hint=hint)
        return found

    # names of the hardware

    @property
    def machine(self) -> str:
        """``U8247.21L.212E3CA``, with which location codes of virtual adapters begin."""
        mtms: MachineTypeModelAndSerialNumber = self.system.mtms
        return f"U{mtms.machine_type}.{mtms.model}.{mtms.serial}"

    def location(self, lpar_id: int, slot: int) -> str:
        return f"{self.machine}-V{lpar_id}-C{slot}"

    def slots(self, lpar_id: int) -> set[int]:
        """Virtual slots of a partition that are in use; 0 and 1 are its serial consoles."""
        if self._slots is None:
            self._slots = {}
            for lpar, slot in self._written_slots():
                self._slots.setdefault(lpar, {0, 1}).add(slot)
        return self._slots.setdefault(lpar_id, {0, 1})

    def free_slot(self, lpar_id: int) -> int:
        """Takes the lowest free virtual slot of a partition."""
        used = self.slots(lpar_id)
        slot = 2
        while slot in used:
            slot += 1
        used.add(slot)
        return slot

    def _written_slots(self) -> Iterator[tuple[int, int]]:
        for adapter in self.all(ClientNetworkAdapter):
            yield adapter.lpar_id, adapter.slot
        mappings: list[Any] = [*self.all(VirtualSCSIMapping), *self.all(VirtualFibreChannelMapping)]
        for mapping in mappings:
            yield mapping.client_adapter.lpar_id, mapping.client_adapter.lpar_slot_num
            yield mapping.server_adapter.vios_id, mapping.server_adapter.vios_slot_num


def laid_over(base: E, described: E) -> E:
    """``base`` with every field that was described, nested elements field by field."""
    changes: dict[str, Any] = {}
    for field, value in described.present():
        if isinstance(field, Child):
            old = base.get(field.name)
            value = value if old is None else laid_over(old, value)
        changes[field.name] = value
    extras = described.extras or base.extras
    made = base.evolve(**changes)
    return made if made.extras == extras else made.from_values(made._values, made.uuid, made.parent, extras)
