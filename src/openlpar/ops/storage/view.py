"""Parts of a Virtual I/O Server that follow from its storage objects; the view of the server itself puts them together."""

from __future__ import annotations

from openlpar.ops.storage.usage import TakenVolumes
from openlpar.ports.state import World
from openlpar.uom.volume_group import PhysicalVolume, VirtualMediaRepository, VolumeGroup


def shown_physical_volumes(world: World, vios_uuid: str) -> tuple[PhysicalVolume, ...]:
    """The server's physical volumes; what is taken is not available for use, whatever else is as the server reports it."""
    volumes = tuple(world.all(PhysicalVolume, vios_uuid))
    if not volumes:
        return ()
    taken = TakenVolumes(world, vios_uuid)
    return tuple(
        volume.evolve(
            uuid="", parent=None, avail_for_use=False if taken.is_taken(volume) else volume.get("avail_for_use")
        )
        for volume in volumes
    )


def shown_media_repositories(world: World, vios_uuid: str) -> tuple[VirtualMediaRepository, ...]:
    return tuple(repository for group in world.all(VolumeGroup, vios_uuid) for repository in group.vmedia_repos)


def shown_storage_pools(world: World, vios_uuid: str) -> tuple[str, ...]:
    """References to the server's volume groups."""
    return tuple(f"VirtualIOServer/{vios_uuid}/VolumeGroup/{group.uuid}" for group in world.all(VolumeGroup, vios_uuid))
