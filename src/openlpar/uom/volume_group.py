"""Volume groups: local storage of a Virtual I/O Server cut into virtual disks."""

from __future__ import annotations

from openlpar.uom.core import Collection, Element, Int, Number, Text
from openlpar.uom.storage import PhysicalVolume, VirtualDisk, VirtualMediaRepository


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
