"""The default system with so little of everything that three partitions fill it."""

from __future__ import annotations

from openlpar.uom.core import Element
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.closing.gannet import gannet

MEMORY_MB = 32_768
PORTS_EACH = 2


def tight() -> list[Element]:
    """The default system with so little of everything that three partitions fill it."""
    objects: list[Element] = []
    for obj in gannet():
        if isinstance(obj, ManagedSystem):
            memory = obj.memory_config.evolve(memory_total=MEMORY_MB, memory_configurable=MEMORY_MB)
            obj = obj.evolve(memory_config=memory)
        elif isinstance(obj, VirtualIOServer):
            slots = [_with_few_ports(slot) for slot in obj.io_config.io_slots]
            obj = obj.evolve(io_config=obj.io_config.evolve(io_slots=slots))
        objects.append(obj)
    return objects


def _with_few_ports(entry: ProfileIOSlot) -> ProfileIOSlot:
    card = entry.slot.related_io_adapter
    ports = [port.evolve(npiv_total_ports=PORTS_EACH) for port in card.fc_adapter.fc_ports]
    if not ports:
        return entry
    card = card.evolve(fc_adapter=card.fc_adapter.evolve(fc_ports=ports))
    return entry.evolve(slot=entry.slot.evolve(related_io_adapter=card))
