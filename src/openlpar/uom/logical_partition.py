"""Logical partitions (LPARs) that run AIX, Linux or IBM i."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Enum, Href, Int, Links, Number, Text
from openlpar.uom.partition import BasePartition, BootListInformation


class MigrationState(StrEnum):
    """State of a partition migration. Recorded is only the first; the others follow its form and the words of the HMC."""

    NOT_MIGRATING = "Not_Migrating"
    STARTING = "Migration_Starting"
    IN_PROGRESS = "Migration_In_Progress"


class RemoteRestartState(StrEnum):
    """State of a partition with regard to being restarted on another server."""

    INVALID = "Invalid"
    REMOTE_RESTARTABLE = "Remote_Restartable"
    SOURCE_REMOTE_RESTARTING = "Source_Remote_Restarting"
    DESTINATION_REMOTE_RESTARTING = "Destination_Remote_Restarting"
    REMOTE_RESTARTED = "Remote_Restarted"
    PROFILE_RESTORED = "Profile_Restored"
    RESERVED_STORAGE_DEVICE_UPDATE_FAILED = "Reserved_Storage_Device_Update_Failed"
    FORCED_SOURCE_SIDE_RESTART = "Forced_Source_Side_Restart"
    SOURCE_SIDE_CLEANUP_FAILED = "Source_Side_Cleanup_Failed"
    RESERVED_STORAGE_DEVICE_UPDATE_FAILED_WITH_OVERRIDE = "Reserved_Storage_Device_Update_Failed_With_Override"
    REMOTE_RESTARTABLE_SUSPENDED = "Remote_Restartable_Suspended"
    LOCAL_UPDATE_FAILED = "Local_Update_Failed"
    PARTIAL_UPDATE = "Partial_Update"
    STALE_DATA = "Stale_Data"
    LOCAL_DATA_VALID = "Local_Data_Valid"
    OUT_OF_SPACE = "Out_Of_Space"
    LOCAL_DATA_INVALID = "Local_Data_Invalid"
    DESTINATION_REMOTE_RESTARTED = "Destination_Remote_Restarted"
    SOURCE_REMOTE_RESTARTING_SUSPENDED = "Source_Remote_Restarting_Suspended"
    LOCAL_STORAGE_UPDATE_FAILED = "Local_Storage_Update_Failed"
    PAGE_DEVICE_UPDATE_OVERRIDE = "Page_Device_Update_Override"


class PowerManagementMode(StrEnum):
    """Energy management of a partition."""

    NONE = "None"


class IPLSource(StrEnum):
    """Copy of its code from which an IBM i partition starts."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    UNKNOWN = "Unknown"


class LogicalPartition(BasePartition, metadata="id", schema="V1_2_0"):
    """A partition running AIX, Linux or IBM i. ``LogicalPartition``, also below ``ManagedSystem``."""

    migration_storage_vios_data_status = Text("MigrationStorageViosDataStatus", recorded=False)
    migration_storage_vios_data_timestamp = Text("MigrationStorageViosDataTimestamp", recorded=False)
    rr_enabled = Bool("RemoteRestartCapable", access="CUA", hmc="remote_restart_capable")
    srr_enabled = Bool(
        "SimplifiedRemoteRestartCapable", access="CUD", since="V1_2_0", hmc="simplified_remote_restart_capable"
    )
    has_dedicated_processors_for_migration = Bool("HasDedicatedProcessorsForMigration", access="ROR")
    suspend_capable = Bool("SuspendCapable", access="CUD", hmc="suspend_capable")
    migration_disable = Bool("MigrationDisable", hmc="migration_disabled", recorded=False)
    migration_state = Enum("MigrationState", MigrationState, access="ROR")
    rr_state = Enum("RemoteRestartState", RemoteRestartState, access="ROR", hmc="remote_restart_status")
    primary_paging_vios = Href("PrimaryPagingServicePartition", recorded=False)
    power_management_mode = Enum("PowerManagementMode", PowerManagementMode, access="CUR")
    secondary_paging_vios = Href("SecondaryPagingServicePartition", recorded=False)
    uses_high_speed_link_opticonnect = Bool("UsesHighSpeedLinkOpticonnect", access="CUA")
    uses_virtual_opticonnect = Bool("UsesVirtualOpticonnect", access="CUA")
    vfc_client_adapters = Links("VirtualFibreChannelClientAdapters", access="CUR")
    scsi_client_adapters = Links("VirtualSCSIClientAdapters", access="CUR")
    restrictedio = Bool("IsRestrictedIOPartition", access="CUD", hmc="os400_restricted_io_mode")
    storage_device_udid = Text("StorageDeviceUniqueDeviceID", recorded=False)
    desig_ipl_src = Enum("DesignatedIPLSource", IPLSource, access="CUR", hmc="ipl_source")
    dedicated_vnics = Links("DedicatedVirtualNICs", recorded=False)
    bootlist_info = Child("BootListInformation", BootListInformation, recorded=False)
    virtual_serial_number = Text("VirtualSerialNumber", access="UOD", since="V1_13_0", hmc="virtual_serial_num")
    virtual_software_tier = Text("AssociatedIBMiVirtualSoftwareTier", recorded=False)
    kvm_capable = Bool("KvmCapable", recorded=False)
    kvm_memory_overhead = Number("KvmMemoryOverhead", unit="MB", recorded=False)
    min_affinity_score = Int("MinimumAffinityScore", recorded=False)
    min_affinity_score_action = Text("MinimumAffinityScoreAction", recorded=False)
