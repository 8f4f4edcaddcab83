"""Virtual Ethernet adapters of partitions."""

from __future__ import annotations

from openlpar.uom.core import Bool, Element, Enum, Int, Links, Text
from openlpar.uom.virtual_adapter import VirtualAdapterType


class ClientNetworkAdapter(Element, metadata="id"):
    """A virtual Ethernet adapter (VEA); with a trunk priority it is a trunk.
    ``LogicalPartition/{uuid}/ClientNetworkAdapter``, also below a VIOS.
    """

    side = Enum("AdapterType", VirtualAdapterType, recorded=False)
    drc_name = Text("DynamicReconfigurationConnectorName", access="CUD")
    loc_code = Text("LocationCode", access="ROR")
    lpar_id = Int("LocalPartitionID", access="CUR", hmc="lpar_id")
    is_required = Bool("RequiredAdapter", access="CUD", hmc="is_required")
    varied_on = Bool("VariedOn", access="CUD", volatile=True)
    use_next_slot = Bool("UseNextAvailableSlotID", recorded=False)
    use_next_high_slot = Bool("UseNextAvailableHighSlotID", recorded=False)
    slot = Int("VirtualSlotNumber", access="COD", hmc="slot_num")
    enabled = Bool("Enabled", access="UOD", since="V1_3_0")
    allowed_macs = Text("AllowedOperatingSystemMACAddresses", access="CUD", hmc="allowed_os_mac_addrs")
    mac = Text("MACAddress", access="CUR", hmc="mac_addr")
    pvid = Int("PortVLANID", access="CUR", hmc="port_vlan_id")
    qos_priority = Int("QualityOfServicePriority", access="CUD", hmc="qos_priority")
    qos_priority_enabled = Bool("QualityOfServicePriorityEnabled", access="CUD")
    tagged_vlans = Text("TaggedVLANIDs", access="CUA", hmc="addl_vlan_ids")
    is_tagged_vlan_supported = Bool("TaggedVLANSupported", access="CUA", hmc="ieee_virtual_eth")
    vsi_type_id = Text("VirtualStationInterfaceTypeID", access="ROR")
    vsi_type_version = Text("VirtualStationInterfaceTypeVersion", access="ROR")
    vsi_type_manager_id = Text("VirtualStationInterfaceManagerID", access="ROR")
    vswitch_uri = Links("AssociatedVirtualSwitch", access="CUD")
    vswitch_id = Int("VirtualSwitchID", access="ROR")
    dev_name = Text("DeviceName", recorded=False)
    ip_address = Text("IPAddress", access="ROR", group="Advanced", since="V1_6_0")
    subnet_mask = Text("SubnetMask", access="ROR", group="Advanced", since="V1_6_0")
    gateway = Text("Gateway", access="ROR", group="Advanced", since="V1_6_0")
    trunk_pri = Int("TrunkPriority", access="CUD", hmc="trunk_priority")
    configured_mtu = Int("ConfiguredMTU", access="CUD", since="V1_6_0")
    ovs_bridge = Text("OvsBridge", access="CUD", since="V1_6_0")
    ovs_ext_ids = Text("OvsPortExternalIds", access="CUD", since="V1_6_0")
    vnet_uri_list = Links("VirtualNetworks", access="CUR")
