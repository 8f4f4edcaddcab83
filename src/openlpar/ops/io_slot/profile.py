"""A physical I/O slot as it is seen from the partition that has it: the slot's description with the card that is in it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from openlpar.uom.io_adapter import (
    IOAdapter,
    PhysicalFibreChannelAdapter,
    PhysicalFibreChannelPort,
    RelatedIOAdapter,
)
from openlpar.uom.io_slot import AssociatedIOSlot, IOSlot
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.virtual_io_server import VirtualIOServer

# PCI class code of a Fibre Channel controller (serial bus, Fibre Channel), as recorded.
FIBRE_CHANNEL = 0x0C04
# Virtual ports that a physical port can carry.
NPIV_PORTS = 64
_FCS = re.compile(r"fcs(\d+)")
# Not told about a slot from the partition's side.
_OWN = frozenset({"related_io_adapter"})


def profile_slot(partition: BasePartition, slot: IOSlot, required: bool) -> ProfileIOSlot:
    """The entry of a slot that a partition gets."""
    shared = {
        field.name: slot.get(field.name)
        for field in AssociatedIOSlot.fields
        if field.name in IOSlot.by_name and field.name not in _OWN
    }
    return ProfileIOSlot(
        slot=AssociatedIOSlot(**shared, related_io_adapter=_card(partition, slot)),
        required=required,
    )


def fibre_channel_ports(entry: ProfileIOSlot) -> tuple[PhysicalFibreChannelPort, ...]:
    return entry.slot.related_io_adapter.fc_adapter.fc_ports


def _card(partition: BasePartition, slot: IOSlot) -> RelatedIOAdapter:
    plain: dict[str, Any] = {
        "id": str(slot.drc_index),
        "description": slot.description,
        "dev_name": slot.drc_name,
        "drc_name": slot.drc_name,
        "phys_loc_code": slot.drc_name.rpartition("-")[2],
    }
    if slot.pci_class == FIBRE_CHANNEL and isinstance(partition, VirtualIOServer):
        return RelatedIOAdapter(fc_adapter=PhysicalFibreChannelAdapter(**plain, fc_ports=_ports(partition, slot)))
    described = {field.name: value for field, value in slot.io_adapter.present()}
    return RelatedIOAdapter(io_adapter=IOAdapter(**{**plain, "udid": str(slot.pci_dev_id), **described}))


def _ports(vios: VirtualIOServer, slot: IOSlot) -> tuple[PhysicalFibreChannelPort, ...]:
    """The ports that the server finds on a card it did not have: named on from its last one. Their addresses follow from the
    place of the card, so that it has the same ones wherever it is given."""
    names = [port.name for entry in vios.io_config.io_slots for port in fibre_channel_ports(entry)]
    numbers = [int(found[1]) for name in names if (found := _FCS.fullmatch(name))]
    first = max(numbers, default=-1) + 1
    count = 4 if "quad" in slot.description.lower() else 2
    return tuple(_port(slot, number, f"fcs{first + number}") for number in range(count))


def _port(slot: IOSlot, number: int, name: str) -> PhysicalFibreChannelPort:
    location = f"{slot.drc_name}-T{number + 1}"
    digits = hashlib.sha256(location.encode()).hexdigest()[:6].upper()
    return PhysicalFibreChannelPort(
        loc_code=location,
        name=name,
        udid=f"1a{location}",
        wwpn=f"10000090FA{digits}",
        wwnn=f"20000090FA{digits}",
        npiv_available_ports=NPIV_PORTS,
        npiv_total_ports=NPIV_PORTS,
    )
