"""The file sets of a Virtual I/O Server's software: what its ``lssw`` lists.

All have the level of the server, which an update raises as a whole. On a real server they have levels of their own, and there are
hundreds: here are those that stand for something that the server can do here, and those of the adapter cards it has.
``ios.migration.rte``, ``bos.alt_disk_install.rte``, ``devices.fcp.disk.ibm.mpio.rte`` and the manuals are in public samples, other
names are recalled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.virtual_io_server import VirtualIOServer

_EMPTY = 0xFFFF
_IBM = 0x1014
"""Whose subsystem a card is where its slot does not tell."""


@dataclass(frozen=True, slots=True)
class FileSet:
    """needed_by: what cannot do without it; "" for one that may be removed."""

    name: str
    description: str
    needed_by: str = ""


_ALWAYS = (
    FileSet("bos.alt_disk_install.rte", "Alternate Disk Installation", "alt_root_vg"),
    FileSet("ios.cli.man.es_ES", "Virtual I/O Server Manual - Spanish"),
    FileSet("ios.cli.man.fr_FR", "Virtual I/O Server Manual - French"),
    FileSet("ios.cli.rte", "Virtual I/O Server Command Line", "every command"),
    FileSet("ios.migration.rte", "Virtual I/O Server Partition Mobility", "the migration of partitions"),
    FileSet("ios.sea.rte", "Shared Ethernet Adapter", "shared Ethernet adapters"),
)

_FIBRE_DISKS = FileSet("devices.fcp.disk.ibm.mpio.rte", "IBM MPIO FCP Disk Device", "Fibre Channel disks")


def file_sets(vios: VirtualIOServer) -> list[FileSet]:
    """What a server comes with, in order of the names."""
    found = {one.name: one for one in (*_ALWAYS, *_for_cards(vios))}
    if any(entry.slot.related_io_adapter.fc_adapter.fc_ports for entry in vios.io_config.io_slots):
        found[_FIBRE_DISKS.name] = _FIBRE_DISKS
    return [found[name] for name in sorted(found)]


def _for_cards(vios: VirtualIOServer) -> Iterator[FileSet]:
    for entry in vios.io_config.io_slots:
        slot = entry.slot
        if card_id(slot):
            yield FileSet(
                f"devices.pciex.{card_id(slot)}.rte", slot.description, f"the adapter in slot {slot.drc_name}"
            )


def card_id(slot: AssociatedIOSlot) -> str:
    """The identifier of a kind of card, as descriptions of devices have it in brackets: its PCI numbers, low byte first. "" when
    the slot is empty, or does not tell."""
    if slot.pci_vendor_id in (0, _EMPTY):
        return ""
    numbers = (
        slot.pci_vendor_id,
        slot.pci_dev_id,
        slot.pci_subsys_vendor_id or _IBM,
        slot.pci_subsys_dev_id,
    )
    return b"".join(number.to_bytes(2, "little") for number in numbers).hex()
