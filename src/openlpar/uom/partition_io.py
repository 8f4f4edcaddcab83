"""I/O of a partition: its physical slots, tagged devices and virtual adapters as profile entries."""

from __future__ import annotations

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Int, Links, Text
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.virtual_adapter import VirtualAdapterType


class TaggedIO(Element, schema="V1_2_0"):
    """Devices with a special task for an IBM i partition: load source, console, restart device. A slot number or
    ``NONE``.
    """

    alternate_console = Text("AlternateConsole", hmc="alt_console_slot", recorded=False)
    alt_load_src = Text("AlternateLoadSource", access="CUD", hmc="alt_restart_device_slot")
    console = Text("Console", access="CUR", hmc="console_slot")
    load_src = Text("LoadSource", access="CUR", hmc="load_source_slot")
    operations_console = Text("OperationsConsole", hmc="op_console_slot", recorded=False)


class ProfileIOSlot(Element):
    """A physical I/O slot assigned to a partition; the slot itself is described by AssociatedIOSlot."""

    slot = Child("AssociatedIOSlot", AssociatedIOSlot, flat=True, access="CUD")
    required = Bool("IsRequired", access="CUD")


class ProfileVirtualSCSIServerAdapter(Element):
    """A virtual SCSI server adapter as a profile entry of a Virtual I/O Server."""

    slot = Int("VirtualSlotNumber", access="CUR")
    side = Enum("AdapterType", VirtualAdapterType, access="CUR")
    lpar_id = Int("LocalPartitionID", access="CUR")
    remote_slot = Int("RemoteSlotNumber", access="CUA")
    remote_lpar_id = Int("RemotePartitionID", access="CUR")


class ProfileVirtualSCSIClientAdapter(Element):
    """A virtual SCSI client adapter as a profile entry."""

    slot = Int("VirtualSlotNumber", access="CUR")
    side = Enum("AdapterType", VirtualAdapterType, access="CUR")
    lpar_id = Int("LocalPartitionID", access="CUR")
    remote_slot = Int("RemoteSlotNumber", access="CUA")
    remote_lpar_id = Int("RemotePartitionID", access="CUR")


class ProfileVirtualFibreChannelServerAdapter(Element):
    """A virtual Fibre Channel server adapter as a profile entry of a Virtual I/O Server."""

    slot = Int("VirtualSlotNumber", access="CUR")
    side = Enum("AdapterType", VirtualAdapterType, access="CUR")
    lpar_id = Int("LocalPartitionID", access="CUR")
    remote_slot = Int("ConnectingVirtualSlotNumber", access="CUR")
    remote_lpar_id = Int("ConnectingPartitionID", access="CUR")


class ProfileTrunkAdapter(Element):
    """A trunk adapter (virtual Ethernet with access to the outside) as a profile entry of a Virtual I/O Server."""

    slot = Int("VirtualSlotNumber", access="CUR")
    side = Enum("AdapterType", VirtualAdapterType, access="CUR")
    lpar_id = Int("LocalPartitionID", access="CUR")
    mac = Text("MaCAddressValue", access="CUD")
    pvid = Int("PortVLANID", access="CUR")
    tagged_vlans = Text("TaggedVLANIDs", access="CUA")
    vswitch_id = Int("VirtualSwitchID", access="ROR")
    trunk_pri = Int("TrunkPriority", access="ROR")


class ProfileClientNetworkAdapter(Element):
    """A virtual Ethernet adapter as a profile entry."""

    slot = Int("VirtualSlotNumber", access="CUR")
    side = Enum("AdapterType", VirtualAdapterType, access="CUR")
    lpar_id = Int("LocalPartitionID", access="CUR")
    mac = Text("MaCAddressValue", access="CUD")
    pvid = Int("PortVLANID", access="CUR")
    tagged_vlans = Text("TaggedVLANIDs", access="CUA")
    vswitch_id = Int("VirtualSwitchID", access="ROR")


class ProfileVirtualIOAdapterSubclass(Element, metadata="none"):
    """Exactly one of the kinds of virtual adapter that a profile may name."""

    trunk = Child("ProfileTrunkAdapter", ProfileTrunkAdapter)
    vfc_server = Child("ProfileVirtualFibreChannelServerAdapter", ProfileVirtualFibreChannelServerAdapter)
    scsi_server = Child("ProfileVirtualSCSIServerAdapter", ProfileVirtualSCSIServerAdapter)
    client_network = Child("ProfileClientNetworkAdapter", ProfileClientNetworkAdapter)
    scsi_client = Child("ProfileVirtualSCSIClientAdapter", ProfileVirtualSCSIClientAdapter)


class PartitionIOConfiguration(Element, schema="V1_2_0"):
    """Physical slots and virtual slot limit of a logical partition."""

    ethernet_adapter_capabilities = Links("EthernetAdapterCapabilities", access="CUD")
    high_speed_link_opticonnect_pool = Bool("HighSpeedLinkOpticonnectPool", access="CUD")
    max_virtual_slots = Int("MaximumVirtualIOSlots", access="CUD", hmc="max_virtual_slots")
    hca_adapters = Links("HostChannelAdapters", access="CUD")
    io_slots = Collection("ProfileIOSlots", ProfileIOSlot, access="CUD")
    tagged_io = Child("TaggedIO", TaggedIO, access="CUD")
    virtual_opticonnect_pool = Bool("VirtualOpticonnectPool", access="CUD")
    current_max_virtual_slots = Int("CurrentMaximumVirtualIOSlots", access="ROR", hmc="curr_max_virtual_slots")


class VirtualIOServerIOConfiguration(Element, tag="PartitionIOConfiguration"):
    """Physical slots, virtual slot limit and virtual adapters of a Virtual I/O Server; ordered differently from a
    partition's.
    """

    hca_adapters = Links("HostChannelAdapters", access="ROR")
    max_virtual_slots = Int("MaximumVirtualIOSlots", access="CUD", hmc="max_virtual_slots")
    io_slots = Collection("ProfileIOSlots", ProfileIOSlot, access="CUD")
    virtual_io_adapters = Collection("ProfileVirtualIOAdapters", ProfileVirtualIOAdapterSubclass, access="CUD")
    current_max_virtual_slots = Int("CurrentMaximumVirtualIOSlots", access="ROR", hmc="curr_max_virtual_slots")
