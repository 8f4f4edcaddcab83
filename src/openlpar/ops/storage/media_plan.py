"""What the media repository of a volume group is to become."""

from __future__ import annotations

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.storage.names import LOGICAL_VOLUME, MEDIA, check_name
from openlpar.ops.storage.sizes import gigabytes, tidy, whole_partitions_mb
from openlpar.ops.storage.usage import clients_of, mappings_of, refuse_mapped
from openlpar.ports.state import World
from openlpar.uom.physical_partitions import megabytes, partition_size_mb
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import MountType, VirtualMediaRepository, VirtualOpticalMedia, VolumeGroup

# What a VIOS calls its one repository and the logical volume it lives in.
USUAL_NAME = "VMLibrary"


def repository_of(world: World, vios_uuid: str) -> tuple[VolumeGroup, VirtualMediaRepository] | None:
    """The media repository of a Virtual I/O Server and the volume group it lives in."""
    for group in world.all(VolumeGroup, vios_uuid):
        for repository in group.vmedia_repos:
            return group, repository
    return None


def planned_repositories(
    world: World, vios: VirtualIOServer, group: VolumeGroup, requested: VolumeGroup
) -> tuple[VirtualMediaRepository, ...]:
    """The group's repository as the client wants it. Raises Failure for whatever cannot be done."""
    if not requested.has("vmedia_repos"):
        return group.vmedia_repos
    before = next(iter(group.vmedia_repos), None)
    if not requested.vmedia_repos:
        if before is not None:
            _refuse_mapped_media(world, vios, before)
        return ()
    wish = requested.vmedia_repos[0]
    other = repository_of(world, vios.uuid)
    if len(requested.vmedia_repos) > 1 or (other is not None and other[0].uuid != group.uuid):
        place = other[0].name if other is not None else group.name
        raise say.ONE_REPOSITORY.error(vios=vios.name, group=place)
    after = _new_repository(vios, group, wish) if before is None else _changed_repository(vios, group, before, wish)
    if wish.has("optical_media"):
        media = before.optical_media if before is not None else ()
        after = after.evolve(optical_media=_planned_media(world, vios, media, wish.optical_media))
    check_room(vios, after)
    return (after,)


def _refuse_mapped_media(world: World, vios: VirtualIOServer, repository: VirtualMediaRepository) -> None:
    for media in repository.optical_media:
        mappings = mappings_of(world, media.udid, vios.uuid)
        if mappings:
            clients = clients_of(world, mappings)
            raise say.REPOSITORY_IN_USE.error(vios=vios.name, media=media.name, clients=clients)


def _new_repository(vios: VirtualIOServer, group: VolumeGroup, wish: VirtualMediaRepository) -> VirtualMediaRepository:
    name = wish.name or USUAL_NAME
    check_name("media repository", name, LOGICAL_VOLUME)
    if wish.size <= 0:
        raise general.BAD_VALUE.error(
            field="RepositorySize",
            object=f"the media repository of Virtual I/O Server {vios.name}",
            value=wish.size,
            cause="it needs a size",
            wanted="a size in GB above 0",
        )
    size = gigabytes(whole_partitions_mb(partition_size_mb(group), wish.size))
    return VirtualMediaRepository(name=name, size=size, optical_media=())


def _changed_repository(
    vios: VirtualIOServer, group: VolumeGroup, before: VirtualMediaRepository, wish: VirtualMediaRepository
) -> VirtualMediaRepository:
    about = f"the media repository of Virtual I/O Server {vios.name}"
    if wish.name and wish.name != before.name:
        raise say.FIXED.error(field="RepositoryName", object=about, old=before.name, new=wish.name)
    if not wish.has("size") or wish.size == before.size:
        return before
    if wish.size < before.size:
        raise say.CANNOT_SHRINK.error(object=about.capitalize(), size=before.size, wanted=wish.size)
    return before.evolve(size=gigabytes(whole_partitions_mb(partition_size_mb(group), wish.size)))


def _planned_media(
    world: World,
    vios: VirtualIOServer,
    present: tuple[VirtualOpticalMedia, ...],
    wishes: tuple[VirtualOpticalMedia, ...],
) -> tuple[VirtualOpticalMedia, ...]:
    known = {media.udid: media for media in present}
    planned: list[VirtualOpticalMedia] = []
    for wish in wishes:
        if not wish.udid:
            planned.append(_blank_media(wish))
            continue
        media = known.pop(wish.udid, None)
        if media is None:
            place = f"the media repository of Virtual I/O Server {vios.name}"
            raise say.CHOSEN_BY_VIOS.error(object=f"Medium {wish.name}", udid=wish.udid, place=place)
        planned.append(_changed_media(world, vios, media, wish))
    for media in known.values():
        refuse_mapped(world, media.udid, f"Medium {media.name}", "deleted", vios.uuid)
    names: set[str] = set()
    for media in planned:
        if media.name in names:
            raise general.NAME_TAKEN.error(kind=f"Medium of Virtual I/O Server {vios.name}", name=media.name)
        names.add(media.name)
    return tuple(planned)


def _blank_media(wish: VirtualOpticalMedia) -> VirtualOpticalMedia:
    check_name("medium", wish.name, MEDIA)
    if wish.size <= 0:
        raise general.BAD_VALUE.error(
            field="Size",
            object=f"medium {wish.name}",
            value=wish.size,
            cause="blank media need a size",
            wanted="a size in GB above 0, or upload an image",
        )
    _check_mount_type(wish)
    mount_type = wish.mount_type or MountType.READ_WRITE.value
    return VirtualOpticalMedia(name=wish.name, size=gigabytes(megabytes(wish.size)), mount_type=mount_type)


def _changed_media(
    world: World, vios: VirtualIOServer, media: VirtualOpticalMedia, wish: VirtualOpticalMedia
) -> VirtualOpticalMedia:
    """Only whether it may be written can be changed, and not while it is in a drive."""
    about = f"medium {media.name}"
    for name in ("name", "size"):
        if wish.has(name) and wish.get(name) != media.get(name):
            tag = VirtualOpticalMedia.by_name[name].tag
            raise say.FIXED.error(field=tag, object=about, old=media.get(name), new=wish.get(name))
    if not wish.mount_type or wish.mount_type == media.mount_type:
        return media
    _check_mount_type(wish)
    refuse_mapped(world, media.udid, f"Medium {media.name}", "changed", vios.uuid)
    return media.evolve(mount_type=wish.mount_type)


def _check_mount_type(wish: VirtualOpticalMedia) -> None:
    if wish.mount_type and not VirtualOpticalMedia.mount_type.allows(wish.mount_type):
        raise general.BAD_VALUE.error(
            field="MountType",
            object=f"medium {wish.name}",
            value=repr(wish.mount_type),
            cause="there is no such value",
            wanted=" or ".join(MountType),
        )


def check_room(vios: VirtualIOServer, repository: VirtualMediaRepository) -> None:
    """Refuses a repository that holds more than it has space for."""
    present = sum(media.size for media in repository.optical_media if media.udid)
    new = sum(media.size for media in repository.optical_media if not media.udid)
    if new and present + new > repository.size:
        place = f"The media repository of Virtual I/O Server {vios.name}"
        names = ", ".join(media.name for media in repository.optical_media if not media.udid)
        free = tidy(repository.size - present)
        raise say.NO_SPACE.error(place=place, free=free, object=f"medium {names}", needed=tidy(new + 0))
