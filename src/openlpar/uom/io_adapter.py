"""I/O adapters: the cards in the slots, and the ports on them."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Int, Text
from openlpar.uom.volume_group import PhysicalVolume


class AdapterDeviceType(StrEnum):
    """Kind of adapter."""

    PHYSICAL_ETHERNET = "physicalEthernetAdpter"


class InterfaceState(StrEnum):
    """State of an IP interface."""

    INACTIVE = "Inactive"
    ACTIVE = "Active"
    DISCONNECTED = "Disconnected"


class PhysicalAdapter(Element):
    """What every adapter card tells about itself; never on the wire itself."""

    id = Text("AdapterID", access="ROR")
    description = Text("Description", access="CUD")
    dev_name = Text("DeviceName", access="ROR")
    dev_type = Enum("DeviceType", AdapterDeviceType, access="ROR")
    drc_name = Text("DynamicReconfigurationConnectorName", access="CUD")
    phys_loc_code = Text("PhysicalLocation", access="ROR")
    udid = Text("UniqueDeviceID", access="ROR")


class IOAdapter(PhysicalAdapter):
    """An adapter card, or a port of one where a Virtual I/O Server lists what it can aggregate."""

    lpar_assignment_capable = Bool("LogicalPartitionAssignmentCapable", access="ROO", since="V1_2_0")


class PhysicalFibreChannelPort(Element):
    """A Fibre Channel port of a Virtual I/O Server; with NPIV it carries up to ``npiv_total_ports`` virtual ports."""

    loc_code = Text("LocationCode", access="ROR")
    phys_vols = Collection("PhysicalVolumes", PhysicalVolume, access="CUD", volatile=True, group="ViosStorage")
    name = Text("PortName", access="CUR")
    udid = Text("UniqueDeviceID", access="ROR")
    wwpn = Text("WWPN", access="CUR")
    wwnn = Text("WWNN", access="ROO", since="V1_3_0")
    npiv_available_ports = Int("AvailablePorts", access="ROR", volatile=True)
    npiv_total_ports = Int("TotalPorts", access="ROR", volatile=True)


class PhysicalFibreChannelAdapter(PhysicalAdapter, schema="V1_2_0"):
    """A Fibre Channel adapter card with its ports."""

    fc_ports = Collection("PhysicalFibreChannelPorts", PhysicalFibreChannelPort, access="CUD")


class RelatedIOAdapter(Element, metadata="none"):
    """The adapter in a slot: a Fibre Channel card, or any other."""

    io_adapter = Child("IOAdapter", IOAdapter)
    fc_adapter = Child("PhysicalFibreChannelAdapter", PhysicalFibreChannelAdapter)


class IPInterface(Element):
    """The IP interface that a Virtual I/O Server has on an Ethernet device (``en0``)."""

    name = Text("InterfaceName", access="CUD")
    ip_address = Text("IPAddress", access="CUD")
    subnet_mask = Text("SubnetMask", access="CUD")
    state = Enum("State", InterfaceState, access="CUD")


class EthernetBackingDevice(Element):
    """A physical Ethernet device (or link aggregation) of a Virtual I/O Server."""

    adapter_id = Text("AdapterID", access="ROR")
    description = Text("Description", access="CUD")
    dev_name = Text("DeviceName", access="ROR")
    dev_type = Enum("DeviceType", AdapterDeviceType, access="ROR")
    drc_name = Text("DynamicReconfigurationConnectorName", access="CUD")
    phys_loc_code = Text("PhysicalLocation", access="ROR")
    udid = Text("UniqueDeviceID", access="ROR")
    ip_interface = Child("IPInterface", IPInterface, access="CUD")
