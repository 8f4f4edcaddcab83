"""Shared storage pools: thin disks that every Virtual I/O Server of a cluster can serve."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Href, Int, Number, Percent, Text
from openlpar.uom.volume_group import EncryptionAgent, EncryptionState, PhysicalVolume


class LogicalUnitType(StrEnum):
    """What a logical unit is for."""

    DISK = "VirtualIO_Disk"
    HIBERNATION = "VirtualIO_Hibernation"
    IMAGE = "VirtualIO_Image"
    ACTIVE_MEMORY_SHARING = "VirtualIO_Active_Memory_Sharing"


class TierType(StrEnum):
    """Who may use a tier, and whether the pool's own data is in it. Only the first was recorded; that there are user tiers is
    documented, how they are called is not."""

    UNRESTRICTED_SYSTEM_TIER = "UnrestrictedSystemTier"
    USER_TIER = "UserTier"


class MirrorState(StrEnum):
    """Whether a tier is mirrored. Only the first was recorded."""

    NOT_MIRRORED = "NotMirrored"
    SYNCED = "Synced"


class FailureGroupState(StrEnum):
    """Whether all disks of a failure group work."""

    ONLINE = "Online"


class LogicalUnit(Element, metadata="id"):
    """A disk or image in a shared storage pool. ``Tier/{uuid}/LogicalUnit``; embedded in SharedStoragePool and
    mappings it has no identity but its ``udid``.
    """

    read_iops_limit = Int("ReadIOPS", unit="I/Os per s", recorded=False)
    write_iops_limit = Int("WriteIOPS", unit="I/Os per s", recorded=False)
    encryption_state = Enum("EncryptionState", EncryptionState, recorded=False)
    encryption_key = Text("EncryptionKey", recorded=False)
    encryption_agent = Child("EncryptionAgent", EncryptionAgent, recorded=False)
    device_tag = Text("Tag", cli="tag", recorded=False)
    emulate_model = Bool("EmulateModel", recorded=False)
    is_thin = Bool("ThinDevice", access="CUR")
    udid = Text("UniqueDeviceID", access="ROR")
    capacity = Number("UnitCapacity", access="COR", unit="GB")
    lu_type = Enum("LogicalUnitType", LogicalUnitType, access="COD")
    cloned_from_udid = Text("ClonedFrom", access="COD")
    in_use = Bool("InUse", access="ROR")
    name = Text("UnitName", access="CUR")
    migration = Text("LogicalUnitMigration", recorded=False)


class SharedStoragePool(Element, metadata="id", schema="V1_2_0"):
    """The pool of a cluster. ``SharedStoragePool``."""

    logical_units = Collection("LogicalUnits", LogicalUnit, access="CUD")
    multi_data_tier_configured = Bool("MultiDataTierConfigured", access="CUD")
    multi_failure_group_configured = Bool("MultiFailureGroupConfigured", access="CUD")
    physical_volumes = Collection("PhysicalVolumes", PhysicalVolume, access="CUR")
    capacity = Number("Capacity", access="CUR", unit="GB")
    free_space = Number("FreeSpace", access="CUR", unit="GB")
    over_commit_space = Number("OverCommitSpace", access="CUR", unit="GB")
    total_lu_size = Number("TotalLogicalUnitSize", access="CUR", unit="GB")
    alert_threshold = Percent("AlertThreshold", access="CUD")
    name = Text("StoragePoolName", access="CUR")
    udid = Text("UniqueDeviceID", access="ROR")


class FailureGroup(Element):
    """Physical volumes of a tier that may fail together; a second group mirrors the first."""

    name = Text("Name", access="CUR", since="V1_3_0")
    udid = Text("UniqueDeviceID", access="ROR", since="V1_3_0")
    capacity = Number("Capacity", access="ROR", since="V1_3_0", unit="GB")
    state = Enum("State", FailureGroupState, access="ROR", since="V1_3_0")
    physical_volumes = Collection("PhysicalVolumes", PhysicalVolume, access="CUD", since="V1_3_0")


class Tier(Element, metadata="id"):
    """A class of storage in a pool. ``Tier``, also below ``SharedStoragePool``."""

    name = Text("Name", access="CUR", since="V1_3_0")
    udid = Text("UniqueDeviceID", access="ROR", since="V1_3_0")
    tier_type = Enum("Type", TierType, access="CUD", since="V1_3_0")
    is_default = Bool("IsDefault", access="CUD", since="V1_3_0")
    capacity = Number("Capacity", access="ROR", since="V1_3_0", unit="GB")
    mirror_state = Enum("MirrorState", MirrorState, access="ROR", since="V1_3_0")
    failure_groups = Collection("FailureGroups", FailureGroup, access="CUD", since="V1_3_0")
    ssp_uri = Href("AssociatedSharedStoragePool", access="CUD", since="V1_3_0", cli="ssp_uuid")
