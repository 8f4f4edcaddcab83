"""Virtual NICs: partition adapters backed by SR-IOV logical ports of the Virtual I/O Servers."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from openlpar.uom.core import Bool, Child, Children, Collection, Element, Enum, Href, Int, Percent, Text
from openlpar.uom.virtual_adapter import VirtualAdapterType


class VirtualNICBackingDeviceType(StrEnum):
    """Kind of device under a vNIC."""

    SRIOV = "SRIOV"


class VirtualNICBackingDeviceStatus(StrEnum):
    """Whether a backing device can carry traffic."""

    OPERATIONAL = "OPERATIONAL"
    POWERED_OFF = "POWERED_OFF"
    LINK_DOWN = "LINK_DOWN"
    NETWORK_ERROR = "NETWORK_ERROR"
    UNRESPONSIVE = "UNRESPONSIVE"
    ADAPTER_ERROR = "ADAPTER_ERROR"
    UNKNOWN = "UNKNOWN"


class VirtualNICMode(StrEnum):
    """How a vNIC uses its logical port."""

    DEDICATED = "DEDICATED"


class VirtualNICSRIOVBackingDevice(Element, schema="V1_4_0"):
    """The SR-IOV logical port of one Virtual I/O Server that carries (or could carry) a vNIC's traffic."""

    device_type = Enum("DeviceType", VirtualNICBackingDeviceType, access="COR")
    vios_href = Href("AssociatedVirtualIOServer", access="COR")
    vnic_switch = Href("AssociatedVirtualNICSwitch", recorded=False)
    vnic = Href("AssociatedVirtualNICDedicated", recorded=False)
    is_active = Bool("IsActive", access="ROR", since="V1_4_0")
    status = Enum("Status", VirtualNICBackingDeviceStatus, access="ROR", since="V1_4_0")
    failover_pri = Int("FailOverPriority", recorded=False)
    action = Text("BackingDeviceAction", recorded=False)
    sriov_adap_id = Int("RelatedSRIOVAdapterID", access="COR")
    capacity = Percent("CurrentCapacityPercentage", access="COD")
    max_capacity = Percent("MaxCapacityPercentage", access="COD")
    pport_id = Int("RelatedSRIOVPhysicalPortID", access="COR")
    lport_href = Href("RelatedSRIOVLogicalPort", access="ROR")
    desired_capacity = Percent("DesiredCapacityPercentage", access="ROR", since="V1_4_0")
    desired_max_capacity = Percent("DesiredMaxCapacityPercentage", access="ROR", since="V1_4_0")


class VirtualNICBackingDeviceChoice(Element, metadata="none"):
    """The backing devices of one kind; SR-IOV is the only kind there is."""

    sriov = Children("VirtualNICSRIOVBackingDevice", VirtualNICSRIOVBackingDevice)


class VirtualNICDetails(Element, tag="Details", schema="V1_4_0"):
    """Address, VLANs and capacity of a vNIC."""

    pvid = Int("PortVLANID", access="CUD")
    pvid_priority = Int("PortVLANIDPriority", access="CUD")
    allowed_vlans = Text("AllowedVLANIDs", access="CUD")
    mac = Text("MACAddress", access="COD")
    ip_address = Text("IPAddress", access="ROR", group="Advanced", since="V1_6_0")
    subnet_mask = Text("SubnetMask", access="ROR", group="Advanced", since="V1_6_0")
    gateway = Text("Gateway", access="ROR", group="Advanced", since="V1_6_0")
    allowed_macs = Text("AllowedOperatingSystemMACAddresses", access="CUD")
    os_dev_name = Text("OSDeviceName", access="ROO", group="VNIC")
    mode = Enum("DesiredMode", VirtualNICMode, access="ROO")
    capacity = Percent("DesiredCapacityPercentage", access="ROO")
    auto_pri_failover = Bool("AutoFailBack", recorded=False)


class VirtualNICDedicated(Element, metadata="id", schema="V1_4_0"):
    """A vNIC of a partition. ``LogicalPartition/{uuid}/VirtualNICDedicated``."""

    vnic_dedicated = Text("VirtualNICDedicated", recorded=False)
    side = Enum("AdapterType", VirtualAdapterType, recorded=False)
    drc_name = Text("DynamicReconfigurationConnectorName", access="CUD")
    loc_code = Text("LocationCode", recorded=False)
    lpar_id = Int("LocalPartitionID", access="CUR")
    is_required = Bool("RequiredAdapter", recorded=False)
    varied_on = Bool("VariedOn", recorded=False)
    use_next_slot = Bool("UseNextAvailableSlotID", recorded=False)
    use_next_high_slot = Bool("UseNextAvailableHighSlotID", recorded=False)
    slot = Int("VirtualSlotNumber", access="COD")
    enabled = Bool("Enabled", recorded=False)
    details = Child("Details", VirtualNICDetails, flat=True, access="CUR")
    back_devs = Collection("AssociatedBackingDevices", VirtualNICBackingDeviceChoice, access="COR")


Served = tuple[str, VirtualNICDedicated, VirtualNICSRIOVBackingDevice]


def served_by(vios: str, vnics: Iterable[VirtualNICDedicated]) -> list[Served]:
    """Server adapter (``vnicserver0`` …), virtual NIC and backing device of all that a Virtual I/O Server carries, in the
    order of their clients' numbers and slots. vios: its uuid."""
    found = [
        (vnic.lpar_id, vnic.slot, place, vnic, device)
        for vnic in vnics
        for choice in vnic.back_devs
        for place, device in enumerate(choice.sriov)
        if device.vios_href.rpartition("/")[2].upper() == vios.upper()
    ]
    found.sort(key=lambda each: each[:3])
    return [(f"vnicserver{number}", vnic, device) for number, (*_, vnic, device) in enumerate(found)]
