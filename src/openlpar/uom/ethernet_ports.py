"""The Ethernet ports of the cards that a Virtual I/O Server has: what it finds when it looks for devices."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from openlpar.uom.io_adapter import AdapterDeviceType, EthernetBackingDevice, InterfaceState, IPInterface
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.virtual_io_server import VirtualIOServer

ETHERNET = 0x0200
"""PCI class code of an Ethernet controller."""
_PORTS = re.compile(r"(\d+|dual|quad)[ -]port", re.IGNORECASE)
_WORDS = {"dual": 2, "quad": 4}


def ports_of(slot: AssociatedIOSlot) -> Iterator[EthernetBackingDevice]:
    """Without names yet; none when the card is of another kind. How many there are its description tells, else it is one."""
    if slot.pci_class != ETHERNET:
        return
    found = _PORTS.search(slot.description)
    word = found[1].lower() if found else "1"
    for number in range(1, (_WORDS.get(word) or int(word)) + 1):
        place = f"{slot.drc_name}-T{number}"
        yield EthernetBackingDevice(
            adapter_id="1",
            description=slot.description,
            dev_type=AdapterDeviceType.PHYSICAL_ETHERNET.value,
            drc_name=place,
            phys_loc_code=place,
            udid=f"13{place}",
        )


def named(device: EthernetBackingDevice, name: str) -> EthernetBackingDevice:
    """With its name and its interface, ``ent3`` and ``en3``."""
    interface = IPInterface(name=name.replace("ent", "en", 1), state=InterfaceState.INACTIVE.value)
    return device.evolve(dev_name=name, ip_interface=interface)


def unknown_ports(vios: VirtualIOServer, aggregated: Collection[str]) -> Iterator[EthernetBackingDevice]:
    """The ports that no device of a server stands for. vios: as clients see it, with its shared Ethernet adapters. aggregated:
    location codes of those in link aggregations."""
    devices: Iterable[EthernetBackingDevice] = (
        *(choice.ethernet_device for choice in vios.free_eth_devs_for_sea),
        *(sea.backing_device.ethernet_device for sea in vios.seas),
    )
    known = {device.phys_loc_code for device in devices} | set(aggregated)
    for entry in vios.io_config.io_slots:
        yield from (port for port in ports_of(entry.slot) if port.phys_loc_code not in known)
