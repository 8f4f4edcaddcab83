"""A Virtual I/O Server as clients see it: the stored partition with its mappings, disks and adapters, which are objects of
their own."""

from __future__ import annotations

from openlpar.ops.lpar.view import shown_partition
from openlpar.ops.network.bridge_view import shown_seas
from openlpar.ops.network.ethernet_devices import aggregatable
from openlpar.ops.network.trunks import trunks_of_server
from openlpar.ops.storage.view import shown_media_repositories, shown_physical_volumes, shown_storage_pools
from openlpar.ops.vfc.ports import carried, shown_io_config, shown_mapping
from openlpar.ops.views import view
from openlpar.ports.state import World
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


@view(VirtualIOServer)
def shown_server(world: World, vios: VirtualIOServer) -> VirtualIOServer:
    """Everything that is derived. The mappings are shown as they are stored: there may be thousands of them."""
    carries = carried(world, vios.uuid)
    mappings = world.all(VirtualFibreChannelMapping, vios.uuid)
    return shown_partition(world, vios).evolve(
        io_config=shown_io_config(vios.io_config, carries),
        media_repositories=shown_media_repositories(world, vios.uuid) or vios.media_repositories,
        phys_vols=shown_physical_volumes(world, vios.uuid) or vios.phys_vols,
        seas=shown_seas(world, vios),
        storage_pools=shown_storage_pools(world, vios.uuid) or vios.storage_pools,
        trunk_adapters=trunks_of_server(world, vios.uuid) or vios.trunk_adapters,
        vfc_mappings=tuple(shown_mapping(mapping, carries) for mapping in mappings),
        scsi_mappings=tuple(world.all(VirtualSCSIMapping, vios.uuid)),
        io_adpts_for_link_agg=vios.io_adpts_for_link_agg or aggregatable(vios),
        free_eth_devs_for_sea=vios.free_eth_devs_for_sea,
    )
