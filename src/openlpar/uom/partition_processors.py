"""Processors of a partition: dedicated cores or a share of a processor pool."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Element, Enum, Int, Number


class SharingMode(StrEnum):
    """How processors are shared: capped and uncapped for shared ones, the others for dedicated ones."""

    CAPPED = "capped"
    UNCAPPED = "uncapped"
    SHARE_IDLE_PROCS = "sre idle proces"
    SHARE_IDLE_PROCS_ACTIVE = "sre idle procs active"
    SHARE_IDLE_PROCS_ALWAYS = "sre idle procs always"
    KEEP_IDLE_PROCS = "keep idle procs"
    UNKNOWN = "Unknown"


class DedicatedProcessorConfiguration(Element, schema="V1_2_0"):
    """Whole cores that belong to one partition."""

    desired = Int("DesiredProcessors", access="CUD", hmc="desired_procs", unit="processors")
    max = Int("MaximumProcessors", access="CUD", hmc="max_procs", unit="processors")
    min = Int("MinimumProcessors", access="CUD", hmc="min_procs", unit="processors")


class CurrentDedicatedProcessorConfiguration(Element, schema="V1_2_0"):
    """The whole cores that a partition has at the moment."""

    current_max = Int("CurrentMaximumProcessors", access="ROR", hmc="curr_max_procs", unit="processors")
    current_min = Int("CurrentMinimumProcessors", access="ROR", hmc="curr_min_procs", unit="processors")
    current = Int("CurrentProcessors", access="ROR", hmc="curr_procs", unit="processors")
    runtime = Int("RunProcessors", access="ROR", hmc="run_procs", unit="processors")


class SharedProcessorConfiguration(Element):
    """A share of a shared processor pool: processing units (entitlement) and virtual processors."""

    desired_units = Number("DesiredProcessingUnits", access="CUD", hmc="desired_proc_units", unit="processors")
    desired_virtual = Int("DesiredVirtualProcessors", access="CUD", hmc="desired_procs")
    max_units = Number("MaximumProcessingUnits", access="CUD", hmc="max_proc_units", unit="processors")
    max_virtual = Int("MaximumVirtualProcessors", access="CUD", hmc="max_procs")
    min_units = Number("MinimumProcessingUnits", access="CUD", hmc="min_proc_units", unit="processors")
    min_virtual = Int("MinimumVirtualProcessors", access="CUD", hmc="min_procs")
    pool_id = Int("SharedProcessorPoolID", access="CUD", hmc="shared_proc_pool_id")
    uncapped_weight = Int("UncappedWeight", access="CUD", hmc="uncap_weight")
    allocated_virtual = Int("AllocatedVirtualProcessors", recorded=False)
    current_max_units = Number("CurrentMaximumProcessingUnits", unit="processors", recorded=False)
    current_min_units = Number("CurrentMinimumProcessingUnits", unit="processors", recorded=False)
    current_units = Number("CurrentProcessingUnits", unit="processors", recorded=False)
    current_pool_id = Int("CurrentSharedProcessorPoolID", recorded=False)
    current_uncapped_weight = Int("CurrentUncappedWeight", recorded=False)
    current_min_virtual = Int("CurrentMinimumVirtualProcessors", recorded=False)
    current_max_virtual = Int("CurrentMaximumVirtualProcessors", recorded=False)
    runtime_units = Number("RuntimeProcessingUnits", unit="processors", recorded=False)
    runtime_uncapped_weight = Int("RuntimeUncappedWeight", recorded=False)


class CurrentSharedProcessorConfiguration(Element):
    """The share of a processor pool that a partition has at the moment."""

    allocated_virtual = Int("AllocatedVirtualProcessors", access="ROR", hmc="curr_procs")
    current_max_units = Number(
        "CurrentMaximumProcessingUnits", access="ROR", hmc="curr_max_proc_units", unit="processors"
    )
    current_min_units = Number(
        "CurrentMinimumProcessingUnits", access="ROR", hmc="curr_min_proc_units", unit="processors"
    )
    current_units = Number("CurrentProcessingUnits", access="ROR", hmc="curr_proc_units", unit="processors")
    current_pool_id = Int("CurrentSharedProcessorPoolID", access="ROR", hmc="curr_shared_proc_pool_id")
    current_uncapped_weight = Int("CurrentUncappedWeight", access="ROR", hmc="curr_uncap_weight")
    current_min_virtual = Int("CurrentMinimumVirtualProcessors", access="ROR", hmc="curr_min_procs")
    current_max_virtual = Int("CurrentMaximumVirtualProcessors", access="ROR", hmc="curr_max_procs")
    runtime_units = Number("RuntimeProcessingUnits", access="ROR", hmc="run_proc_units", unit="processors")
    runtime_uncapped_weight = Int("RuntimeUncappedWeight", access="ROR", hmc="run_uncap_weight")


class PartitionProcessorConfiguration(Element):
    """Processors of a partition; has_dedicated decides which of the two configurations is present."""

    dedicated_proc_cfg = Child("DedicatedProcessorConfiguration", DedicatedProcessorConfiguration, access="CUD")
    has_dedicated = Bool("HasDedicatedProcessors", access="CUD", hmc="proc_mode")
    shared_proc_cfg = Child("SharedProcessorConfiguration", SharedProcessorConfiguration, access="CUD")
    sharing_mode = Enum("SharingMode", SharingMode, access="CUD", hmc="sharing_mode")
    current_has_dedicated = Bool("CurrentHasDedicatedProcessors", access="ROR", hmc="curr_proc_mode")
    current_sharing_mode = Enum("CurrentSharingMode", SharingMode, access="ROR", hmc="curr_sharing_mode")
    current_dedicated_proc_cfg = Child(
        "CurrentDedicatedProcessorConfiguration", CurrentDedicatedProcessorConfiguration, access="ROR"
    )
    runtime_has_dedicated = Bool("RuntimeHasDedicatedProcessors", access="ROR")
    runtime_sharing_mode = Enum("RuntimeSharingMode", SharingMode, access="ROR")
    current_shared_proc_cfg = Child(
        "CurrentSharedProcessorConfiguration", CurrentSharedProcessorConfiguration, access="ROR"
    )

    @property
    def processors(self) -> int:
        """As many as the operating system sees: virtual or dedicated ones."""
        return self.dedicated_proc_cfg.desired if self.has_dedicated else self.shared_proc_cfg.desired_virtual

    def with_processors(self, count: int) -> PartitionProcessorConfiguration:
        """The same with so many of them."""
        if self.has_dedicated:
            return self.evolve(dedicated_proc_cfg=self.dedicated_proc_cfg.evolve(desired=count))
        return self.evolve(shared_proc_cfg=self.shared_proc_cfg.evolve(desired_virtual=count))
