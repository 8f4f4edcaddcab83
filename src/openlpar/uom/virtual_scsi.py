"""Virtual SCSI: disks, logical units and optical media that a Virtual I/O Server lends to a partition."""

from __future__ import annotations

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Href, Int, Text
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_adapter import VirtualAdapterType
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VirtualOpticalMedia


class VirtualSCSIClientAdapter(Element, tag="ClientAdapter"):
    """The partition's end of a virtual SCSI connection."""

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
    backing_dev_name = Text("BackingDeviceName", recorded=False)
    remote_backing_dev_name = Text("RemoteBackingDeviceName", recorded=False)
    vios_id = Int("RemoteLogicalPartitionID", access="CUR")
    vios_slot_num = Int("RemoteSlotNumber", access="CUA")
    server_loc_code = Text("ServerLocationCode", access="CUR")
    udid = Text("UniqueDeviceID", recorded=False)
    server_adapter = Child("ServerAdapter", lambda: VirtualSCSIServerAdapter, recorded=False)


class VirtualSCSIServerAdapter(Element, tag="ServerAdapter"):
    """The Virtual I/O Server's end of a virtual SCSI connection (``vhost0``)."""

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
    backing_dev_name = Text("BackingDeviceName", access="CUR")
    remote_backing_dev_name = Text("RemoteBackingDeviceName", recorded=False)
    lpar_id = Int("RemoteLogicalPartitionID", access="CUR")
    lpar_slot_num = Int("RemoteSlotNumber", access="CUA")
    server_loc_code = Text("ServerLocationCode", access="CUR")
    udid = Text("UniqueDeviceID", access="ROR")


class VirtualSCSIStorage(Element, tag="Storage", metadata="none"):
    """What is lent: exactly one of the four kinds of storage."""

    virtual_disk = Child("VirtualDisk", VirtualDisk)
    optical_media = Child("VirtualOpticalMedia", VirtualOpticalMedia)
    physical_volume = Child("PhysicalVolume", PhysicalVolume)
    logical_unit = Child("LogicalUnit", LogicalUnit)


class VirtualTargetDevice(Element):
    """What the four kinds of virtual target device have in common; never on the wire itself."""

    lua = Text("LogicalUnitAddress", access="CUR")
    name = Text("TargetName", access="CUR")
    udid = Text("UniqueDeviceID", access="ROR")


class LogicalVolumeVirtualTargetDevice(VirtualTargetDevice):
    """The device (``vtscsi0``) through which a virtual disk of a volume group is lent."""


class PhysicalVolumeVirtualTargetDevice(VirtualTargetDevice):
    """The device through which a whole physical volume is lent."""


class SharedStoragePoolLogicalUnitVirtualTargetDevice(VirtualTargetDevice, schema="V1_0"):
    """The device through which a logical unit of a shared storage pool is lent."""


class VirtualOpticalTargetDevice(VirtualTargetDevice):
    """The virtual optical drive (``vtopt0``) of a partition; the medium in it is the mapping's storage."""


class VirtualSCSITargetDevice(Element, tag="TargetDevice", metadata="none"):
    """Exactly one target device, of the kind that fits the storage."""

    virtual_disk = Child("LogicalVolumeVirtualTargetDevice", LogicalVolumeVirtualTargetDevice)
    optical_media = Child("VirtualOpticalTargetDevice", VirtualOpticalTargetDevice)
    physical_volume = Child("PhysicalVolumeVirtualTargetDevice", PhysicalVolumeVirtualTargetDevice)
    logical_unit = Child(
        "SharedStoragePoolLogicalUnitVirtualTargetDevice", SharedStoragePoolLogicalUnitVirtualTargetDevice
    )


class VirtualSCSIMapping(Element):
    """One thing lent to one partition. Lives inside VirtualIOServer.scsi_mappings, one mapping for each thing; several
    mappings may share one adapter pair.
    """

    client_lpar_href = Href("AssociatedLogicalPartition", access="CUR")
    client_adapter = Child("ClientAdapter", VirtualSCSIClientAdapter, access="CUR")
    server_adapter = Child("ServerAdapter", VirtualSCSIServerAdapter, access="CUR")
    backing_storage = Child("Storage", VirtualSCSIStorage, access="CUR")
    target_dev = Child("TargetDevice", VirtualSCSITargetDevice, access="CUR")

    @property
    def storage_udid(self) -> str:
        """UDID of what is lent; "" for an empty drive. Not a field: it is what the state's index finds mappings by."""
        storage = self.backing_storage
        return (
            storage.virtual_disk.udid
            or storage.optical_media.udid
            or storage.physical_volume.udid
            or storage.logical_unit.udid
        )

    @property
    def client_id(self) -> int:
        """Id of the partition that it serves, 0 for none. Not a field: it is what the state's index finds mappings by."""
        return self.client_adapter.lpar_id if self.has("client_adapter") else 0


class VirtualSCSIStorageAndTargetDevice(Element):
    """One thing lent over a bus."""

    backing_storage = Child("Storage", VirtualSCSIStorage, access="CUR", since="V1_4_0")
    target_dev = Child("TargetDevice", VirtualSCSITargetDevice, access="CUR", since="V1_4_0")


class VirtualSCSIBus(Element, metadata="id"):
    """An adapter pair with everything lent over it. ``VirtualIOServer/{uuid}/VirtualSCSIBus``: another view of the
    mappings.
    """

    client_lpar_href = Href("AssociatedLogicalPartition", access="CUR", since="V1_4_0")
    client_adapter = Child("ClientAdapter", VirtualSCSIClientAdapter, access="CUR", since="V1_4_0")
    server_adapter = Child("ServerAdapter", VirtualSCSIServerAdapter, access="CUR", since="V1_4_0")
    mappings = Collection("AssociatedMappings", VirtualSCSIStorageAndTargetDevice, access="CUR", since="V1_4_0")
