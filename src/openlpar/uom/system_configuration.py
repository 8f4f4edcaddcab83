"""Memory, processors and I/O of the whole server."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Int, Ints, Links, Number, Text, Texts
from openlpar.uom.io_adapter import IOAdapter
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.io_slot import IOBus, IOSlot


class AddressBroadcastPolicy(StrEnum):
    """How addresses are broadcast between nodes."""

    NO_AFFINITY = "No Affinity"


class MemoryMirroringMode(StrEnum):
    """Which memory is mirrored."""

    NONE = "none"
    SYSTEM_FIRMWARE_ONLY = "system firmware only"


class MemoryMirroringState(StrEnum):
    """Whether memory is mirrored."""

    NOT_MIRRORED = "Not_Mirrored"
    MIRRORED = "Mirrored"


class TurboCoreSupport(StrEnum):
    """Whether the processors can run fewer cores at a higher clock."""

    TURBOCORE_CAPABLE = "Turbocore_Capable"


class AssociatedSystemMemoryConfiguration(Element):
    """Memory of the server: installed, configurable, free, and the block sizes in which it is given out."""

    allowed_hpt_ratios = Ints("AllowedHardwarePageTableRations", access="ROR")
    allowed_memory_deduplication_table_ratios = Text("AllowedMemoryDeduplicationTableRatios", access="ROR")
    allowed_memory_region_size = Int("AllowedMemoryRegionSize", access="ROR", unit="MB")
    available_bsr_arrays = Int("AvailableBarrierSynchronizationRegisterArrays", access="ROR")
    bsr_array_size = Int("BarrierSynchronizationRegisterArraySize", access="CUD")
    configurable_huge_pages = Int("ConfigurableHugePages", access="ROR")
    memory_configurable = Int("ConfigurableSystemMemory", access="ROR", hmc="configurable_sys_mem", unit="MB")
    configured_mirrored_memory = Int("ConfiguredMirroredMemory", access="CUD", unit="MB")
    current_address_broadcast_policy = Enum("CurrentAddressBroadcastPolicy", AddressBroadcastPolicy, access="ROR")
    current_available_huge_pages = Int("CurrentAvailableHugePages", access="ROR")
    current_available_mirrored_memory = Int("CurrentAvailableMirroredMemory", access="ROR", unit="MB")
    memory_free = Int("CurrentAvailableSystemMemory", access="ROR", hmc="curr_avail_sys_mem", unit="MB")
    current_logical_memory_block_size = Int("CurrentLogicalMemoryBlockSize", access="ROR", unit="MB")
    current_memory_mirroring_mode = Enum(
        "CurrentMemoryMirroringMode", MemoryMirroringMode, access="ROR", hmc="mem_mirroring_mode"
    )
    current_mirrored_memory = Int("CurrentMirroredMemory", access="ROR", unit="MB")
    memory_deconfigured = Int("DeconfiguredSystemMemory", access="CUD", hmc="deconfig_sys_mem", unit="MB")
    page_table_ratio = Int("DefaultHardwarePageTableRatio", access="COR")
    default_ppt_ratio = Int("DefaultPhysicalPageTableRatio", access="COR")
    default_hpt_ratio_for_dedicated_memory = Int(
        "DefaultHardwarePagingTableRatioForDedicatedMemoryPartition", access="CUD"
    )
    huge_page_count = Int("HugePageCount", access="CUD")
    huge_page_size = Int("HugePageSize", access="CUD", unit="GB")
    memory_total = Int("InstalledSystemMemory", access="ROR", hmc="installed_sys_mem", unit="MB")
    max_huge_pages = Int("MaximumHugePages", access="ROR")
    max_memory_pool_count = Int("MaximumMemoryPoolCount", access="ROR")
    max_mirrored_memory_defragmented = Int("MaximumMirroredMemoryDefragmented", access="CUD", unit="MB")
    memory_defragmentation_state = Enum("MemoryDefragmentationState", MemoryMirroringState, access="CUD")
    memory_mirroring_state = Enum("MemoryMirroringState", MemoryMirroringState, access="CUD")
    memory_region_size = Int("MemoryRegionSize", access="CUD", hmc="mem_region_size", unit="MB")
    firmware_memory = Int("MemoryUsedByHypervisor", access="ROR", hmc="sys_firmware_mem", unit="MB")
    mirrorable_memory_with_defragmentation = Int("MirrorableMemoryWithDefragmentation", access="ROR", unit="MB")
    mirrorable_memory_without_defragmentation = Int("MirrorableMemoryWithoutDefragmentation", access="ROR", unit="MB")
    mirrored_memory_used_by_hypervisor = Int("MirroredMemoryUsedByHypervisor", access="ROR", unit="MB")
    pending_address_broadcast_policy = Enum("PendingAddressBroadcastPolicy", AddressBroadcastPolicy, access="CUD")
    pending_available_huge_pages = Int("PendingAvailableHugePages", access="CUD")
    pending_memory_free = Int("PendingAvailableSystemMemory", access="CUD", hmc="pend_avail_sys_mem", unit="MB")
    pending_logical_memory_block_size = Int("PendingLogicalMemoryBlockSize", access="CUD", unit="MB")
    pending_memory_mirroring_mode = Enum("PendingMemoryMirroringMode", MemoryMirroringMode, access="CUD")
    pending_memory_region_size = Int("PendingMemoryRegionSize", access="CUD", unit="MB")
    requested_huge_pages = Int("RequestedHugePages", access="CUD", hmc="requested_num_sys_huge_pages")
    temporary_memory_for_lpar_mobility_in_use = Bool("TemporaryMemoryForLogicalPartitionMobilityInUse", access="CUD")
    shared_memory_pool = Links("SharedMemoryPool", access="CUD")
    total_bsr_arrays = Int("TotalBarrierSynchronizationRegisterArrays", access="ROR")


class AssociatedSystemProcessorConfiguration(Element):
    """Processors of the server and the limits they put on partitions."""

    proc_units_configurable = Number(
        "ConfigurableSystemProcessorUnits", access="ROR", hmc="configurable_sys_proc_units", unit="processors"
    )
    proc_units_avail = Number(
        "CurrentAvailableSystemProcessorUnits", access="ROR", hmc="curr_avail_sys_proc_units", unit="processors"
    )
    max_procs_per_aix_linux_lpar = Int("CurrentMaximumProcessorsPerAIXOrLinuxPartition", access="ROR")
    max_procs_per_os400_lpar = Int("CurrentMaximumProcessorsPerIBMiPartition", access="ROR")
    max_procs_per_lpar = Int("CurrentMaximumProcessorsPerPartition", access="ROR")
    max_sys_procs_limit = Int("CurrentMaximumAllowedProcessorsPerPartition", access="ROR")
    max_procs_per_vios = Int("CurrentMaximumProcessorsPerVirtualIOServerPartition", access="ROR")
    max_vcpus_per_aix_linux_lpar = Int("CurrentMaximumVirtualProcessorsPerAIXOrLinuxPartition", access="ROR")
    max_vcpus_per_os400_lpar = Int("CurrentMaximumVirtualProcessorsPerIBMiPartition", access="ROR")
    max_vcpus_per_vios = Int("CurrentMaximumVirtualProcessorsPerVirtualIOServerPartition", access="ROR")
    proc_units_deconfigured = Number(
        "DeconfiguredSystemProcessorUnits", access="ROR", hmc="deconfig_sys_proc_units", unit="processors"
    )
    proc_units = Number(
        "InstalledSystemProcessorUnits", access="ROR", hmc="installed_sys_proc_units", unit="processors"
    )
    max_proc_units_per_os400_lpar = Int("MaximumProcessorUnitsPerIBMiPartition", access="ROR")
    max_vcpus_per_lpar = Int("MaximumVirtualProcessorsPerPartition", access="ROR")
    max_sys_vcpus_limit = Int("MaximumAllowedVirtualProcessorsPerPartition", access="ROR")
    min_proc_units = Number(
        "MinimumProcessorUnitsPerVirtualProcessor",
        access="ROR",
        hmc="min_proc_units_per_virtual_proc",
        unit="processors",
    )
    pending_proc_units_avail = Number(
        "PendingAvailableSystemProcessorUnits", access="CUD", hmc="pend_avail_sys_proc_units", unit="processors"
    )
    max_shared_proc_pools = Int("SharedProcessorPoolCount", access="ROR")
    proc_compat_modes = Texts("SupportedPartitionProcessorCompatibilityModes", access="ROR")
    temporary_processor_units_for_lpar_mobility_in_use = Bool(
        "TemporaryProcessorUnitsForLogicalPartitionMobilityInUse", access="ROR"
    )
    turbo_core_support = Enum("TurboCoreSupport", TurboCoreSupport, access="ROR")
    shared_proc_pools = Links("SharedProcessorPool", access="CUD")


class AssociatedSystemVirtualNetwork(Element):
    """Virtual switches, virtual networks and network bridges of the server."""

    network_bridges = Links("NetworkBridges", access="CUD")
    mac_prefix = Text("VirtualEthernetAdapterMACAddressPrefix", access="CUD")
    virtual_networks = Links("VirtualNetworks", access="CUD")
    virtual_switches = Links("VirtualSwitches", access="CUD")


class AssociatedSystemIOConfiguration(Element):
    """Slots, buses and adapters of the server and its stock of virtual Fibre Channel port names."""

    avail_wwpns = Int("AvailableWWPNs", access="CUD")
    hcas = Links("HostChannelAdapters", access="CUD")
    channel_adapters = Links("ChannelAdapter", access="CUD")
    hea_adapters = Links("HostEthernetAdapters", access="CUD")
    ethernet_adapters = Links("EthernetAdapter", access="CUD")
    io_adapters = Collection("IOAdapters", IOAdapter, access="CUD")
    io_buses = Collection("IOBuses", IOBus, access="CUD")
    io_slots = Collection("IOSlots", IOSlot, access="CUD")
    sriov_adapters = Collection("SRIOVAdapters", IOAdapterChoice, access="CUD")
    virtual_network = Child(
        "AssociatedSystemVirtualNetwork", AssociatedSystemVirtualNetwork, access="CUD", group="SystemNetwork"
    )
    wwpn_prefix = Text("WWPNPrefix", access="CUD")
