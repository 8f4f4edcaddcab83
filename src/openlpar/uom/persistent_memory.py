"""Persistent memory: volumes that survive a restart of their partition."""

from __future__ import annotations

from openlpar.uom.core import Bool, Element, Href, Int, Text, Uuid


class PersistentMemoryDevice(Element, metadata="id"):
    """A persistent memory device of the server. ``ManagedSystem/{uuid}/PersistentMemoryDevice``."""

    drc_index = Int("DynamicReconfigurationConnectorIndex", recorded=False)
    type = Text("Type", recorded=False)
    status = Text("Status", recorded=False)
    blocksize = Int("BlockSize", recorded=False)
    totalsize = Int("TotalSize", recorded=False)
    freesize = Int("FreeSize", recorded=False)
    max_num_volumes = Int("MaximumNumberOfVolumes", recorded=False)
    cur_num_volumes = Int("CurrentNumberOfVolumes", recorded=False)
    pys_loc = Text("PhysicalLocationCode", recorded=False)
    serial_number = Text("SerialNumber", recorded=False)


class PersistentMemoryVolume(Element, metadata="id"):
    """A volume on a persistent memory device. ``ManagedSystem/{uuid}/PersistentMemoryVolume``."""

    drc_index = Int("DeviceDynamicReconfigurationConnectorIndex", recorded=False)
    name = Text("Name", recorded=False)
    size = Int("Size", recorded=False)
    volume_id = Int("VolumeId", recorded=False)
    assoc_partition_name = Text("AssociatedPartitionName", recorded=False)
    assoc_partition_id = Int("AssociatedPartitionId", recorded=False)
    assoc_partition = Href("AssociatedPartition", recorded=False)
    pmem_vol_uuid = Uuid("Uuid", cli="uuid", recorded=False)


class VirtualPersistentMemoryVolume(Element, metadata="id"):
    """A volume kept in the server's main memory. ``ManagedSystem/{uuid}/VirtualPersistentMemoryVolume``."""

    pmem_vol_uuid = Uuid("Uuid", recorded=False)
    name = Text("Name", recorded=False)
    size = Int("Size", recorded=False)
    cur_size = Int("CurrentSize", recorded=False)
    volume_id = Int("VolumeId", recorded=False)
    affinity = Bool("Affinity", recorded=False)
    assoc_partition_name = Text("AssociatedPartitionName", recorded=False)
    assoc_partition_id = Int("AssociatedPartitionId", recorded=False)
    assoc_partition = Href("AssociatedPartition", recorded=False)
