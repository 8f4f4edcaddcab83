"""What a logical partition and a Virtual I/O Server have in common."""

from __future__ import annotations

from openlpar.uom.core import Bool, Child, Element, Enum, Href, Int, Links, Text, Uuid
from openlpar.uom.partition_io import PartitionIOConfiguration, ProfileIOSlot, TaggedIO
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import (
    CurrentDedicatedProcessorConfiguration,
    CurrentSharedProcessorConfiguration,
    DedicatedProcessorConfiguration,
    PartitionProcessorConfiguration,
    SharedProcessorConfiguration,
    SharingMode,
)
from openlpar.uom.partition_state import (
    BootMode,
    KeylockPosition,
    PartitionState,
    PartitionType,
    ProcessorCompatibilityMode,
    ProfileSync,
    ProgressState,
    RMCState,
)

# A partition and all its parts can be had from here.
__all__ = [
    "BasePartition",
    "BootListInformation",
    "BootMode",
    "CurrentDedicatedProcessorConfiguration",
    "CurrentSharedProcessorConfiguration",
    "DedicatedProcessorConfiguration",
    "KeylockPosition",
    "PartitionCapabilities",
    "PartitionIOConfiguration",
    "PartitionMemoryConfiguration",
    "PartitionPersistentMemoryConfiguration",
    "PartitionProcessorConfiguration",
    "PartitionState",
    "PartitionType",
    "ProcessorCompatibilityMode",
    "ProfileIOSlot",
    "ProfileSync",
    "ProgressState",
    "RMCState",
    "SharedProcessorConfiguration",
    "SharingMode",
    "TaggedIO",
]


class PartitionCapabilities(Element, schema="V1_2_0"):
    """What can be changed while the partition runs (dynamic logical partitioning), as its operating system reports
    over RMC.
    """

    io_dlpar = Bool("DynamicLogicalPartitionIOCapable", access="ROR")
    mem_dlpar = Bool("DynamicLogicalPartitionMemoryCapable", access="ROR")
    proc_dlpar = Bool("DynamicLogicalPartitionProcessorCapable", access="ROR")
    intrusion_detection_capable = Bool("InternalAndExternalIntrusionDetectionCapable", access="CUD")
    rmc_shutdown_capable = Bool("ResourceMonitoringControlOperatingSystemShutdownCapable", access="CUD")


class PartitionPersistentMemoryConfiguration(Element, tag="AssociatedPersistentMemoryConfiguration", schema="V1_11_0"):
    """How many persistent memory volumes a partition has and may have."""

    max_pmem_volumes = Int("MaximumPersistentMemoryVolumes", access="ROR", since="V1_10_0")
    cur_pmem_volumes = Int("CurrentPersistentMemoryVolumes", access="ROR", since="V1_10_0")
    max_dram_pmem_volumes = Int("MaximumDramPersistentMemoryVolumes", access="ROR", since="V1_10_0")
    cur_dram_pmem_volumes = Int("CurrentDramPersistentMemoryVolumes", access="ROR", since="V1_10_0")


class BootListInformation(Element):
    """The boot device lists of an AIX or Linux partition, as open firmware device strings."""

    pending_boot_string = Text("PendingBootString", recorded=False)
    boot_device_list = Text("BootDeviceList", recorded=False)
    shadow_boot_device_list = Text("ShadowBootDeviceList", recorded=False)
    last_booted_device_string = Text("LastBootedDeviceString", recorded=False)


