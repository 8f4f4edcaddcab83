"""Shared storage as clients see it: what is in use, the units of a pool, the state of nodes."""

from __future__ import annotations

from openlpar.ops.shared_storage.accounts import node_state, node_vios, units_of
from openlpar.ops.storage.usage import mappings_of
from openlpar.ops.views import view
from openlpar.ports.state import World
from openlpar.uom.cluster import Cluster
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier


@view(LogicalUnit, depends="world")
def shown_unit(world: World, unit: LogicalUnit) -> LogicalUnit:
    """In use when it is mapped; a unit stored as in use is so by another system of the cluster."""
    return unit.evolve(in_use=unit.in_use or bool(mappings_of(world, unit.udid)))


@view(SharedStoragePool, depends="world")
def shown_pool(world: World, pool: SharedStoragePool) -> SharedStoragePool:
    """With the units of its tiers; a pool known from a recording only, without tiers, keeps those recorded with it."""
    if not world.count(Tier, pool.uuid):
        return pool
    units = (shown_unit(world, unit).evolve(uuid="", parent=None) for unit in units_of(world, pool))
    return pool.evolve(logical_units=tuple(units))


@view(Cluster, depends="world")
def shown_cluster(world: World, cluster: Cluster) -> Cluster:
    """With the present state of the nodes that are on this system."""
    nodes = []
    for node in cluster.nodes:
        if node_vios(world, node) is not None:
            node = node.evolve(state=node_state(world, node).value)
        nodes.append(node)
    return cluster.evolve(nodes=nodes) if cluster.has("nodes") else cluster
