"""Virtual Fibre Channel (NPIV): a partition logs into the SAN with port names of its own."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Href, Int, Text
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.virtual_adapter import VirtualAdapterType
from openlpar.uom.virtual_scsi import VirtualSCSIStorage


class VirtualFibreChannelServerAdapter(Element, tag="ServerAdapter"):
    """The Virtual I/O Server's end of a virtual Fibre Channel connection (``vfchost0``)."""

    side = Enum("AdapterType", VirtualAdapterType, access="ROR")
    drc_name = Text("DynamicReconfigurationConnectorName", access="CUD")
    loc_code = Text("LocationCode", access="ROR")
    vios_id = Int("LocalPartitionID", access="CUR")
    is_required = Bool("RequiredAdapter", access="CUD")
    is_varied_on = Bool("VariedOn", access="CUD", volatile=True)
    use_next_slot = Bool("UseNextAvailableSlotID", recorded=False)
    use_next_high_slot = Bool("UseNextAvailableHighSlotID", recorded=False)
    vios_slot_num = Int("VirtualSlotNumber", access="COD")
    enabled = Bool("Enabled", recorded=False)
    name = Text("AdapterName", access="CUR")
    connecting_partition = Href("ConnectingPartition", recorded=False)
    lpar_id = Int("ConnectingPartitionID", access="CUR")
    lpar_slot_num = Int("ConnectingVirtualSlotNumber", access="CUR")
    udid = Text("UniqueDeviceID", access="CUR")
    map_port = Text("MapPort", access="CUR")
    physical_port = Child("PhysicalPort", PhysicalFibreChannelPort, access="CUD")


class NPortStatus(StrEnum):
    """Whether a port name is logged in to the fabric; the texts are those of the HMC's ``lsnportlogin``."""

    NOT_ACTIVATED = "0"
    ACTIVATED = "1"
    UNKNOWN = "2"


class VirtualFibreChannelNPortLoginStatus(Element):
    """One of the two port names of a client adapter. Names of the fields: IBM's ``ibm_power_hmc`` SDK."""

    wwpn = Text("WWPN", recorded=False)
    status = Enum("WWPNStatus", NPortStatus, recorded=False)
    logged_in_by = Text("LoggedInBy", recorded=False)
    reason = Text("StatusReason", recorded=False)


class VirtualFibreChannelClientAdapter(Element, metadata="id"):
    """The partition's end, with its pair of port names. ``LogicalPartition/{uuid}/VirtualFibreChannelClientAdapter``
    (read only), and as ``ClientAdapter`` inside a mapping, where it has no identity of its own.
    """

    side = Enum("AdapterType", VirtualAdapterType, access="ROR")
    drc_name = Text("DynamicReconfigurationConnectorName", access="CUD")
    loc_code = Text("LocationCode", access="ROR")
    lpar_id = Int("LocalPartitionID", access="CUR")
    is_required = Bool("RequiredAdapter", access="CUD")
    is_varied_on = Bool("VariedOn", access="CUD", volatile=True)
    use_next_slot = Bool("UseNextAvailableSlotID", recorded=False)
    use_next_high_slot = Bool("UseNextAvailableHighSlotID", recorded=False)
    lpar_slot_num = Int("VirtualSlotNumber", access="COD")
    enabled = Bool("Enabled", recorded=False)
    name = Text("AdapterName", recorded=False)
    connecting_partition = Href("ConnectingPartition", recorded=False)
    vios_id = Int("ConnectingPartitionID", access="CUR")
    vios_slot_num = Int("ConnectingVirtualSlotNumber", access="CUR")
    udid = Text("UniqueDeviceID", recorded=False)
    server_adapter = Child("ServerAdapter", VirtualFibreChannelServerAdapter, access="CUR")
    wwpns = Text("WWPNs", access="CUR")
    nport_logins = Collection("NportLoggedInStatus", VirtualFibreChannelNPortLoginStatus, recorded=False)
    operating_system_disks = Text("OperatingSystemDisks", recorded=False)


class VirtualFibreChannelMapping(Element):
    """A partition's virtual Fibre Channel adapter and the physical port that carries it. Lives inside
    VirtualIOServer.vfc_mappings.
    """

    client_lpar_href = Href("AssociatedLogicalPartition", access="CUR")
    client_adapter = Child("ClientAdapter", VirtualFibreChannelClientAdapter, access="CUR")
    backing_port = Child("Port", PhysicalFibreChannelPort, access="CUR")
    server_adapter = Child("ServerAdapter", VirtualFibreChannelServerAdapter, access="CUR")
    storage = Child("Storage", VirtualSCSIStorage, recorded=False)

    @property
    def client_id(self) -> int:
        """Id of the partition that it serves, 0 for none. Not a field: it is what the state's index finds mappings by."""
        return self.client_adapter.lpar_id if self.has("client_adapter") else 0
