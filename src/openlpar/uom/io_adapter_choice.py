"""The lists of adapters of which a Virtual I/O Server or the server may choose."""

from __future__ import annotations

from openlpar.uom.core import Child, Element
from openlpar.uom.io_adapter import EthernetBackingDevice, IOAdapter
from openlpar.uom.sriov import SRIOVAdapter


class IOAdapterChoice(Element, metadata="none"):
    """Exactly one adapter in one of the lists of free or SR-IOV capable adapters."""

    sriov_adapter = Child("SRIOVAdapter", SRIOVAdapter)
    io_adapter = Child("IOAdapter", IOAdapter, flat=True)
    ethernet_device = Child("EthernetBackingDevice", EthernetBackingDevice)
