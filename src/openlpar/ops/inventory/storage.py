"""Disks, volume groups, shared storage pools and clusters of an inventory.

Identifiers have the forms of recorded ones: ``01`` and base64 for disks, ``04`` for volume groups, ``03``…``.n`` for their
virtual disks, ``22`` clusters, ``24`` pools, ``25`` tiers, ``26`` failure groups, ``27`` logical units.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, Item, laid_over
from openlpar.ops.storage.san_disks import encoded, san_disk
from openlpar.ops.storage.sizes import gigabytes, taken_mb, tidy, volume_mb
from openlpar.uom.cluster import Cluster, Node, NodeState, RepositoryDisk
from openlpar.uom.core import Element
from openlpar.uom.physical_partitions import megabytes, usual_partition_size_mb
from openlpar.uom.shared_storage_pool import (
    FailureGroup,
    FailureGroupState,
    LogicalUnit,
    LogicalUnitType,
    MirrorState,
    SharedStoragePool,
    Tier,
    TierType,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import (
    MountType,
    PhysicalVolume,
    PhysicalVolumeState,
    ReservePolicy,
    ReservePolicyAlgorithm,
    VirtualDisk,
    VirtualMediaRepository,
    VirtualOpticalMedia,
    VolumeGroup,
)

_DISK_MB = 102_400


def own_by_vios(draft: Draft, item: Item[Any], what: str) -> VirtualIOServer:
    """The Virtual I/O Server an object belongs to: the one it names, or the only one there is."""
    servers = draft.items(VirtualIOServer)
    if item.now.parent is None and len(servers) != 1:
        wanted = "the name of the Virtual I/O Server that has it" if servers else "a VirtualIOServer first"
        raise draft.error(say.MISSING, item, field=f"parent (of the {what})", wanted=wanted)
    written = item.now.parent or servers[0].now.uuid
    found: VirtualIOServer = draft.refer(item, (VirtualIOServer,), written, "parent").now
    item.set(parent=found.uuid)
    return found


# local disks and volume groups


def complete_volumes(draft: Draft) -> None:
    """Disks. SAN disks without ``udid`` that have the same name on several Virtual I/O Servers are the same disk."""
    worldwide: dict[str, str] = {}
    for item in draft.items(PhysicalVolume):
        vios = own_by_vios(draft, item, "disk")
        if not item.now.name:
            raise draft.error(say.MISSING, item, field="name", wanted="the disk's name, such as hdisk3")
        fibre = item.now.is_fc_backed
        key = item.now.name if fibre else f"{vios.uuid}/{item.now.name}"
        if key not in worldwide:
            worldwide[key] = f"6005076{draft.entropy.hex(25)}".upper()
        item.now = laid_over(_volume(vios, item.now.name, worldwide[key], fibre), item.now)
        item.set(uuid=item.now.uuid or draft.entropy.uuid(), parent=vios.uuid)
        draft.register(item, item.now.uuid)
        draft.register(item, item.now.name, parent=vios.uuid)


def _volume(vios: VirtualIOServer, name: str, worldwide: str, fibre: bool) -> PhysicalVolume:
    number = "".join(filter(str.isdigit, name)) or "0"
    location = _disk_location(vios, int(number), fibre)
    if fibre:
        return san_disk(name, location, worldwide).evolve(capacity=_DISK_MB)
    return PhysicalVolume(
        description="SAS Disk Drive",
        loc_code=location,
        persistent_reserve_key_value="none",
        reserve_policy=ReservePolicy.NO_RESERVE.value,
        reserve_policy_algorithm=ReservePolicyAlgorithm.FAILOVER.value,
        udid="01" + encoded(f"1IBMIPR-0   {worldwide[:16]}"),
        avail_for_use=True,
        capacity=_DISK_MB,
        state=PhysicalVolumeState.ACTIVE.value,
        volume_unique_id=f"391BIBMIPR-0   {worldwide[:16]}03IBMsas",
        is_fc_backed=False,
        storage_label="",
        pg83=encoded(worldwide),
    )


def _disk_location(vios: VirtualIOServer, number: int, fibre: bool) -> str:
    wanted = "Fibre" if fibre else "SAS"
    slots = [entry.slot.drc_name for entry in vios.io_config.io_slots if wanted in entry.slot.description]
    card = slots[0] if slots else "U78CB.001.WZS0000-P1-C1"
    if fibre:
        return f"{card}-T1-W500507680308104A-L{number:X}000000000000"
    return f"{card}-R1-L{number:X}-L0"


def complete_groups(draft: Draft) -> None:
    """Volume groups with their virtual disks and media repositories."""
    for item in draft.items(VolumeGroup):
        vios = own_by_vios(draft, item, "volume group")
        if not item.now.name:
            raise draft.error(say.MISSING, item, field="name", wanted="the volume group's name")
        serial = item.now.serial_id or f"00f{draft.entropy.hex(5)}00004c00000001{draft.entropy.hex(10)}"
        uuid = item.now.uuid or draft.entropy.uuid()
        path = f"VirtualIOServer/{vios.uuid}/VolumeGroup/{uuid}"
        volumes = tuple(_used(draft, item, vios, n, volume) for n, volume in enumerate(item.now.phys_vols))
        disks = tuple(_virtual_disk(disk, serial, path, n + 1) for n, disk in enumerate(item.now.virtual_disks))
        repositories = tuple(_repository(repository) for repository in item.now.vmedia_repos)
        item.set(uuid=uuid, phys_vols=volumes, virtual_disks=disks, vmedia_repos=repositories)
        partition_mb = item.now.partition_size or usual_partition_size_mb(volumes)
        total_mb = sum(volume_mb(volume, partition_mb) for volume in volumes) or megabytes(item.now.capacity)
        free = gigabytes(total_mb - taken_mb(item.now, partition_mb))
        if free < 0:
            value = f"{-free} GB more of virtual disks and media than its {gigabytes(total_mb)} GB"
            raise draft.error(say.WRONG_VALUE, item, value=value, wanted="smaller disks, or more physical volumes")
        item.defaults(
            available_size=free,
            free_space=free,
            capacity=gigabytes(total_mb),
            serial_id=serial,
            max_logical_volumes=256,
            partition_size=partition_mb,
            udid=f"04{serial}",
        )
        draft.register(item, uuid)
        draft.register(item, item.now.name, parent=vios.uuid)


def _used(draft: Draft, item: Item[Any], vios: VirtualIOServer, number: int, written: PhysicalVolume) -> PhysicalVolume:
    found: PhysicalVolume = draft.refer(
        item, (PhysicalVolume,), written.name, "phys_vols", number, "name", parent=vios.uuid
    ).now
    return laid_over(found.evolve(uuid="", parent=None), written)


def _virtual_disk(disk: VirtualDisk, serial: str, path: str, number: int) -> VirtualDisk:
    return laid_over(
        VirtualDisk(
            capacity=Decimal(1), label="None", name=f"lv{number:02d}", vg_uri=path, udid=f"03{serial}.{number}"
        ),
        disk,
    )


def _repository(repository: VirtualMediaRepository) -> VirtualMediaRepository:
    media = tuple(
        laid_over(
            VirtualOpticalMedia(udid=f"0e{medium.name}", mount_type=MountType.READ_WRITE.value, size=Decimal("0.0977")),
            medium,
        )
        for medium in repository.optical_media
    )
    base = VirtualMediaRepository(name="VMLibrary", size=Decimal(20))
    return laid_over(base, repository).evolve(optical_media=media)


# shared storage pools


def complete_pools(draft: Draft) -> None:
    """Pools with their tiers and logical units, and the cluster that every pool belongs to."""
    identities: dict[str, str] = {}
    for item in draft.items(SharedStoragePool):
        _pool(draft, item, identities)
    for tier in draft.items(Tier):
        _tier(draft, tier, identities)
    for unit in draft.items(LogicalUnit):
        _unit(draft, unit, identities)
    for cluster in draft.items(Cluster):
        _cluster(draft, cluster, identities)


def account_pools(draft: Draft) -> None:
    """Sizes in GB: thin units take room only as they are written, so only thick ones count."""
    for pool in draft.items(SharedStoragePool):
        _account(draft, pool)


def _pool(draft: Draft, item: Item[SharedStoragePool], identities: dict[str, str]) -> None:
    if not item.now.name:
        raise draft.error(say.MISSING, item, field="name", wanted="the pool's name")
    uuid = item.now.uuid or draft.entropy.uuid()
    identities[uuid] = item.now.udid[2:34] or draft.entropy.hex(32)
    disks = tuple(
        _pool_disk(draft, item, volume, "physical_volumes", n) for n, volume in enumerate(item.now.physical_volumes)
    )
    item.set(uuid=uuid, parent=None, physical_volumes=disks)
    item.defaults(
        multi_data_tier_configured=False,
        multi_failure_group_configured=False,
        alert_threshold=Decimal(35),
        udid=f"24{identities[uuid]}{draft.entropy.hex(32).upper()}",
    )
    draft.register(item, uuid, item.now.name)
    if not any(_means(tier, item) for tier in draft.items(Tier)):
        draft.add(Tier(name="SYSTEM", is_default=True, parent=uuid))
    if not any(_names(cluster.now.ssp_uri, item) for cluster in draft.items(Cluster)):
        draft.add(Cluster(name=f"cluster_{item.now.name}", ssp_uri=uuid))


def _means(child: Item[Any], pool: Item[SharedStoragePool]) -> bool:
    return child.now.parent is None or _names(child.now.parent, pool)


def _names(written: str, pool: Item[SharedStoragePool]) -> bool:
    return written.rpartition("/")[2] in (pool.now.name, pool.now.uuid)


def _pool_disk(draft: Draft, item: Item[Any], written: PhysicalVolume, *path: str | int) -> PhysicalVolume:
    """A disk of a pool or cluster, in the short form that these show."""
    seen = (volume for volume in draft.all(PhysicalVolume) if volume.name == written.name and volume.is_fc_backed)
    found = next(seen, None)
    if found is None:
        hint = "Describe it as PhysicalVolume with is_fc_backed: true on the Virtual I/O Servers that see it."
        raise draft.error(
            say.DANGLING, item, *path, value=written.name or "a disk without name", what="SAN disk", hint=hint
        )
    kept = ("description", "udid", "capacity", "name", "state", "is_fc_backed", "storage_label")
    base = PhysicalVolume(**{name: found.get(name) for name in kept})
    return laid_over(base, written)


def _tier(draft: Draft, item: Item[Tier], identities: dict[str, str]) -> None:
    pools = draft.items(SharedStoragePool)
    if item.now.parent is None and len(pools) != 1:
        raise draft.error(say.MISSING, item, field="parent", wanted="the name of the pool the tier belongs to")
    pool = draft.refer(item, (SharedStoragePool,), item.now.parent or pools[0].now.uuid, "parent").now
    identity = identities[pool.uuid]
    first = not any(
        other.now.parent == pool.uuid and other.now.udid for other in draft.items(Tier) if other is not item
    )
    disks = pool.physical_volumes
    capacity = gigabytes(sum(disk.capacity for disk in disks))
    group = FailureGroup(
        name="Default",
        udid=f"26{identity}{draft.entropy.hex(16)}",
        capacity=capacity,
        state=FailureGroupState.ONLINE.value,
        physical_volumes=disks,
    )
    item.set(uuid=item.now.uuid or draft.entropy.uuid(), parent=pool.uuid)
    item.defaults(
        name="SYSTEM",
        udid=f"25{identity}{draft.entropy.hex(16)}",
        tier_type=TierType.UNRESTRICTED_SYSTEM_TIER.value,
        is_default=first,
        capacity=capacity,
        mirror_state=MirrorState.NOT_MIRRORED.value,
        failure_groups=(group,),
        ssp_uri=f"SharedStoragePool/{pool.uuid}",
    )
    draft.register(item, item.now.uuid, item.now.name)


def _unit(draft: Draft, item: Item[LogicalUnit], identities: dict[str, str]) -> None:
    tiers = draft.items(Tier)
    kinds: tuple[type[Element], ...] = (Tier, SharedStoragePool)
    if item.now.parent is None and len(draft.items(SharedStoragePool)) != 1:
        raise draft.error(say.MISSING, item, field="parent", wanted="the name of the tier (or pool) the unit lies in")
    found = draft.refer(item, kinds, item.now.parent, "parent").now if item.now.parent else tiers[0].now
    if isinstance(found, SharedStoragePool):
        found = next(tier.now for tier in tiers if tier.now.parent == found.uuid)
    if not item.now.name:
        raise draft.error(say.MISSING, item, field="name", wanted="the logical unit's name")
    item.set(uuid=item.now.uuid or draft.entropy.uuid(), parent=found.uuid)
    item.defaults(
        is_thin=True,
        udid=f"27{identities[found.parent or '']}{draft.entropy.hex(32)}",
        capacity=Decimal(20),
        lu_type=LogicalUnitType.DISK.value,
        in_use=False,
    )
    draft.register(item, item.now.uuid, item.now.name)


def _cluster(draft: Draft, item: Item[Cluster], identities: dict[str, str]) -> None:
    pools = draft.items(SharedStoragePool)
    written = item.now.ssp_uri or (pools[0].now.uuid if pools else "")
    pool = draft.refer(item, (SharedStoragePool,), written, "ssp_uri").now if written else None
    identity = identities[pool.uuid] if pool else draft.entropy.hex(32)
    nodes = item.now.nodes or tuple(Node(vios_uri=vios.now.uuid) for vios in draft.items(VirtualIOServer))
    disk = item.now.repository_disk.get("repos_pv")
    item.set(
        uuid=item.now.uuid or draft.entropy.uuid(),
        parent=None,
        ssp_uri=f"SharedStoragePool/{pool.uuid}" if pool else None,
        nodes=tuple(_node(draft, item, n, node) for n, node in enumerate(nodes)),
    )
    if disk is not None:
        repository = RepositoryDisk(repos_pv=_pool_disk(draft, item, disk, "repository_disk", "repos_pv", "name"))
        item.set(repository_disk=repository)
    item.defaults(name="cluster1", id=f"22{identity}")
    draft.register(item, item.now.uuid, item.now.name)


def _node(draft: Draft, item: Item[Cluster], number: int, node: Node) -> Node:
    vios = draft.refer(item, (VirtualIOServer,), node.vios_uri, "nodes", number, "vios_uri").now
    base = Node(
        hostname=vios.hostname or f"{vios.name}.example.com",
        lpar_id=vios.id,
        mtms=draft.system.mtms,
        vios_level=vios.operating_system.removeprefix("VIOS "),
        state=(NodeState.UP if vios.state == "running" else NodeState.DOWN).value,
    )
    return laid_over(base, node).evolve(vios_uri=f"ManagedSystem/{vios.parent}/VirtualIOServer/{vios.uuid}")


def _account(draft: Draft, item: Item[SharedStoragePool]) -> None:
    tiers = [tier for tier in draft.all(Tier) if tier.parent == item.now.uuid]
    units = [unit for tier in tiers for unit in draft.all(LogicalUnit, tier.uuid)]
    total = gigabytes(sum(disk.capacity for disk in item.now.physical_volumes))
    sizes = sum((unit.capacity for unit in units), Decimal(0))
    thick = sum((unit.capacity for unit in units if not unit.is_thin), Decimal(0))
    item.defaults(
        capacity=tidy(total),
        free_space=tidy(total - thick),
        over_commit_space=tidy(max(Decimal(0), sizes - total)),
        total_lu_size=tidy(sizes),
    )