class BasePartition(Element):
    """The fields common to logical partitions and Virtual I/O Servers; never on the wire itself."""

    allow_perf_data_collection = Bool("AllowPerformanceDataCollection", access="CUD", hmc="allow_perf_collection")
    current_profile = Href("AssociatedPartitionProfile", access="CUD")
    avail_priority = Int("AvailabilityPriority", access="UOD", hmc="lpar_avail_priority")
    bsr_arrays = Int("CurrentAllocatedBarrierSynchronizationRegisterArrays", access="ROO")
    proc_compat_mode = Enum(
        "CurrentProcessorCompatibilityMode", ProcessorCompatibilityMode, access="ROO", hmc="curr_lpar_proc_compat_mode"
    )
    profile_sync = Enum("CurrentProfileSync", ProfileSync, access="CUD", hmc="sync_curr_profile")
    hostname = Text("Hostname", recorded=False)
    is_bootable = Bool("IsBootable", recorded=False)
    is_call_home_enabled = Bool("IsCallHomeEnabled", access="CUD")
    is_connection_monitoring_enabled = Bool("IsConnectionMonitoringEnabled", access="UOD", hmc="conn_monitoring")
    is_operation_in_progress = Bool("IsOperationInProgress", access="ROR")
    is_redundant_error_path_reporting_enabled = Bool(
        "IsRedundantErrorPathReportingEnabled", access="UOD", hmc="redundant_err_path_reporting"
    )
    is_time_reference_partition = Bool("IsTimeReferencePartition", access="UOD", hmc="time_ref")
    is_virtual_service_attention_led_on = Bool("IsVirtualServiceAttentionLEDOn", access="ROR")
    is_vtpm_enabled = Bool("IsVirtualTrustedPlatformModuleEnabled", access="UOD", hmc="vtpm_enabled")
    keylock_pos = Enum("KeylockPosition", KeylockPosition, access="CUD", hmc="lpar_keylock")
    logical_serial_number = Text("LogicalSerialNumber", access="ROR", hmc="logical_serial_num")
    operating_system = Text("OperatingSystemVersion", access="ROR", hmc="os_version")
    capabilities = Child("PartitionCapabilities", PartitionCapabilities, access="ROR")
    id = Int("PartitionID", access="COD", hmc="lpar_id")
    io_config = Child("PartitionIOConfiguration", PartitionIOConfiguration, access="CUD")
    mem_config = Child("PartitionMemoryConfiguration", PartitionMemoryConfiguration, access="CUD")
    name = Text("PartitionName", access="CUR", hmc="name")
    proc_config = Child("PartitionProcessorConfiguration", PartitionProcessorConfiguration, access="CUD")
    profiles = Links("PartitionProfiles", access="CUD")
    state = Enum("PartitionState", PartitionState, access="ROO", hmc="state")
    env = Enum("PartitionType", PartitionType, access="COD", hmc="lpar_env")
    partition_uuid = Uuid("PartitionUUID", access="ROO")
    pending_proc_compat_mode = Enum(
        "PendingProcessorCompatibilityMode", ProcessorCompatibilityMode, access="CUD", hmc="lpar_proc_compat_mode"
    )
    proc_pool = Href("ProcessorPool", access="CUD")
    progress_partition_data_remaining = Int("ProgressPartitionDataRemaining", access="ROR")
    progress_partition_data_total = Int("ProgressPartitionDataTotal", access="ROR")
    progress_state = Enum("ProgressState", ProgressState, access="ROR")
    rmc_state = Enum("ResourceMonitoringControlState", RMCState, access="ROR", hmc="rmc_state")
    rmc_ip = Text("ResourceMonitoringIPAddress", access="CUD", hmc="rmc_ipaddr")
    valid_interactive_performance = Text("ValidInteractivePerformance", recorded=False)
    managed_system = Href("AssociatedManagedSystem", access="CUD", cli="assoc_sys_uuid")
    sriov_ethernet_logical_ports = Links("SRIOVEthernetLogicalPorts", recorded=False)
    sriov_roce_logical_ports = Links("SRIOVRoCELogicalPorts", recorded=False)
    sriov_fcoe_logical_ports = Links("SRIOVFibreChannelOverEthernetLogicalPorts", recorded=False)
    logical_ports = Links("LogicalPorts", access="CUD")
    client_network_adapters = Links("ClientNetworkAdapters", access="CUR")
    hea_logical_port = Links("HostEthernetAdapterLogicalPort", access="CUD")
    hea_logical_ports = Links("HostEthernetAdapterLogicalPorts", access="CUD")
    mac_address_prefix = Text("MACAddressPrefix", access="ROR")
    is_service_partition = Bool("IsServicePartition", access="CUD")
    powervm_management_capable = Bool("PowerVMManagementCapable", hmc="powervm_mgmt_capable", recorded=False)
    ref_code = Text("ReferenceCode", access="ROO", volatile=True)
    ref_code_full = Text("ReferenceCodeFull", access="ROO", volatile=True)
    is_mgmt_partition = Bool("IsManagementPartition", access="ROR", since="V1_4_0")
    auto_start = Bool("AutoStart", access="CUD", hmc="auto_start")
    bootmode = Enum("BootMode", BootMode, access="CUD", hmc="boot_mode")
    nvram = Text("PartitionNVRAM", access="CUD", volatile=True, group="NVRAM")
    uptime = Int("Uptime", access="ROO", volatile=True, since="V1_5_0", unit="s")
    disable_secure_boot = Bool("DisableSecureBoot", recorded=False)
    pending_secure_boot = Int("PendingSecureBoot", access="CUD", since="V1_8_0", hmc="secure_boot")
    current_secure_boot = Int("CurrentSecureBoot", access="ROO", since="V1_8_0")
    pmem_config = Child(
        "AssociatedPersistentMemoryConfiguration",
        PartitionPersistentMemoryConfiguration,
        flat=True,
        access="ROO",
        since="V1_10_0",
    )
    groups = Links("AssociatedGroups", recorded=False)
    power_on_with_hypervisor = Bool("PowerOnWithHypervisor", access="CUD", since="V1_2_0")
    tasks = Links("AssociatedTasks", recorded=False)
    description = Text("Description", access="CUD", since="V1_2_0")
    keystore_kbytes = Int("KeyStoreSize", access="UOD", since="V1_13_1", hmc="keystore_kbytes", unit="KB")
    lpar_placement = Int("LparPlacement", recorded=False)
