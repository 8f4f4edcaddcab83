"""SR-IOV: network cards that divide themselves into logical ports."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Collection, Element, Enum, Int, Links, Percent, Text, Texts
from openlpar.uom.io_adapter import PhysicalAdapter
from openlpar.uom.virtual_switch import SwitchMode


class SRIOVAdapterMode(StrEnum):
    """Whether a card belongs to one partition or is divided."""

    SRIOV = "Sriov"
    DEDICATED = "Dedicated"
    FORCE_DEDICATED = "ForceDedicated"
    UNKNOWN = "unknown"


class SRIOVAdapterState(StrEnum):
    """State of an adapter in SR-IOV mode."""

    INITIALIZING = "Initializing"
    NOT_CONFIGURED = "NotConfigured"
    POWERED_OFF = "PoweredOff"
    POWERING_OFF = "PoweringOff"
    RUNNING = "Running"
    DUMPING = "Dumping"
    FAILED = "Failed"
    MISSING = "Missing"
    PCIE_ID_MISMATCH = "PCIEIDMismatch"


class SRIOVAdapterPersonality(StrEnum):
    """Which guarantees of bandwidth an adapter can give."""

    NO_QOS = "NO_QOS"
    MIN_CAPACITY = "MIN_CAPACITY"
    MAX_MIN_CAPACITY = "MAX_MIN_CAPACITY"
    UNKNOWN = "UNKNOWN"


class SRIOVPortMTU(StrEnum):
    """Largest packet of a port."""

    E_1500 = "E_1500"
    E_9000 = "E_9000"
    UNKNOWN = "Unknown"


class SRIOVPortSpeed(StrEnum):
    """Speed of a port."""

    E10M = "E10Mbps"
    E100M = "E100Mbps"
    E1G = "E1Gbps"
    E10G = "E10Gbps"
    E40G = "E40Gbps"
    E100G = "E100Gbps"
    AUTO = "Auto"
    UNKNOWN = "Unknown"


class SRIOVPortType(StrEnum):
    """Kind of port."""

    CONVERGED = "Cna"
    ETHERNET = "Ethernet"


class VNICPortUsage(StrEnum):
    """Whether a logical port carries a vNIC."""

    NOT_VNIC = "NOT_VNIC"
    DEDICATED_VNIC = "DEDICATED_VNIC"
    SHARED_VNIC = "SHARED_VNIC"


class SRIOVUnconfiguredLogicalPort(Element):
    """A logical port that nobody uses yet."""

    drc_index = Int("DynamicReconfigurationConnectorIndex", access="ROR")
    drc_name = Text("DynamicReconfigurationConnectorName", access="ROR")
    loc_code = Text("LocationCode", access="ROR")


class SRIOVEthernetPhysicalPort(Element):
    """A port of an SR-IOV adapter."""

    configured_connection_speed = Enum("ConfiguredConnectionSpeed", SRIOVPortSpeed, access="CUR")
    flow_ctl = Bool("ConfiguredFlowControl", access="CUD")
    mtu = Enum("ConfiguredMTU", SRIOVPortMTU, access="CUR")
    configured_options = Texts("ConfiguredOptions", access="CUR")
    switch_mode = Enum("ConfiguredPortSwitchMode", SwitchMode, access="CUD")
    curr_speed = Enum("CurrentConnectionSpeed", SRIOVPortSpeed, access="ROR")
    current_options = Texts("CurrentOptions", access="ROR")
    label = Text("Label", access="CUR", hmc="phys_port_label")
    loc_code = Text("LocationCode", access="ROR")
    max_diagnostics_logical_ports = Int("MaximumDiagnosticsLogicalPorts", access="ROR")
    max_promiscuous_logical_ports = Int("MaximumPromiscuousLogicalPorts", access="ROR")
    port_id = Int("PhysicalPortID", access="ROR", hmc="phys_port_id")
    port_capabilities = Texts("PortCapabilities", access="ROR")
    port_type = Enum("PortType", SRIOVPortType, access="ROR")
    port_logical_port_limit = Int("PortLogicalPortLimit", access="ROR")
    sublabel = Text("SubLabel", access="CUR")
    supported_connection_speeds = Texts("SupportedConnectionSpeeds", access="ROR")
    supported_mtus = Texts("SupportedMTUs", access="ROR")
    supported_options = Texts("SupportedOptions", access="ROR")
    supported_priority_access_control_list = Int("SupportedPriorityAccessControlList", access="ROR")
    link_status = Bool("LinkStatus", access="ROR")
    default_port_vf_configuration_option = Text("DefaultPortVFConfigurationOption", recorded=False)
    selected_port_vf_configuration_option = Text("SelectedPortVFConfigurationOption", recorded=False)
    supported_port_vf_configuration_options = Texts("SupportedPortVFConfigurationOptions", recorded=False)
    allocated_capacity = Percent("AllocatedCapacity", access="ROR")
    cfg_max_lps = Int("ConfiguredMaxEthernetLogicalPorts", access="UOD")
    cfg_lps = Int("ConfiguredEthernetLogicalPorts", access="ROR")
    max_port_vlan_id = Int("MaximumPortVLANID", access="ROR")
    max_vlan_id = Int("MaximumVLANID", access="ROR")
    min_granularity = Percent("MinimumEthernetCapacityGranularity", access="ROR")
    min_port_vlan_id = Int("MinimumPortVLANID", access="ROR")
    min_vlan_id = Int("MinimumVLANID", access="ROR")
    supp_max_lps = Int("MaxSupportedEthernetLogicalPorts", access="ROR")
    max_allowed_eth_vlans = Int("MaximumAllowedEthVLANs", recorded=False)
    max_allowed_eth_macs = Int("MaximumAllowedEthMACs", recorded=False)
    supported_vlan_restrictions = Texts("SupportedVLANRestrictions", recorded=False)
    supported_mac_restrictions = Texts("SupportedMACRestrictions", recorded=False)


class SRIOVConvergedNetworkAdapterPhysicalPort(SRIOVEthernetPhysicalPort):
    """A port of an SR-IOV adapter that carries Ethernet and Fibre Channel over Ethernet."""

    configured_max_fcoe_logical_ports = Int("ConfiguredMaxFiberChannelOverEthernetLogicalPorts", access="UOD")
    default_fibre_channel_targets_for_backing_device = Int("DefaultFiberChannelTargetsForBackingDevice", access="ROR")
    default_fibre_channel_targets_for_non_backing_device = Int(
        "DefaultFiberChannelTargetsForNonBackingDevice", access="ROR"
    )
    configured_fcoe_logical_ports = Int("ConfiguredFiberChannelOverEthernetLogicalPorts", access="UOD")
    min_fcoe_capacity_granularity = Percent("MinimumFCoECapacityGranularity", access="ROR")
    fibre_channel_targets_rounding_value = Int("FiberChannelTargetsRoundingValue", access="ROR")
    max_supported_fcoe_logical_ports = Int("MaxSupportedFiberChannelOverEthernetLogicalPorts", access="ROR")
    max_fibre_channel_targets = Int("MaximumFiberChannelTargets", access="ROR")


class SRIOVRoCEPhysicalPort(SRIOVConvergedNetworkAdapterPhysicalPort):
    """A port of an SR-IOV adapter with RDMA over converged Ethernet."""


class SRIOVAdapter(PhysicalAdapter):
    """An adapter card able to do SR-IOV; it has ports once its mode is ``Sriov``."""

    sriov_adap_id = Int("SRIOVAdapterID", access="COD")
    state = Enum("AdapterState", SRIOVAdapterState, access="ROR")
    mode = Enum("AdapterMode", SRIOVAdapterMode, access="CUD")
    personality = Enum("Personality", SRIOVAdapterPersonality, access="COD")
    converged_ports = Collection(
        "ConvergedEthernetPhysicalPorts", SRIOVConvergedNetworkAdapterPhysicalPort, access="ROR"
    )
    ethernet_ports = Collection("EthernetPhysicalPorts", SRIOVEthernetPhysicalPort, access="ROR")
    max_huge_dma_lps = Int("MaximumHugeDMALogicalPorts", access="ROR")
    supp_max_lps = Int("MaximumLogicalPortsSupported", access="ROR")
    unconfigured_logical_ports = Collection("UnconfiguredLogicalPorts", SRIOVUnconfiguredLogicalPort, access="ROR")
    roce_ports = Collection("SRIOVRoCEPhysicalPorts", SRIOVRoCEPhysicalPort, recorded=False)


class SRIOVEthernetLogicalPort(Element, metadata="id"):
    """A slice of an SR-IOV port given to a partition. ``LogicalPartition/{uuid}/SRIOVEthernetLogicalPort``, also below
    a VIOS.
    """

    configuration_id = Int("ConfigurationID", access="COD")
    lport_id = Int("LogicalPortID", access="COD")
    sriov_adap_id = Int("AdapterID", access="COR")
    drc_name = Text("DynamicReconfigurationConnectorName", access="ROR")
    is_functional = Bool("IsFunctional", access="ROR")
    is_promisc = Bool("IsPromiscous", access="CUR")
    is_diagnostic = Bool("IsDiagnostic", access="CUR")
    is_debug = Bool("IsDebug", recorded=False)
    is_huge_dma = Bool("IsHugeDMA", access="CUR")
    dev_name = Text("DeviceName", access="ROR")
    cfg_capacity = Percent("ConfiguredCapacity", access="CUR")
    cfg_max_capacity = Percent("ConfiguredMaxCapacity", access="CUR")
    pport_id = Int("PhysicalPortID", access="COR")
    pvid = Int("PortVLANID", access="CUR")
    loc_code = Text("LocationCode", access="ROR")
    tuning_buffer_id = Int("TuningBufferID", access="CUR")
    vnic_port_usage = Enum("VNICPortUsage", VNICPortUsage, access="ROR")
    associated_lpars = Links("AssociatedLogicalPartitions", recorded=False)
    allowed_macs = Text("AllowedMACAddresses", access="CUD")
    mac = Text("MACAddress", access="CUD")
    cur_mac = Text("CurrentMACAddress", access="ROR")
    ieee8021q_allowable_priorities = Text("IEEE8021QAllowablePriorities", access="CUD")
    ieee8021q_priority = Int("IEEE8021QPriority", access="CUD")
    mac_address_flags = Text("MACAddressFlags", recorded=False)
    number_of_allowed_vlans = Int("NumberOfAllowedVLANs", access="CUD")
    allowed_vlans = Text("AllowedVLANs", access="CUD")
