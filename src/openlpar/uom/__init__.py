"""What exists: every element type of the PowerVM Unified Object Model, one module per noun.

``registry`` leads from the element name of a first-class object to its type; ``element_types`` holds all types by
class name.
"""

# The sorter would split these into one statement for each name.
# isort: skip_file

from __future__ import annotations

from openlpar.uom.affinity import GetDPOStatus as GetDPOStatus
from openlpar.uom.client_network_adapter import ClientNetworkAdapter as ClientNetworkAdapter
from openlpar.uom.cluster import (
    Cluster as Cluster,
    Node as Node,
    NodeState as NodeState,
    RepositoryDisk as RepositoryDisk,
)
from openlpar.uom.core import (
    Access as Access,
    Bool as Bool,
    BadValue as BadValue,
    Child as Child,
    Children as Children,
    Collection as Collection,
    Element as Element,
    Enum as Enum,
    Field as Field,
    Href as Href,
    Int as Int,
    Ints as Ints,
    Links as Links,
    Many as Many,
    Number as Number,
    Percent as Percent,
    Text as Text,
    Texts as Texts,
    Uuid as Uuid,
)
from openlpar.uom.discovery import (
    Operation as Operation,
    OperationParameter as OperationParameter,
    OperationSet as OperationSet,
    ProgressType as ProgressType,
    QuickProperty as QuickProperty,
    QuickPropertyCollection as QuickPropertyCollection,
)
from openlpar.uom.enterprise_pool import (
    ComplianceState as ComplianceState,
    PowerEnterprisePool as PowerEnterprisePool,
    PowerEnterprisePoolManagementConsole as PowerEnterprisePoolManagementConsole,
    PowerEnterprisePoolMember as PowerEnterprisePoolMember,
)
from openlpar.uom.event import Event as Event, EventType as EventType
from openlpar.uom.file import File as File, FileType as FileType, InternetMediaType as InternetMediaType
from openlpar.uom.http_error import HttpErrorResponse as HttpErrorResponse
from openlpar.uom.io_adapter import (
    AdapterDeviceType as AdapterDeviceType,
    EthernetBackingDevice as EthernetBackingDevice,
    IOAdapter as IOAdapter,
    IPInterface as IPInterface,
    InterfaceState as InterfaceState,
    PhysicalAdapter as PhysicalAdapter,
    PhysicalFibreChannelAdapter as PhysicalFibreChannelAdapter,
    PhysicalFibreChannelPort as PhysicalFibreChannelPort,
    RelatedIOAdapter as RelatedIOAdapter,
)
from openlpar.uom.io_adapter_choice import IOAdapterChoice as IOAdapterChoice
from openlpar.uom.io_slot import (
    AssociatedIOSlot as AssociatedIOSlot,
    IOBus as IOBus,
    IOSlot as IOSlot,
    RelatedIBMiIOSlot as RelatedIBMiIOSlot,
)
from openlpar.uom.job import (
    DiscreteProgress as DiscreteProgress,
    JobParameter as JobParameter,
    JobRequest as JobRequest,
    JobResponse as JobResponse,
    JobStatus as JobStatus,
    NLSMessage as NLSMessage,
    NLSStaticMessage as NLSStaticMessage,
    Progress as Progress,
    RequestedOperation as RequestedOperation,
    ResponseException as ResponseException,
)
from openlpar.uom.logical_partition import (
    IPLSource as IPLSource,
    LogicalPartition as LogicalPartition,
    MigrationState as MigrationState,
    PowerManagementMode as PowerManagementMode,
    RemoteRestartState as RemoteRestartState,
)
from openlpar.uom.logon import LogonRequest as LogonRequest, LogonResponse as LogonResponse
from openlpar.uom.managed_system import (
    AssociatedIPLConfiguration as AssociatedIPLConfiguration,
    AssociatedSystemSecurity as AssociatedSystemSecurity,
    IBMiVirtualSoftwareTier as IBMiVirtualSoftwareTier,
    MajorBootType as MajorBootType,
    ManagedSystem as ManagedSystem,
    ManagedSystemDetailedState as ManagedSystemDetailedState,
    ManagedSystemState as ManagedSystemState,
    PartitionStartPolicy as PartitionStartPolicy,
    PowerOnOption as PowerOnOption,
    PowerOnSide as PowerOnSide,
    PowerOnSpeed as PowerOnSpeed,
    ServiceProcessorFailoverState as ServiceProcessorFailoverState,
    SystemMigrationInformation as SystemMigrationInformation,
    SystemPersistentMemoryConfiguration as SystemPersistentMemoryConfiguration,
)
from openlpar.uom.management_console import (
    AuthorizedKeys as AuthorizedKeys,
    ManagementConsole as ManagementConsole,
    ManagementConsoleNetworkInterface as ManagementConsoleNetworkInterface,
)
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber as MachineTypeModelAndSerialNumber
from openlpar.uom.network_bridge import (
    BackingDeviceChoice as BackingDeviceChoice,
    HighAvailabilityMode as HighAvailabilityMode,
    LoadGroup as LoadGroup,
    NetworkBridge as NetworkBridge,
    QualityOfServiceMode as QualityOfServiceMode,
    SEAConfigurationState as SEAConfigurationState,
    SharedEthernetAdapter as SharedEthernetAdapter,
    TrunkAdapter as TrunkAdapter,
)
from openlpar.uom.partition import (
    BasePartition as BasePartition,
    BootListInformation as BootListInformation,
    PartitionCapabilities as PartitionCapabilities,
    PartitionPersistentMemoryConfiguration as PartitionPersistentMemoryConfiguration,
)
from openlpar.uom.partition_io import (
    PartitionIOConfiguration as PartitionIOConfiguration,
    ProfileClientNetworkAdapter as ProfileClientNetworkAdapter,
    ProfileIOSlot as ProfileIOSlot,
    ProfileTrunkAdapter as ProfileTrunkAdapter,
    ProfileVirtualFibreChannelServerAdapter as ProfileVirtualFibreChannelServerAdapter,
    ProfileVirtualIOAdapterSubclass as ProfileVirtualIOAdapterSubclass,
    ProfileVirtualSCSIClientAdapter as ProfileVirtualSCSIClientAdapter,
    ProfileVirtualSCSIServerAdapter as ProfileVirtualSCSIServerAdapter,
    TaggedIO as TaggedIO,
    VirtualIOServerIOConfiguration as VirtualIOServerIOConfiguration,
)
from openlpar.uom.partition_memory import PartitionMemoryConfiguration as PartitionMemoryConfiguration
from openlpar.uom.partition_processors import (
    CurrentDedicatedProcessorConfiguration as CurrentDedicatedProcessorConfiguration,
    CurrentSharedProcessorConfiguration as CurrentSharedProcessorConfiguration,
    DedicatedProcessorConfiguration as DedicatedProcessorConfiguration,
    PartitionProcessorConfiguration as PartitionProcessorConfiguration,
    SharedProcessorConfiguration as SharedProcessorConfiguration,
    SharingMode as SharingMode,
)
from openlpar.uom.partition_state import (
    BootMode as BootMode,
    KeylockPosition as KeylockPosition,
    PartitionState as PartitionState,
    PartitionType as PartitionType,
    ProcessorCompatibilityMode as ProcessorCompatibilityMode,
    ProfileSync as ProfileSync,
    ProgressState as ProgressState,
    RMCState as RMCState,
)
from openlpar.uom.pcm import (
    ManagedSystemPcmPreference as ManagedSystemPcmPreference,
    PcmMachineTypeModelSerialNumber as PcmMachineTypeModelSerialNumber,
)
from openlpar.uom.persistent_memory import (
    PersistentMemoryDevice as PersistentMemoryDevice,
    PersistentMemoryVolume as PersistentMemoryVolume,
    VirtualPersistentMemoryVolume as VirtualPersistentMemoryVolume,
)
from openlpar.uom.serial_number import VirtualSerialNumberInformation as VirtualSerialNumberInformation
from openlpar.uom.shared_processor_pool import SharedProcessorPool as SharedProcessorPool
from openlpar.uom.shared_storage_pool import (
    FailureGroup as FailureGroup,
    FailureGroupState as FailureGroupState,
    LogicalUnit as LogicalUnit,
    LogicalUnitType as LogicalUnitType,
    MirrorState as MirrorState,
    SharedStoragePool as SharedStoragePool,
    Tier as Tier,
    TierType as TierType,
)
from openlpar.uom.sriov import (
    SRIOVAdapter as SRIOVAdapter,
    SRIOVAdapterMode as SRIOVAdapterMode,
    SRIOVAdapterPersonality as SRIOVAdapterPersonality,
    SRIOVAdapterState as SRIOVAdapterState,
    SRIOVConvergedNetworkAdapterPhysicalPort as SRIOVConvergedNetworkAdapterPhysicalPort,
    SRIOVEthernetLogicalPort as SRIOVEthernetLogicalPort,
    SRIOVEthernetPhysicalPort as SRIOVEthernetPhysicalPort,
    SRIOVPortMTU as SRIOVPortMTU,
    SRIOVPortSpeed as SRIOVPortSpeed,
    SRIOVPortType as SRIOVPortType,
    SRIOVRoCEPhysicalPort as SRIOVRoCEPhysicalPort,
    SRIOVUnconfiguredLogicalPort as SRIOVUnconfiguredLogicalPort,
    VNICPortUsage as VNICPortUsage,
)
from openlpar.uom.storage import (
    BackStoreType as BackStoreType,
    DiskFileFormat as DiskFileFormat,
    EncryptionAgent as EncryptionAgent,
    EncryptionState as EncryptionState,
    LUKSEncryptor as LUKSEncryptor,
    MountType as MountType,
    PhysicalVolume as PhysicalVolume,
    PhysicalVolumeState as PhysicalVolumeState,
    ReservePolicy as ReservePolicy,
    ReservePolicyAlgorithm as ReservePolicyAlgorithm,
    VirtualDisk as VirtualDisk,
    VirtualDiskType as VirtualDiskType,
    VirtualMediaRepository as VirtualMediaRepository,
    VirtualOpticalMedia as VirtualOpticalMedia,
)
from openlpar.uom.system_capabilities import (
    AssociatedSystemCapabilities as AssociatedSystemCapabilities,
    CapabilityState as CapabilityState,
)
from openlpar.uom.system_configuration import (
    AddressBroadcastPolicy as AddressBroadcastPolicy,
    AssociatedSystemIOConfiguration as AssociatedSystemIOConfiguration,
    AssociatedSystemMemoryConfiguration as AssociatedSystemMemoryConfiguration,
    AssociatedSystemProcessorConfiguration as AssociatedSystemProcessorConfiguration,
    AssociatedSystemVirtualNetwork as AssociatedSystemVirtualNetwork,
    MemoryMirroringMode as MemoryMirroringMode,
    MemoryMirroringState as MemoryMirroringState,
    TurboCoreSupport as TurboCoreSupport,
)
from openlpar.uom.virtual_adapter import VirtualAdapterType as VirtualAdapterType
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter as VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping as VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter as VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer as VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork as VirtualNetwork
from openlpar.uom.virtual_scsi import (
    LogicalVolumeVirtualTargetDevice as LogicalVolumeVirtualTargetDevice,
    PhysicalVolumeVirtualTargetDevice as PhysicalVolumeVirtualTargetDevice,
    SharedStoragePoolLogicalUnitVirtualTargetDevice as SharedStoragePoolLogicalUnitVirtualTargetDevice,
    VirtualOpticalTargetDevice as VirtualOpticalTargetDevice,
    VirtualSCSIBus as VirtualSCSIBus,
    VirtualSCSIClientAdapter as VirtualSCSIClientAdapter,
    VirtualSCSIMapping as VirtualSCSIMapping,
    VirtualSCSIServerAdapter as VirtualSCSIServerAdapter,
    VirtualSCSIStorage as VirtualSCSIStorage,
    VirtualSCSIStorageAndTargetDevice as VirtualSCSIStorageAndTargetDevice,
    VirtualSCSITargetDevice as VirtualSCSITargetDevice,
    VirtualTargetDevice as VirtualTargetDevice,
)
from openlpar.uom.virtual_switch import SwitchMode as SwitchMode, VirtualSwitch as VirtualSwitch
from openlpar.uom.vnic import (
    VirtualNICBackingDeviceChoice as VirtualNICBackingDeviceChoice,
    VirtualNICBackingDeviceStatus as VirtualNICBackingDeviceStatus,
    VirtualNICBackingDeviceType as VirtualNICBackingDeviceType,
    VirtualNICDedicated as VirtualNICDedicated,
    VirtualNICDetails as VirtualNICDetails,
    VirtualNICMode as VirtualNICMode,
    VirtualNICSRIOVBackingDevice as VirtualNICSRIOVBackingDevice,
)
from openlpar.uom.volume_group import VolumeGroup as VolumeGroup

element_types: dict[str, type[Element]] = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Element) and value is not Element
}
registry: dict[str, type[Element]] = {cls.tag: cls for cls in element_types.values() if cls.metadata == "id"}
