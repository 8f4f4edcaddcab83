"""Memory of a partition: what is wanted, what it has, what it runs with."""

from __future__ import annotations

from openlpar.uom.core import Bool, Element, Href, Int, Number, Text


class PartitionMemoryConfiguration(Element):
    """Memory of a partition. Desired, minimum and maximum are what the partition gets at its next activation; current
    is what is assigned now, runtime what the operating system uses.
    """

    active_memory_expansion_enabled = Bool("ActiveMemoryExpansionEnabled", access="CUD")
    ams_enabled = Bool("ActiveMemorySharingEnabled", access="CUD")
    bsr_arrays = Int("BarrierSynchronizationRegisterArrayCount", access="CUD", hmc="bsr_arrays")
    desired_entitled_memory = Text("DesiredEntitledMemory", hmc="desired_io_entitled_mem", recorded=False)
    desired_huge_pages = Int("DesiredHugePageCount", access="CUD", hmc="desired_num_huge_pages")
    desired = Int("DesiredMemory", access="CUD", hmc="desired_mem", unit="MB")
    exp_factor = Number("ExpansionFactor", access="CUD", hmc="mem_expansion")
    ppt_ratio = Int("PhysicalPageTableRatio", hmc="ppt_ratio", recorded=False)
    hpt_ratio = Int("HardwarePageTableRatio", access="CUD", hmc="hpt_ratio")
    manual_entitled_mode_enabled = Bool("ManualEntitledModeEnabled", access="ROR")
    max_huge_pages = Int("MaximumHugePageCount", access="CUD", hmc="max_num_huge_pages")
    max = Int("MaximumMemory", access="CUD", hmc="max_mem", unit="MB")
    memory_weight = Int("MemoryWeight", hmc="mem_weight", recorded=False)
    min_huge_pages = Int("MinimumHugePageCount", access="CUD", hmc="min_num_huge_pages")
    min = Int("MinimumMemory", access="CUD", hmc="min_mem", unit="MB")
    primary_paging_vios = Href("PrimaryPagingServicePartition", recorded=False)
    secondary_paging_vios = Href("SecondaryPagingServicePartition", recorded=False)
    auto_entitled_memory_enabled = Bool("AutoEntitledMemoryEnabled", access="CUD")
    current_bsr_arrays = Int("CurrentBarrierSynchronizationRegisterArrays", access="ROR")
    current_entitled_memory = Text("CurrentEntitledMemory", access="ROR")
    current_exp_factor = Number("CurrentExpansionFactor", access="ROR", hmc="curr_mem_expansion")
    current_ppt_ratio = Int("CurrentPhysicalPageTableRatio", recorded=False)
    current_hpt_ratio = Int("CurrentHardwarePageTableRatio", access="ROR", hmc="curr_hpt_ratio")
    current_huge_pages = Int("CurrentHugePageCount", access="ROR", hmc="curr_num_huge_pages")
    current_max_huge_pages = Int("CurrentMaximumHugePageCount", access="ROR", hmc="curr_max_num_huge_pages")
    current_max = Int("CurrentMaximumMemory", access="ROR", hmc="curr_max_mem", unit="MB")
    current = Int("CurrentMemory", access="ROR", hmc="curr_mem", unit="MB")
    current_memory_weight = Int("CurrentMemoryWeight", access="ROR")
    current_min_huge_pages = Int("CurrentMinimumHugePageCount", access="ROR", hmc="curr_min_num_huge_pages")
    current_min = Int("CurrentMinimumMemory", access="ROR", hmc="curr_min_mem", unit="MB")
    current_paging_vios = Href("CurrentPagingServicePartition", recorded=False)
    memory_expansion_hardware_access_enabled = Bool("MemoryExpansionHardwareAccessEnabled", access="ROR")
    memory_encryption_hardware_access_enabled = Bool("MemoryEncryptionHardwareAccessEnabled", access="ROR")
    ame_enabled = Bool("MemoryExpansionEnabled", access="ROR")
    memory_releaseable = Bool("MemoryReleaseable", recorded=False)
    memory_to_release = Int("MemoryToRelease", unit="MB", recorded=False)
    redundant_error_path_reporting_enabled = Bool("RedundantErrorPathReportingEnabled", access="ROR")
    required_min_for_max = Int("RequiredMinimumForMaximum", unit="MB", recorded=False)
    runtime_entitled_memory = Text("RuntimeEntitledMemory", recorded=False)
    runtime_exp_factor = Number("RuntimeExpansionFactor", recorded=False)
    runtime_huge_pages = Int("RuntimeHugePageCount", access="ROR", hmc="run_num_huge_pages")
    runtime = Int("RuntimeMemory", access="ROR", hmc="run_mem", unit="MB")
    runtime_memory_weight = Int("RuntimeMemoryWeight", access="ROR", hmc="run_mem_weight")
    runtime_min = Int("RuntimeMinimumMemory", access="ROR", hmc="run_min_mem", unit="MB")
    shared_enabled = Bool("SharedMemoryEnabled", access="CUD")
