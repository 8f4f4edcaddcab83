"""Virtual I/O Servers: the partitions that own disks and network adapters and lend them to the others."""

from __future__ import annotations

from openlpar.uom.core import Bool, Child, Collection, Links, Text
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.network_bridge import SharedEthernetAdapter, TrunkAdapter
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_io import VirtualIOServerIOConfiguration
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume, VirtualMediaRepository


class VirtualIOServer(BasePartition, metadata="id"):
    """A partition that serves storage and network to others. ``VirtualIOServer``, also below ``ManagedSystem``.

    Its mappings, disks and adapters belong to extended attribute groups and are read only when asked for.
    """

    # Same element as a partition's, same names inside, other order and children.
    io_config = Child(  # type: ignore[assignment]
        "PartitionIOConfiguration", VirtualIOServerIOConfiguration, access="CUD"
    )
    api_capable = Bool("APICapable", access="CUD")
    manager_passthrough_capable = Bool("ManagerPassthroughCapable", access="CUD")
    vnic_capable = Bool("IsVNICCapable", access="CUD")
    vnic_failover_capable = Bool("VNICFailOverCapable", access="CUD", since="V1_4_0")
    server_install_configuration = Text("ServerInstallConfiguration", recorded=False)
    link_aggregations = Links("LinkAggregations", recorded=False)
    media_repositories = Collection(
        "MediaRepositories", VirtualMediaRepository, access="CUD", group="ViosStorage", cli="media_repository"
    )
    is_mover_service_partition = Bool("MoverServicePartition", access="CUD", hmc="msp")
    network_boot_devices = Links("NetworkBootDevices", recorded=False)
    paging_service_partition = Bool("PagingServicePartition", access="CUD")
    phys_vols = Collection("PhysicalVolumes", PhysicalVolume, access="CUD", group="ViosStorage")
    seas = Collection("SharedEthernetAdapters", SharedEthernetAdapter, access="CUD", group="ViosNetwork")
    ssp_capable = Bool("SharedStoragePoolCapable", recorded=False)
    ssp_version = Text("SharedStoragePoolVersion", recorded=False)
    storage_pools = Links("StoragePools", access="CUD", group="ViosStorage")
    trunk_adapters = Collection("TrunkAdapters", TrunkAdapter, access="CUD", group="ViosNetwork")
    license = Text("VirtualIOServerLicense", recorded=False)
    is_license_accepted = Bool("VirtualIOServerLicenseAccepted", access="CUD")
    vfc_mappings = Collection(
        "VirtualFibreChannelMappings", VirtualFibreChannelMapping, access="CUD", group="ViosFCMapping"
    )
    scsi_mappings = Collection("VirtualSCSIMappings", VirtualSCSIMapping, access="CUD", group="ViosSCSIMapping")
    io_adpts_for_link_agg = Collection(
        "FreeIOAdaptersForLinkAggregation", IOAdapterChoice, access="ROR", group="ViosNetwork"
    )
    free_eth_devs_for_sea = Collection(
        "FreeEthenetBackingDevicesForSEA", IOAdapterChoice, access="ROR", group="ViosNetwork"
    )
    vnic_backing_devices = Links("VirtualNICBackingDevices", recorded=False)
    vios_capabilities = Text("VirtualIOServerCapabilities", recorded=False)
    scsi_buses = Links("VirtualSCSIBus", recorded=False)
