"""Fields by which operations look objects up, so that the state finds them without a scan."""

from __future__ import annotations

from typing import Any

from openlpar.ports.records import Due, ErrorEntry, Job, Migration, RmcConnection
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

INDEXED: dict[Any, tuple[str, ...]] = {
    LogicalPartition: ("name", "id"),
    VirtualIOServer: ("name", "id"),
    ClientNetworkAdapter: ("mac", "pvid"),
    VirtualNetwork: ("vlan",),
    SRIOVEthernetLogicalPort: ("mac",),
    VirtualSCSIMapping: ("client_lpar_href", "client_id", "storage_udid"),
    PhysicalVolume: ("state",),
    VolumeGroup: ("group_state",),
    LogicalUnit: ("name", "udid"),
    VirtualFibreChannelMapping: ("client_lpar_href", "client_id"),
    SharedProcessorPool: ("id",),
    Job: ("target",),
    Migration: ("partition",),
    Due: ("subject",),
    RmcConnection: ("adapter",),
    ErrorEntry: ("vios",),
}
