"""The managed system: the server itself."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Int, Links, Text, Texts
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.partition_state import BootMode, KeylockPosition
from openlpar.uom.system_capabilities import AssociatedSystemCapabilities
from openlpar.uom.system_configuration import (
    AssociatedSystemIOConfiguration,
    AssociatedSystemMemoryConfiguration,
    AssociatedSystemProcessorConfiguration,
)


class ManagedSystemState(StrEnum):
    """What the server is doing."""

    OPERATING = "operating"
    STANDBY = "standby"
    POWER_OFF = "power off"
    INITIALIZING = "initializing"
    ERROR = "error"
    INCOMPLETE = "incomplete"
    NO_CONNECTION = "no connection"


class ManagedSystemDetailedState(StrEnum):
    """More about the state, where there is more to say."""

    NONE = "None"


class ServiceProcessorFailoverState(StrEnum):
    """Whether the second service processor could take over."""

    NOT_READY = "Not Ready"


class PowerOnSide(StrEnum):
    """Firmware side from which the server starts."""

    TEMPORARY = "Temporary"
    PERMANENT = "Permanent"


class MajorBootType(StrEnum):
    """Why the server was started."""

    REBOOT = "Reboot"


class PartitionStartPolicy(StrEnum):
    """Which partitions start when the server has started."""

    AUTOSTART = "autostart"
    USERINIT = "userinit"
    AUTORECOVERY = "autorecovery"


class PowerOnOption(StrEnum):
    """How far the server goes when it is powered on."""

    AUTOSTART = "autostart"
    STANDBY = "standby"


class PowerOnSpeed(StrEnum):
    """How thoroughly the server tests itself when it starts."""

    FAST = "fast"
    SLOW = "slow"
    NONE = "none"


class AssociatedIPLConfiguration(Element):
    """How the server powers on and off: keylock, firmware side, start policy."""

    current_mfg_default_boot_mode = Enum("CurrentManufacturingDefaulConfigurationtBootMode", BootMode, access="ROR")
    current_power_on_side = Enum("CurrentPowerOnSide", PowerOnSide, access="ROR", hmc="curr_power_on_side")
    current_system_keylock = Enum("CurrentSystemKeylock", KeylockPosition, access="ROR", hmc="curr_sys_keylock")
    current_turbocore_enabled = Bool("CurrentTurbocoreEnabled", access="ROR")
    major_boot_type = Enum("MajorBootType", MajorBootType, access="CUD")
    minor_boot_type = Int("MinorBootType", access="CUD")
    pending_mfg_default_boot_mode = Enum("PendingManufacturingDefaulConfigurationtBootMode", BootMode, access="CUD")
    pending_power_on_side = Enum("PendingPowerOnSide", PowerOnSide, access="CUD", hmc="pend_power_on_side")
    pending_system_keylock = Enum("PendingSystemKeylock", KeylockPosition, access="CUD", hmc="pend_sys_keylock")
    power_on_lpar_start_policy = Enum(
        "PowerOnLogicalPartitionStartPolicy", PartitionStartPolicy, access="CUD", hmc="power_on_lpar_start_policy"
    )
    power_on_option = Enum("PowerOnOption", PowerOnOption, access="CUD", hmc="power_on_option")
    power_on_speed = Enum("PowerOnSpeed", PowerOnSpeed, access="CUD")
    power_on_speed_override = Enum("PowerOnSpeedOverride", PowerOnSpeed, access="CUD")
    power_off_with_last_lpar = Bool("PowerOffWhenLastLogicalPartitionIsShutdown", access="CUD", hmc="power_off_policy")
    pending_turbocore_enabled = Bool("PendingTurbocoreEnabled", access="CUD")


class AssociatedSystemSecurity(Element, schema="V1_0"):
    """State of the keys that protect virtual Trusted Platform Modules."""

    vtpm_key_length = Int("VirtualTrustedPlatformModuleKeyLength", access="ROR")
    vtpm_key_status = Int("VirtualTrustedPlatformModuleKeyStatus", access="ROR")
    vtpm_version = Int("VirtualTrustedPlatformModuleVersion", access="ROR")


class SystemMigrationInformation(Element):
    """How many live and inactive partition migrations the server allows and runs."""

    max_inactive_migrations = Int("MaximumInactiveMigrations", access="ROR")
    max_active_migrations = Int("MaximumActiveMigrations", access="ROR")
    inactive_migrations_in_progress = Int("NumberOfInactiveMigrationsInProgress", access="ROR")
    active_migrations_in_progress = Int("NumberOfActiveMigrationsInProgress", access="ROR")
    max_firmware_active_migrations = Int("MaximumFirmwareActiveMigrations", access="ROR")
    lpar_affinity_check_capable = Bool("LogicalPartitionAffinityCheckCapable", access="ROR", since="V1_9_0")
    lpar_pmem_migration_capable = Bool("LogicalPartitionPersistentMemoryMigrationCapable", recorded=False)


class SystemPersistentMemoryConfiguration(Element, tag="AssociatedPersistentMemoryConfiguration"):
    """Limits and sizes of persistent memory volumes on the server."""

    max_pmem_volumes = Int("MaximumPersistentMemoryVolumes", recorded=False)
    cur_pmem_volumes = Int("CurrentPersistentMemoryVolumes", recorded=False)
    max_aix_lnx_pmem_volumes = Int("MaximumAixLinuxPersistentMemoryVolumes", recorded=False)
    max_os400_pmem_volumes = Int("MaximumOS400PersistentMemoryVolumes", recorded=False)
    max_vios_pmem_volumes = Int("MaximumVIOSPersistentMemoryVolumes", recorded=False)
    dram_pmem_vol_blksize = Int("DramPersistentMemoryVolumeBlockSize", recorded=False)
    dram_pmem_vol_size = Int("DramPersistentMemoryVolumesSize", recorded=False)
    dram_pmem_vol_cursize = Int("DramPersistentMemoryVolumesCurrentSize", recorded=False)
    supported_pmem_vol_devtypes = Text("SupportedPersistentMemoryDeviceTypes", recorded=False)


class IBMiVirtualSoftwareTier(Element):
    """A software tier that caps processors and memory of IBM i partitions."""

    maximum_allowed_memory = Text("MaximumAllowedMemory", recorded=False)
    maximum_allowed_processors = Text("MaximumAllowedProcessors", recorded=False)
    tier_name = Text("TierName", recorded=False)


class ManagedSystem(Element, metadata="id"):
    """The server. ``ManagedSystem``; a NovaLink manages exactly one."""

    ipl_config = Child("AssociatedIPLConfiguration", AssociatedIPLConfiguration, access="CUD", group="Hypervisor")
    lpar_links = Links("AssociatedLogicalPartitions", access="CUD")
    reserved_storage_pool = Links("AssociatedReservedStorageDevicePool", access="CUD")
    associated_capabilities = Child("AssociatedSystemCapabilities", AssociatedSystemCapabilities, access="CUD")
    asio_config = Child("AssociatedSystemIOConfiguration", AssociatedSystemIOConfiguration, access="CUD")
    memory_config = Child(
        "AssociatedSystemMemoryConfiguration", AssociatedSystemMemoryConfiguration, flat=True, access="CUD"
    )
    proc_config = Child(
        "AssociatedSystemProcessorConfiguration", AssociatedSystemProcessorConfiguration, flat=True, access="CUD"
    )
    security = Child("AssociatedSystemSecurity", AssociatedSystemSecurity, access="CUD")
    vios_links = Links("AssociatedVirtualIOServers", access="CUD")
    current_max_partitions_per_hca = Int("CurrentMaximumPartitionsPerHostChannelAdapter", access="ROR")
    detailed_state = Enum("DetailedState", ManagedSystemDetailedState, access="ROR", hmc="detailed_state")
    virtual_storage = Links("AssociatedSystemVirtualStorage", access="CUD")
    mtms = Child("MachineTypeModelAndSerialNumber", MachineTypeModelAndSerialNumber, access="ROR")
    mfg_default_config_enabled = Bool("ManufacturingDefaultConfigurationEnabled", access="ROR")
    max_partitions = Int("MaximumPartitions", access="CUD", hmc="max_lpars")
    max_power_control_partitions = Int("MaximumPowerControlPartitions", access="CUD", hmc="max_power_ctrl_lpars")
    max_remote_restart_partitions = Int("MaximumRemoteRestartPartitions", access="CUD")
    max_shared_processor_capable_partition_id = Int("MaximumSharedProcessorCapablePartitionID", access="CUD")
    max_suspendable_partitions = Int("MaximumSuspendablePartitions", access="CUD")
    pending_max_partitions_per_hca = Int("PendingMaximumPartitionsPerHostChannelAdapter", access="CUD")
    physical_system_attention_led_state = Bool("PhysicalSystemAttentionLEDState", access="ROO")
    host_ip_address = Text("PrimaryIPAddress", access="CUR", hmc="ipaddr")
    secondary_ip_address = Text("SecondaryIPAddress", access="CUD")
    service_processor_failover_enabled = Bool("ServiceProcessorFailoverEnabled", access="CUD")
    service_processor_failover_state = Enum(
        "ServiceProcessorFailoverState", ServiceProcessorFailoverState, access="ROO"
    )
    service_processor_version = Text("ServiceProcessorVersion", access="ROR")
    system_state = Enum("State", ManagedSystemState, access="ROR", hmc="state")
    system_name = Text("SystemName", access="CUR", hmc="name")
    system_time = Int("SystemTime", access="CUD", hmc="sys_time", unit="ms")
    virtual_system_attention_led_state = Bool("VirtualSystemAttentionLEDState", access="ROO")
    migration_info = Child("SystemMigrationInformation", SystemMigrationInformation, access="ROR")
    ref_code = Text("ReferenceCode", access="ROO", volatile=True)
    session_is_master = Bool("IsPowerVMManagementMaster", access="ROO", since="V1_3_0")
    session_is_controller = Bool("IsPowerVMManagementController", access="ROO", since="V1_12_0")
    is_mgmt_partition_master = Bool("IsManagementPartitionPowerVMManagementMaster", access="ROO", since="V1_3_0")
    is_mgmt_partition_controller = Bool(
        "IsManagementPartitionPowerVMManagementController", access="ROO", since="V1_12_0"
    )
    is_hmc_master = Bool("IsHMCPowerVMManagementMaster", access="ROO", since="V1_3_0")
    is_hmc_controller = Bool("IsHMCPowerVMManagementController", access="ROO", since="V1_12_0")
    metered_pool_id = Text("MeteredPoolID", access="ROR", since="V1_8_0")
    groups = Links("AssociatedGroups", access="ROO", since="V1_2_0")
    processor_is_throttled = Bool("ProcessorThrottling", access="ROR", since="V1_8_0")
    tasks = Links("AssociatedTasks", access="ROO", since="V1_2_0")
    supported_ibmi_console_codepage = Texts("SupportedIBMiConsoleCodePage", access="ROO", since="V1_8_0")
    pmem_config = Child(
        "AssociatedPersistentMemoryConfiguration", SystemPersistentMemoryConfiguration, flat=True, recorded=False
    )
    ibmivirtualsoftwaretiers = Collection("IBMiVirtualSoftwareTiers", IBMiVirtualSoftwareTier, recorded=False)
    lpar_keystore_max_kbytes = Int("MaximumkeyStoreSize", unit="KB", recorded=False)
    lpar_keystore_min_kbytes = Int("MinimumKeyStoreSize", unit="KB", recorded=False)
