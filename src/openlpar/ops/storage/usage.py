"""Who uses a disk or a medium: what is mapped to whom, and which physical volumes are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from openlpar.messages import storage as say
from openlpar.ops.core import partition_of
from openlpar.ports.state import World
from openlpar.uom.cluster import Cluster
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import PartitionState, RMCState
from openlpar.uom.shared_storage_pool import SharedStoragePool
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import GroupState, PhysicalVolume, VolumeGroup

_ANY_PARTITION = 65535


def serving(world: World, uuid: str) -> VirtualIOServer:
    """The Virtual I/O Server, when it can change its storage now. Raises Failure NOT_FOUND or UNAVAILABLE."""
    vios = world.get(VirtualIOServer, uuid)
    if not is_serving(vios):
        raise say.NOT_SERVING.error(vios=vios.name, state=vios.state, rmc=vios.rmc_state)
    return vios


def is_serving(vios: VirtualIOServer) -> bool:
    """The management partition serves without RMC: its own NovaLink is on it."""
    connected = vios.is_mgmt_partition or vios.rmc_state in (RMCState.ACTIVE, RMCState.BUSY)
    return vios.state == PartitionState.RUNNING and connected


OFF = GroupState.INACTIVE.value


def check_active(vios: VirtualIOServer, group: VolumeGroup, task: str) -> None:
    """Raises Failure for a volume group that was taken out of use, or whose I/O waits."""
    if group.group_state == OFF:
        raise say.GROUP_OFF.error(group=group.name, vios=vios.name, task=task)
    if group.group_state == GroupState.SUSPENDED:
        raise say.GROUP_SUSPENDED.error(group=group.name, vios=vios.name, task=task)


def mappings_of(world: World, udid: str, vios_uuid: str = "") -> list[VirtualSCSIMapping]:
    """The mappings through which a virtual disk, logical unit, medium or physical volume is lent; of all servers, or of one.

    A medium must be asked for with its server: its UDID is only its name, which another server's repository may have too.
    """
    if not udid:
        return []
    found = world.where(VirtualSCSIMapping, storage_udid=udid)
    return [mapping for mapping in found if vios_uuid in ("", mapping.parent)]


def clients_of(world: World, mappings: Iterable[VirtualSCSIMapping]) -> str:
    """Whom mappings serve, for messages: ``partition vm1 (vhost0 of vios1)``."""
    return ", ".join(sorted({_client(world, mapping) for mapping in mappings}))


def _client(world: World, mapping: VirtualSCSIMapping) -> str:
    adapter = mapping.server_adapter
    vios = world.find(VirtualIOServer, mapping.parent or "")
    through = f"{adapter.name or 'an adapter'} of {vios.name if vios else 'a Virtual I/O Server'}"
    partition = partition_of(world, mapping.client_lpar_href.rpartition("/")[2]) or next(
        iter(world.where(LogicalPartition, id=adapter.lpar_id)), None
    )
    if partition is not None:
        return f"partition {partition.name} ({through})"
    if adapter.lpar_id == _ANY_PARTITION:
        return f"any partition ({through})"
    return f"partition {adapter.lpar_id} ({through})"


def refuse_mapped(world: World, udid: str, what: str, task: str, vios_uuid: str = "") -> None:
    """what: how messages call the object; task: what is refused (``deleted``)."""
    mappings = mappings_of(world, udid, vios_uuid)
    if mappings:
        raise say.MAPPED.error(object=what, clients=clients_of(world, mappings), task=task)


def changed_storage(
    world: World, udid: str, kind: str, vios_uuid: str = "", /, **changes: Any
) -> Iterator[VirtualSCSIMapping]:
    """The mappings of a disk or medium with their own copy of it brought up to date. kind: name of the field of Storage."""
    for mapping in mappings_of(world, udid, vios_uuid):
        storage = mapping.backing_storage
        copies: dict[str, Any] = {kind: getattr(storage, kind).evolve(**changes)}
        adapter = mapping.server_adapter
        if "name" in changes:
            adapter = adapter.evolve(backing_dev_name=changes["name"])
        yield mapping.evolve(backing_storage=storage.evolve(**copies), server_adapter=adapter)


class TakenVolumes:
    """Which physical volumes of a Virtual I/O Server are taken, and by what.

    A disk on the SAN has another name on each Virtual I/O Server but the same UDID: volume groups, pools and cluster repositories
    take it for all of them, a mapping only for the one that lends it (the other one lends the same disk as second path).
    """

    def __init__(self, world: World, vios_uuid: str, *, mapped_anywhere: bool = False) -> None:
        """mapped_anywhere: mappings of the other Virtual I/O Servers count too, as what is asked about would overwrite the disk."""
        self._world = world
        self._by_udid: dict[str, str | VirtualSCSIMapping] = {}
        self._by_name: dict[str, str | VirtualSCSIMapping] = {}
        for group in world.all(VolumeGroup):
            here = group.parent == vios_uuid
            for volume in group.phys_vols:
                self._take(volume, f"it is in volume group {group.name}", here)
        for pool in world.all(SharedStoragePool):
            for volume in pool.physical_volumes:
                self._take(volume, f"it is in shared storage pool {pool.name}", False)
        for cluster in world.all(Cluster):
            self._take(cluster.repository_disk.repos_pv, f"it is the repository disk of cluster {cluster.name}", False)
        for mapping in world.all(VirtualSCSIMapping, None if mapped_anywhere else vios_uuid):
            volume = mapping.backing_storage.get("physical_volume")  # most lend something else
            if volume:
                self._take(volume, mapping, mapping.parent == vios_uuid)

    def _take(self, volume: PhysicalVolume, use: str | VirtualSCSIMapping, here: bool) -> None:
        if volume.udid:
            self._by_udid.setdefault(volume.udid, use)
        if here and volume.name:
            self._by_name.setdefault(volume.name, use)

    def is_taken(self, volume: PhysicalVolume) -> bool:
        return volume.udid in self._by_udid or volume.name in self._by_name

    def use_of(self, volume: PhysicalVolume) -> str:
        """What takes it; "" when it is free."""
        use = self._by_udid.get(volume.udid, "") or self._by_name.get(volume.name, "")
        return use if isinstance(use, str) else f"it is mapped to {clients_of(self._world, [use])}"


def volume_of(world: World, vios_uuid: str, wanted: PhysicalVolume) -> PhysicalVolume | None:
    """The physical volume that a client means: by UDID, which is the same everywhere, else by its name on that server."""
    for volume in world.all(PhysicalVolume, vios_uuid):
        if volume.udid == wanted.udid if wanted.udid else volume.name == wanted.name:
            return volume
    return None


def free_volume(world: World, vios: VirtualIOServer, wanted: PhysicalVolume, taken: TakenVolumes) -> PhysicalVolume:
    """The same, refused unless it is available. Raises Failure NOT_FOUND or IN_USE."""
    found = volume_of(world, vios.uuid, wanted)
    if found is None:
        raise say.NO_SUCH_VOLUME.error(volume=wanted.name or wanted.udid, vios=vios.name)
    use = taken.use_of(found)
    if not use and found.has("avail_for_use") and not found.avail_for_use:
        use = "the Virtual I/O Server reports it as unavailable"
    if not use and not found.capacity:
        use = "it has no capacity"
    if use:
        raise say.VOLUME_TAKEN.error(volume=found.name, vios=vios.name, use=use)
    return found
