"""The space of a shared storage pool: what logical units take, what is left, how much more was promised than there is.

What each takes is in ``ports.pool_space``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.storage.sizes import gigabytes, tidy
from openlpar.ops.storage.usage import TakenVolumes, free_volume, is_serving
from openlpar.ports.pool_space import free_gb, taken_gb
from openlpar.ports.state import World
from openlpar.uom.cluster import Cluster, Node, NodeState
from openlpar.uom.partition import PartitionState
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume

# MB of each physical volume that a failure group, and a tier or pool, keep for themselves: by the sizes in recordings.
FAILURE_GROUP_SHARE_MB = 64
TIER_SHARE_MB = 128
LEAST_GB = Decimal("0.001")


def with_change(
    world: World, pool: SharedStoragePool, gone: Iterable[LogicalUnit], made: Iterable[LogicalUnit]
) -> SharedStoragePool:
    """The pool's sums after some units went and others came. They are followed by differences: a pool is shared with other
    systems, whose part in the sums is not known here."""
    before, after = list(gone), list(made)
    taken = sum((taken_gb(world, unit) for unit in after), Decimal(0))
    taken -= sum((taken_gb(world, unit) for unit in before), Decimal(0))
    total = sum((unit.capacity for unit in after), Decimal(0)) - sum((unit.capacity for unit in before), Decimal(0))
    promised = tidy(pool.total_lu_size + total)
    return pool.evolve(
        free_space=tidy(pool.free_space - taken),
        total_lu_size=promised,
        over_commit_space=tidy(max(Decimal(0), promised - pool.capacity)),
    )


def check_room(
    world: World, tier: Tier, pool: SharedStoragePool, needed: Decimal, name: str, *, within_pool: bool = False
) -> None:
    """Refuses what does not fit into the tier. needed: GB more than now. within_pool: it comes from another tier of the pool, which
    has no less free than before."""
    free = free_gb(world, tier, pool)
    if not within_pool:
        free = min(free, pool.free_space)
    if needed > max(free, Decimal(0)) or free <= 0:
        place = f"Tier {tier.name} of shared storage pool {pool.name}"
        # Even a thin one writes its description into the pool.
        wanted = needed or LEAST_GB
        raise say.NO_SPACE.error(place=place, free=free, object=f"logical unit {name}", needed=wanted)


def units_of(world: World, pool: SharedStoragePool) -> Iterator[LogicalUnit]:
    for tier in world.all(Tier, pool.uuid):
        yield from world.all(LogicalUnit, tier.uuid)


def default_tier(world: World, pool: SharedStoragePool) -> Tier:
    for tier in world.all(Tier, pool.uuid):
        if tier.is_default:
            return tier
    raise general.NOT_FOUND.error(kind="Default tier of shared storage pool", name=pool.name)


def pool_of(world: World, tier: Tier) -> SharedStoragePool:
    return world.get(SharedStoragePool, tier.parent or "")


def cluster_of(world: World, pool: SharedStoragePool) -> Cluster | None:
    for cluster in world.all(Cluster):
        if cluster.ssp_uri.rpartition("/")[2] == pool.uuid:
            return cluster
    return None


def node_vios(world: World, node: Node) -> VirtualIOServer | None:
    """The Virtual I/O Server of a node; None when it is on another system."""
    return world.find(VirtualIOServer, node.vios_uri.rpartition("/")[2])


def nodes_here(world: World, pool: SharedStoragePool) -> list[VirtualIOServer]:
    cluster = cluster_of(world, pool)
    found = (node_vios(world, node) for node in cluster.nodes) if cluster is not None else ()
    return [vios for vios in found if vios is not None]


def node_state(world: World, node: Node) -> NodeState:
    """A node of this system is up while it runs; it needs no RMC for that. What others are the cluster was told."""
    vios = node_vios(world, node)
    if vios is None:
        return NodeState.DOWN if node.state == NodeState.DOWN else NodeState.UP
    return NodeState.UP if vios.state == PartitionState.RUNNING else NodeState.DOWN


def has_quorum(world: World, cluster: Cluster) -> bool:
    """Half of the nodes is enough, as they hold the repository disk."""
    down = sum(node_state(world, node) == NodeState.DOWN for node in cluster.nodes)
    return 2 * down <= len(cluster.nodes)


def check_quorum(world: World, cluster: Cluster) -> None:
    """Raises Failure UNAVAILABLE."""
    if not has_quorum(world, cluster):
        down = [node for node in cluster.nodes if node_state(world, node) == NodeState.DOWN]
        names = ", ".join(vios.name if (vios := node_vios(world, node)) else node.hostname for node in down)
        up = len(cluster.nodes) - len(down)
        raise say.NO_QUORUM.error(cluster=cluster.name, up=up, count=len(cluster.nodes), down=names)


def serving_node(world: World, pool: SharedStoragePool, *, quorum: bool = True) -> VirtualIOServer | None:
    """A node that can change the pool now; None when the system has none of its nodes. Raises Failure UNAVAILABLE when all that
    it has are down, or the cluster has no quorum. quorum: False for what also works without."""
    nodes = nodes_here(world, pool)
    for vios in nodes:
        if is_serving(vios):
            cluster = cluster_of(world, pool)
            if quorum and cluster is not None:
                check_quorum(world, cluster)
            return vios
    if nodes:
        raise say.NOT_SERVING.error(vios=nodes[0].name, state=nodes[0].state, rmc=nodes[0].rmc_state)
    return None


def changing_node(world: World, pool: SharedStoragePool) -> VirtualIOServer:
    """The same, for what only a node can do: a system that has none of them cannot ask for it. Raises Failure UNAVAILABLE."""
    vios = serving_node(world, pool)
    if vios is None:
        raise say.NO_NODE_HERE.error(pool=pool.name)
    return vios


def pool_volumes(
    world: World, vios: VirtualIOServer, wishes: Iterable[PhysicalVolume], kept: Iterable[PhysicalVolume] = ()
) -> tuple[PhysicalVolume, ...]:
    """The physical volumes that a client means, as this server sees them. kept: those the pool has already; the others must be
    free. Raises Failure."""
    taken = TakenVolumes(world, vios.uuid, mapped_anywhere=True)
    present = {volume.udid: volume for volume in kept if volume.udid}
    by_name = {volume.name: volume for volume in kept}
    found: list[PhysicalVolume] = []
    for wish in wishes:
        volume = present.get(wish.udid) if wish.udid else by_name.get(wish.name)
        if volume is None:
            volume = pool_volume(free_volume(world, vios, wish, taken))
            if volume.capacity <= TIER_SHARE_MB:
                use = f"it has no more than the {TIER_SHARE_MB} MB that a pool keeps for itself"
                raise say.VOLUME_TAKEN.error(volume=volume.name, vios=vios.name, use=use)
        if any(volume.udid == other.udid and volume.name == other.name for other in found):
            use = "it is named twice in the request"
            raise say.VOLUME_TAKEN.error(volume=volume.name, vios=vios.name, use=use)
        found.append(volume)
    return tuple(found)


def pool_volume(volume: PhysicalVolume) -> PhysicalVolume:
    """What a pool shows of its disks: what is the same on every node, and the name on the first."""
    shown = ("description", "udid", "capacity", "name", "state", "is_fc_backed", "storage_label")
    return PhysicalVolume(**{name: volume.get(name) for name in shown})


def usable_gb(volumes: Iterable[PhysicalVolume], share_mb: int) -> Decimal:
    return gigabytes(sum(volume.capacity - share_mb for volume in volumes))
