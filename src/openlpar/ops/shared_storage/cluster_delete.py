"""Deleting a cluster with its shared storage pool."""

from __future__ import annotations

from collections.abc import Iterable

from openlpar.messages import storage as say
from openlpar.ops.core import DeleteOperation, Evidence, Level, Step
from openlpar.ops.shared_storage.accounts import serving_node, units_of
from openlpar.ops.shared_storage.nodes import touch_servers
from openlpar.ports.state import Change, World
from openlpar.uom.cluster import Cluster
from openlpar.uom.shared_storage_pool import SharedStoragePool, Tier


class DeleteCluster(DeleteOperation, name="cluster.delete", verb="delete", on=(Cluster,)):
    """Removes a cluster whose pool holds no logical units; its disks are free again."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation: cluster -delete of the VIOS command line")

    def locks(self) -> Iterable[str]:
        return (self.uuid, "clusters")

    def check(self, world: World) -> None:
        cluster = world.get(Cluster, self.uuid)
        pool = world.find(SharedStoragePool, cluster.ssp_uri.rpartition("/")[2])
        if pool is None:
            return
        serving_node(world, pool)
        count = sum(1 for _ in units_of(world, pool)) or len(pool.logical_units)
        if count:
            raise say.POOL_IN_USE.error(cluster=cluster.name, pool=pool.name, count=count)

    def steps(self) -> Iterable[Step]:
        yield Step("remove the cluster and its pool", self._remove_both)

    def _remove_both(self, change: Change) -> None:
        cluster = change.get(Cluster, self.uuid)
        pool = change.find(SharedStoragePool, cluster.ssp_uri.rpartition("/")[2])
        if pool is not None:
            for tier in list(change.all(Tier, pool.uuid)):
                change.remove(tier)
            change.remove(pool)
        change.remove(cluster)
        touch_servers(change)
