"""Changing a cluster: its nodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step, UpdateOperation
from openlpar.ops.shared_storage.accounts import node_vios, serving_node, units_of
from openlpar.ops.shared_storage.nodes import node_name, node_of, resolved, same_node, touch_servers
from openlpar.ops.shared_storage.tier_plan import check_sees
from openlpar.ports.state import Change, World
from openlpar.uom.cluster import Cluster, Node
from openlpar.uom.shared_storage_pool import SharedStoragePool
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


@dataclass
class UpdateCluster(UpdateOperation, name="cluster.update", verb="update", on=(Cluster,)):
    """Lets Virtual I/O Servers join and leave. All else of a cluster is fixed when it is made."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.cluster; IBM documentation: cluster -addnode, -rmnode")

    requested: Cluster

    def locks(self) -> Iterable[str]:
        return (self.uuid, "clusters")

    def check(self, world: World) -> None:
        cluster = world.get(Cluster, self.uuid)
        self._check_fixed(cluster)
        self._after = cluster
        if not self.requested.has("nodes"):
            return
        pool = world.get(SharedStoragePool, cluster.ssp_uri.rpartition("/")[2])
        nodes = []
        for wish in self.requested.nodes:
            present = next((node for node in cluster.nodes if same_node(node, wish)), None)
            nodes.append(present if present is not None else self._joining(world, cluster, pool, wish))
        gone = [node for node in cluster.nodes if not any(same_node(node, kept) for kept in nodes)]
        if gone and not nodes:
            raise say.LAST_NODE.error(vios=node_name(world, gone[-1]), cluster=cluster.name)
        for node in gone:
            _check_leaving(world, cluster, pool, node)
        if nodes != list(cluster.nodes):
            # Nodes that will not come back have to be let go without a quorum.
            serving_node(world, pool, quorum=any(node not in cluster.nodes for node in nodes))
        self._after = cluster.evolve(nodes=nodes)

    def _check_fixed(self, cluster: Cluster) -> None:
        requested = self.requested
        wish, disk = requested.repository_disk.repos_pv, cluster.repository_disk.repos_pv
        for field, old, new in (
            ("ClusterName", cluster.name, requested.name),
            ("ClusterID", cluster.id, requested.id),
            ("RepositoryDisk", disk.udid or disk.name, wish.udid if disk.udid else wish.name),
        ):
            if new and new != old:
                raise say.FIXED.error(field=field, object=f"cluster {cluster.name}", old=old, new=new)

    @staticmethod
    def _joining(world: World, cluster: Cluster, pool: SharedStoragePool, wish: Node) -> Node:
        vios = resolved(world, wish, cluster.name)
        for volume in (cluster.repository_disk.repos_pv, *pool.physical_volumes):
            check_sees(world, vios.uuid, volume, cluster.name)
        return node_of(world, vios, wish.hostname)

    def steps(self) -> Iterable[Step]:
        yield Step("write the cluster", self._write)

    def _write(self, change: Change) -> None:
        change.put(self._after)
        touch_servers(change)
        self.subject = (Cluster, self.uuid)


def _check_leaving(world: World, cluster: Cluster, pool: SharedStoragePool, node: Node) -> None:
    vios = node_vios(world, node)
    if vios is None:
        return
    units = {unit.udid for unit in units_of(world, pool)}
    served = [mapping for mapping in world.all(VirtualSCSIMapping, vios.uuid) if mapping.storage_udid in units]
    if served:
        raise say.NODE_IN_USE.error(vios=vios.name, cluster=cluster.name, count=len(served), pool=pool.name)
