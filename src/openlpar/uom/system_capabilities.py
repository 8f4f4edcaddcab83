"""What the server's firmware and its activations can do."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Element, Enum, Int


class CapabilityState(StrEnum):
    """State of a capability that can be switched off."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class AssociatedSystemCapabilities(Element):
    """One flag per feature of the server; partitions can only use what is true here."""

    active_lpar_mobility_capable = Bool(
        "ActiveLogicalPartitionMobilityCapable", access="ROO", hmc="active_lpar_mobility_capable"
    )
    active_lpar_shared_idle_processors_capable = Bool("ActiveLogicalPartitionSharedIdeProcessorsCapable", access="ROO")
    active_memory_deduplication_capable = Bool("ActiveMemoryDeduplicationCapable", access="ROO")
    active_memory_expansion_capable = Bool(
        "ActiveMemoryExpansionCapable", access="ROO", hmc="active_mem_expansion_capable"
    )
    active_memory_mirroring_capable = Bool("ActiveMemoryMirroringCapable", access="ROO")
    active_memory_sharing_capable = Bool("ActiveMemorySharingCapable", access="ROO", hmc="active_mem_sharing_capable")
    active_system_optimizer_capable = Bool("ActiveSystemOptimizerCapable", access="ROO")
    address_broadcast_policy_capable = Bool("AddressBroadcastPolicyCapable", access="ROO")
    aix_capable = Enum("AIXCapable", CapabilityState, access="ROO")
    autorecovery_power_on_capable = Bool("AutorecoveryPowerOnCapable", access="ROO")
    bsr_capable = Bool("BarrierSynchronizationRegisterCapable", access="ROO")
    capacity_on_demand_memory_capable = Bool("CapacityOnDemandMemoryCapable", access="ROO", hmc="cod_mem_capable")
    capacity_on_demand_processor_capable = Bool("CapacityOnDemandProcessorCapable", access="ROO")
    custom_lpar_placement_capable = Bool("CustomLogicalPartitionPlacementCapable", access="ROO")
    electronic_error_reporting_capable = Bool("ElectronicErrorReportingCapable", access="ROO")
    external_intrusion_detection_capable = Bool("ExternalIntrusionDetectionCapable", access="ROO")
    firmware_power_saver_capable = Bool("FirmwarePowerSaverCapable", access="ROO")
    hardware_discovery_capable = Bool("HardwareDiscoveryCapable", access="ROO")
    hardware_memory_compression_capable = Bool("HardwareMemoryCompressionCapable", access="ROO")
    hardware_memory_encryption_capable = Bool("HardwareMemoryEncryptionCapable", access="ROO")
    hardware_power_saver_capable = Bool("HardwarePowerSaverCapable", access="ROO")
    hca_capable = Bool("HostChannelAdapterCapable", access="ROO")
    huge_page_memory_capable = Bool("HugePageMemoryCapable", access="ROO", hmc="huge_page_mem_capable")
    huge_page_memory_override_capable = Bool("HugePageMemoryOverrideCapable", access="ROO")
    ibmi_capable = Bool("IBMiCapable", access="ROO", hmc="os400_capable")
    ibmi_lpar_mobility_capable = Bool("IBMiLogicalPartitionMobilityCapable", access="ROO")
    ibmi_lpar_suspend_capable = Bool("IBMiLogicalPartitionSuspendCapable", access="ROO")
    ibmi_network_install_capable = Bool("IBMiNetworkInstallCapable", access="ROO")
    ibmi_restrictedio_capable = Bool("IBMiRestrictedIOModeCapable", access="ROO")
    inactive_lpar_mobility_capable = Bool(
        "InactiveLogicalPartitionMobilityCapable", access="ROO", hmc="inactive_lpar_mobility_capable"
    )
    intelligent_platform_management_interface_capable = Bool(
        "IntelligentPlatformManagementInterfaceCapable", access="ROO"
    )
    linux_capable = Bool("LinuxCapable", access="ROO")
    logical_hea_capable = Bool("LogicalHostEthernetAdapterCapable", access="ROO", hmc="lhea_capable")
    lpar_affinity_group_capable = Bool("LogicalPartitionAffinityGroupCapable", access="ROO")
    lpar_availability_priority_capable = Bool(
        "LogicalPartitionAvailabilityPriorityCapable", access="ROO", hmc="lpar_avail_priority_capable"
    )
    lpar_energy_management_capable = Bool("LogicalPartitionEnergyManagementCapable", access="ROO")
    lpar_proc_compat_mode_capable = Bool(
        "LogicalPartitionProcessorCompatibilityModeCapable", access="ROO", hmc="lpar_proc_compat_mode_capable"
    )
    lpar_remote_restart_capable = Bool(
        "LogicalPartitionRemoteRestartCapable", access="ROO", hmc="powervm_lpar_remote_restart_capable"
    )
    lpar_suspend_capable = Bool("LogicalPartitionSuspendCapable", access="ROO", hmc="lpar_suspend_capable")
    memory_mirroring_capable = Bool("MemoryMirroringCapable", access="ROO")
    micro_lpar_capable = Bool("MicroLogicalPartitionCapable", access="ROO", hmc="micro_lpar_capable")
    simplified_remote_restart_capable = Bool(
        "PowerVMLogicalPartitionSimplifiedRemoteRestartCapable", access="ROO", since="V1_2_0"
    )
    redundant_error_path_reporting_capable = Bool("RedundantErrorPathReportingCapable", access="ROO")
    service_processor_failover_capable = Bool(
        "ServiceProcessorFailoverCapable", access="ROO", hmc="sp_failover_capable"
    )
    shared_ethernet_failover_capable = Bool(
        "SharedEthernetFailoverCapable", access="ROO", hmc="shared_eth_failover_capable"
    )
    shared_processor_pool_capable = Bool("SharedProcessorPoolCapable", access="ROO")
    sriov_capable = Bool("SRIOVCapable", access="ROO")
    switch_network_interface_message_passing_capable = Bool("SwitchNetworkInterfaceMessagePassingCapable", access="ROO")
    telnet5250_application_capable = Bool("Telnet5250ApplicationCapable", access="ROO")
    turbo_core_capable = Bool("TurboCoreCapable", access="ROO")
    virtual_ethernet_adapter_dynamic_lpar_capable = Bool(
        "VirtualEthernetAdapterDynamicLogicalPartitionCapable", access="ROO"
    )
    virtual_ethernet_quality_of_service_capable = Bool("VirtualEthernetQualityOfServiceCapable", access="ROO")
    vfc_capable = Bool("VirtualFiberChannelCapable", access="ROO", hmc="virtual_fc_capable")
    vios_capable = Bool("VirtualIOServerCapable", access="ROO", hmc="virtual_io_server_capable")
    virtualization_engine_technologies_activation_capable = Bool(
        "VirtualizationEngineTechnologiesActivationCapable", access="ROO"
    )
    virtual_server_networking_phase2_capable = Bool("VirtualServerNetworkingPhase2Capable", access="ROO")
    virtual_switch_capable = Bool("VirtualSwitchCapable", access="ROO", hmc="virtual_switch_capable")
    vtpm_capable = Bool("VirtualTrustedPlatformModuleCapable", access="ROO")
    vlan_statistics_capable = Bool("VLANStatisticsCapable", access="ROO")
    custom_mac_addr_capable = Bool("VirtualEthernetCustomMACAddressCapable", access="ROR")
    vnic_capable = Bool("VirtualNICDedicatedSRIOVCapable", access="ROO")
    vnic_failover_capable = Bool("VirtualNICFailOverCapable", access="ROO", since="V1_4_0")
    dynamic_simplified_remote_restart_toggle_capable = Bool(
        "DynamicSimplifiedRemoteRestartToggleCapable", access="ROO", since="V1_5_0"
    )
    physical_page_table_ratio_capable = Bool("CustomPhysicalPageTableRatioCapable", access="ROO", since="V1_6_0")
    partition_secure_boot_capable = Bool("PartitionSecureBootCapable", access="ROO", since="V1_8_0")
    ioslot_owner_assignment_capable = Bool("IOSlotOwnerAssignmentCapable", access="ROO", since="V1_6_0")
    dedicated_processor_partition_capable = Bool("DedicatedProcessorPartitionCapable", access="ROO", since="V1_8_0")
    min_key_store_size = Int("MinimumKeyStoreSize", access="ROO", since="V1_13_1", unit="KB")
    max_key_store_size = Int("MaximumKeyStoreSize", access="ROO", since="V1_13_1", unit="KB")
    disable_secure_boot_capable = Bool("DisableSecureBootCapable", recorded=False)
    ibmi_nativeio_capable = Bool("IBMiNativeIOCapable", recorded=False)
    ibmi_network_install_iscsi_capable = Bool("IBMiNetworkInstalliSCSICapable", recorded=False)
    ibmi_virtual_software_tier_capable = Bool("IBMiVirtualSoftwareTierCapable", recorded=False)
    kvm_capable = Bool("KvmCapable", recorded=False)
    lpar_placement_capable = Bool("LparPlacementCapable", recorded=False)
    min_affinity_score_capable = Bool("MinimumAffinityScoreCapable", recorded=False)
    partition_key_store_capable = Bool("PartitionKeyStoreCapable", recorded=False)
    persistent_memory_capable = Bool("PersistentMemoryCapable", recorded=False)
    virtual_serial_number_capable = Bool("VirtualSerialNumberCapable", recorded=False)
    os400_net_install_capable = Bool("os400NetInstallCapable", recorded=False)
    os400_net_install_iscsi_capable = Bool("os400NetInstallIscsiCapable", recorded=False)
