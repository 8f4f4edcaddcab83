"""Storage of a Virtual I/O Server: physical volumes, volume groups, virtual disks and optical media."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Href, Int, Number, Text


class PhysicalVolumeState(StrEnum):
    """State of a disk in its volume group."""

    ACTIVE = "active"
    MISSING = "missing"
    REMOVED = "removed"
    VARIED_OFF = "varied off"


class ReservePolicy(StrEnum):
    """Whether a disk is reserved by its first user."""

    NO_RESERVE = "NoReserve"
    SINGLE_PATH = "SinglePath"


class ReservePolicyAlgorithm(StrEnum):
    """How the paths to a disk are used."""

    FAILOVER = "Failover"
    LOAD_BALANCE = "Load_Balance"
    ROUND_ROBIN = "Round_Robin"


class EncryptionState(StrEnum):
    """State of an encrypted disk."""

    UNENCRYPTED = "Unencrypted"
    FORMATTED = "Formatted"
    UNLOCKED = "Unlocked"


class VirtualDiskType(StrEnum):
    """What a virtual disk is made of."""

    FILE = "File"
    LOGICAL_VOLUME = "LogicalVolume"
    RBD = "RBD"


class BackStoreType(StrEnum):
    """How the virtual disk is served."""

    FILE_IO = "fileio"
    USER_QCOW = "user:qcow"
    LOOP = "loop"
    USER_RBD = "user:rbd"


class DiskFileFormat(StrEnum):
    """Format of a virtual disk kept in a file."""

    RAW = "raw"
    QCOW2 = "qcow2"


class GroupState(StrEnum):
    """State of a volume group that is not in use as usual: it was taken out of use, or its I/O waits."""

    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class MountType(StrEnum):
    """Whether a medium may be written."""

    READ_WRITE = "rw"
    READ_ONLY = "ro"


class LUKSEncryptor(Element, schema="V1_7_0"):
    """Parameters of the LUKS encryption of a disk."""

    cipher = Text("Cipher", access="CUD", since="V1_7_0")
    key_size = Int("KeySize", access="CUD", since="V1_7_0", unit="bit")
    hash_spec = Text("Hash", access="CUD", since="V1_7_0")


class EncryptionAgent(Element, metadata="none"):
    """Who encrypts a disk; LUKS is the only kind there is."""

    luks = Child("LUKSEncryptor", LUKSEncryptor)


class PhysicalVolume(Element):
    """A disk of a Virtual I/O Server (``hdisk0``): local, SAN or iSCSI."""

    read_iops_limit = Int("ReadIOPS", access="CUD", since="V1_7_0", unit="I/Os per s")
    write_iops_limit = Int("WriteIOPS", access="CUD", since="V1_7_0", unit="I/Os per s")
    encryption_state = Enum("EncryptionState", EncryptionState, access="CUD", since="V1_7_0")
    encryption_key = Text("EncryptionKey", recorded=False)
    encryption_agent = Child("EncryptionAgent", EncryptionAgent, access="CUD", since="V1_7_0")
    device_tag = Text("Tag", cli="tag", recorded=False)
    emulate_model = Bool("EmulateModel", recorded=False)
    available_physical_partitions = Int("AvailablePhysicalPartitions", recorded=False)
    description = Text("Description", access="CUD")
    loc_code = Text("LocationCode", access="ROR")
    persistent_reserve_key_value = Text("PersistentReserveKeyValue", access="ROR")
    reserve_policy = Enum("ReservePolicy", ReservePolicy, access="CUD")
    reserve_policy_algorithm = Enum("ReservePolicyAlgorithm", ReservePolicyAlgorithm, access="CUD")
    total_physical_partitions = Int("TotalPhysicalPartitions", recorded=False)
    udid = Text("UniqueDeviceID", access="ROR")
    usage = Bool("Usage", access="CUD")
    avail_for_use = Bool("AvailableForUsage", access="CUD")
    capacity = Int("VolumeCapacity", access="CUR", unit="MB")
    name = Text("VolumeName", access="CUR")
    state = Enum("VolumeState", PhysicalVolumeState, access="ROR")
    volume_unique_id = Text("VolumeUniqueID", access="ROR")
    is_fc_backed = Bool("IsFibreChannelBacked", access="ROR")
    storage_label = Text("StorageLabel", access="ROR", since="V1_3_0")
    pg83 = Text("DescriptorPage83", access="ROR")


class VirtualDisk(Element):
    """A virtual disk: a logical volume, a file or an RBD image. Lives inside VolumeGroup.virtual_disks."""

    read_iops_limit = Int("ReadIOPS", access="CUD", since="V1_7_0", unit="I/Os per s")
    write_iops_limit = Int("WriteIOPS", access="CUD", since="V1_7_0", unit="I/Os per s")
    encryption_state = Enum("EncryptionState", EncryptionState, access="CUD", since="V1_7_0")
    encryption_key = Text("EncryptionKey", recorded=False)
    encryption_agent = Child("EncryptionAgent", EncryptionAgent, access="CUD", since="V1_7_0")
    device_tag = Text("Tag", cli="tag", recorded=False)
    emulate_model = Bool("EmulateModel", recorded=False)
    capacity = Number("DiskCapacity", access="CUR", unit="GB")
    label = Text("DiskLabel", access="CUR")
    name = Text("DiskName", access="CUR")
    max_logical_volumes = Int("MaxLogicalVolumes", recorded=False)
    partition_size = Int("PartitionSize", recorded=False)
    vg_uri = Href("VolumeGroup", access="ROR")
    base_image = Text("BaseImage", recorded=False)
    udid = Text("UniqueDeviceID", access="ROR")
    vdtype = Enum("VirtualDiskType", VirtualDiskType, access="CUD", since="V1_5_0")
    backstore_type = Enum("BackStoreType", BackStoreType, recorded=False)
    file_format = Enum("FileFormat", DiskFileFormat, recorded=False)
    rbd_user = Text("RbdUser", recorded=False)
    optional_parameters = Text("OptionalParameters", recorded=False)


class VirtualOpticalMedia(Element):
    """An ISO image in a media repository, ready for a virtual optical drive."""

    read_iops_limit = Int("ReadIOPS", unit="I/Os per s", recorded=False)
    write_iops_limit = Int("WriteIOPS", unit="I/Os per s", recorded=False)
    encryption_state = Enum("EncryptionState", EncryptionState, recorded=False)
    encryption_key = Text("EncryptionKey", recorded=False)
    encryption_agent = Child("EncryptionAgent", EncryptionAgent, recorded=False)
    device_tag = Text("Tag", cli="tag", recorded=False)
    emulate_model = Bool("EmulateModel", recorded=False)
    name = Text("MediaName", access="CUR")
    udid = Text("MediaUDID", access="ROR")
    mount_type = Enum("MountType", MountType, access="CUD")
    size = Number("Size", access="CUR", unit="GB")


class VirtualMediaRepository(Element):
    """The library of optical media of a Virtual I/O Server; lives in a volume group."""

    optical_media = Collection("OpticalMedia", VirtualOpticalMedia, access="CUD")
    name = Text("RepositoryName", access="CUR")
    size = Number("RepositorySize", access="CUR", unit="GB")


class VolumeGroup(Element, metadata="id", schema="V1_2_0"):
    """A volume group with its disks, virtual disks and media repository. ``VirtualIOServer/{uuid}/VolumeGroup``."""

    available_size = Number("AvailableSize", access="ROR", unit="GB")
    backing_device_count = Int("BackingDeviceCount", recorded=False)
    free_space = Number("FreeSpace", access="ROR", unit="GB")
    capacity = Number("GroupCapacity", access="CUR", unit="GB")
    name = Text("GroupName", access="CUR")
    serial_id = Text("GroupSerialID", access="ROR")
    group_state = Text("GroupState", recorded=False)
    max_logical_volumes = Int("MaximumLogicalVolumes", access="ROR")
    partition_size = Int("PartitionSize", access="CUR", unit="MB")
    vmedia_repos = Collection("MediaRepositories", VirtualMediaRepository, access="CUD")
    min_allocation_size = Number("MinimumAllocationSize", recorded=False)
    phys_vols = Collection("PhysicalVolumes", PhysicalVolume, access="CUD")
    udid = Text("UniqueDeviceID", access="ROR")
    virtual_disks = Collection("VirtualDisks", VirtualDisk, access="CUD")
