"""Network bridges: how virtual networks reach the outside through a Virtual I/O Server."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Href, Int, Links, Text
from openlpar.uom.io_adapter import EthernetBackingDevice, IPInterface


class HighAvailabilityMode(StrEnum):
    """How two shared Ethernet adapters back each other. One on standby leaves everything to its peer."""

    FAILOVER = "auto"
    LOAD_SHARING = "sharing"
    STANDBY = "standby"
    DISABLED = "disabled"


class QualityOfServiceMode(StrEnum):
    """Whether priorities of packets count."""

    DISABLED = "disabled"
    LOOSE = "loose"
    STRICT = "strict"


class SEAConfigurationState(StrEnum):
    """Whether a shared Ethernet adapter is in place."""

    CONFIGURED = "Configured"
    UN_CONFIGURED = "UnConfigured"
    INVALID = "InvalidConfiguration"


class TrunkAdapter(Element):
    """A virtual Ethernet adapter that bridges its VLANs to the outside."""

    drc_name = Text("DynamicReconfigurationConnectorName", access="CUD")
    loc_code = Text("LocationCode", access="ROR")
    local_partition_id = Int("LocalPartitionID", access="CUR", hmc="lpar_id")
    is_required = Bool("RequiredAdapter", access="CUD", hmc="is_required")
    varied_on = Bool("VariedOn", access="CUD", volatile=True)
    use_next_slot = Bool("UseNextAvailableSlotID", recorded=False)
    use_next_high_slot = Bool("UseNextAvailableHighSlotID", recorded=False)
    virtual_slot_number = Int("VirtualSlotNumber", access="COD", hmc="slot_num")
    enabled = Bool("Enabled", access="UOD", since="V1_3_0")
    allowed_macs = Text("AllowedOperatingSystemMACAddresses", access="CUD", hmc="allowed_os_mac_addrs")
    mac = Text("MACAddress", access="CUR", hmc="mac_addr")
    pvid = Int("PortVLANID", access="CUR", hmc="port_vlan_id")
    qos_priority_enabled = Bool("QualityOfServicePriorityEnabled", access="CUD")
    tagged_vlans = Text("TaggedVLANIDs", access="CUA", hmc="addl_vlan_ids")
    has_tag_support = Bool("TaggedVLANSupported", access="CUA", hmc="ieee_virtual_eth")
    associated_vswitch_uri = Links("AssociatedVirtualSwitch", access="CUD")
    vswitch_id = Int("VirtualSwitchID", access="ROR")
    dev_name = Text("DeviceName", access="ROR")
    trunk_pri = Int("TrunkPriority", access="CUD", hmc="trunk_priority")


class LoadGroup(Element, schema="V1_2_0"):
    """Trunk adapters of a bridge that fail over together; the first group of a bridge is the primary one."""

    pvid = Int("PortVLANID", access="CUR")
    trunk_adapters = Collection("TrunkAdapters", TrunkAdapter, access="CUD")
    vnet_uri_list = Links("VirtualNetworks", access="CUD")


class BackingDeviceChoice(Element, metadata="none"):
    """The Ethernet device under a shared Ethernet adapter."""

    ethernet_device = Child("EthernetBackingDevice", EthernetBackingDevice)


class SharedEthernetAdapter(Element, schema="V1_2_0"):
    """A shared Ethernet adapter (SEA): bridges trunk adapters to an Ethernet device of one Virtual I/O Server."""

    vio_uri = Href("AssignedVirtualIOServer", access="CUD")
    control_channel = Text("ControlChannelInterfaceName", access="CUD")
    backing_device = Child("BackingDeviceChoice", BackingDeviceChoice, access="CUD")
    ha_mode = Enum("HighAvailabilityMode", HighAvailabilityMode, access="CUD")
    dev_name = Text("DeviceName", access="CUD")
    jumbo_frames = Bool("JumboFramesEnabled", access="UOD")
    pvid = Int("PortVLANID", access="ROR")
    qos_mode = Enum("QualityOfServiceMode", QualityOfServiceMode, access="CUD")
    queue_size = Int("QueueSize", access="UOD")
    thread_mode = Bool("ThreadModeEnabled", access="CUD")
    trunk_adapters = Collection("TrunkAdapters", TrunkAdapter, access="CUD")
    is_primary = Bool("IsPrimary", access="CUD")
    ip_interface = Child("IPInterface", IPInterface, access="CUD")
    udid = Text("UniqueDeviceID", access="ROR")
    large_send = Bool("LargeSend", access="CUD")
    address_to_ping = Text("AddressToPing", recorded=False)
    iidp_service = Text("IIDPService", recorded=False)
    configuration_state = Enum("ConfigurationState", SEAConfigurationState, access="CUD")


class NetworkBridge(Element, metadata="id", schema="V1_2_0"):
    """One SEA, or two on two Virtual I/O Servers that back each other. ``ManagedSystem/{uuid}/NetworkBridge``."""

    control_channel_id = Int("ControlChannelID", access="CUD")
    failover = Bool("FailoverEnabled", access="CUD")
    load_balance = Bool("LoadBalancingEnabled", access="CUD")
    load_grps = Collection("LoadGroups", LoadGroup, access="CUD")
    pvid = Int("PortVLANID", access="COR")
    seas = Collection("SharedEthernetAdapters", SharedEthernetAdapter, access="CUD")
    udid = Text("UniqueDeviceID", access="ROR")
    vnet_uri_list = Links("VirtualNetworks", access="ROR")


def vios_uuid(sea: SharedEthernetAdapter) -> str:
    """uuid of the Virtual I/O Server that has it."""
    return sea.vio_uri.rpartition("/")[2]
