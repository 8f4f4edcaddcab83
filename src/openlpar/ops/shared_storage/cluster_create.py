"""Creating a cluster with its shared storage pool: job ``Create`` of ``Cluster``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self, TypeVar

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.shared_storage.accounts import pool_volume, pool_volumes
from openlpar.ops.shared_storage.nodes import node_of, resolved, touch_servers
from openlpar.ops.shared_storage.pool_update import check_pool_name
from openlpar.ops.shared_storage.tier_plan import FIRST_GROUP, resized, with_groups
from openlpar.ops.shared_storage.tier_write import identified
from openlpar.ops.storage.names import LOGICAL_UNIT, check_name
from openlpar.ops.storage.usage import TakenVolumes, free_volume
from openlpar.ports.state import Change, World
from openlpar.uom.cluster import Cluster, RepositoryDisk
from openlpar.uom.core import BadValue, Element
from openlpar.uom.plain import from_plain
from openlpar.uom.shared_storage_pool import FailureGroup, FailureGroupState, SharedStoragePool, Tier, TierType

E = TypeVar("E", bound=Element)

# What a VIOS calls the first tier of a pool, and its threshold for telling that a pool fills up.
_TIER = "SYSTEM"
_ALERT_THRESHOLD = Decimal(35)


@dataclass
class CreateCluster(JobOperation, name="cluster.create", job="Create", groups=("Cluster",)):
    """Makes a cluster of one Virtual I/O Server and the pool of its disks; other nodes are added by updating the cluster."""

    evidence = Evidence(Level.RECORDED, "cluster_create_job_template.txt")

    cluster: Cluster
    pool: SharedStoragePool
    target: str = ""

    parameters: ClassVar[dict[str, str]] = {
        "clusterXml": "Cluster with its name, its repository disk and its first node",
        "sspXml": "SharedStoragePool with its name and physical volumes",
    }
    element_parameters: ClassVar[dict[str, type[Element]]] = {"clusterXml": Cluster, "sspXml": SharedStoragePool}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(_decoded("clusterXml", Cluster, parameters), _decoded("sspXml", SharedStoragePool, parameters))

    def locks(self) -> Iterable[str]:
        return ("clusters",)

    def about(self, world: World) -> str:
        return self.cluster.name

    def check(self, world: World) -> None:
        cluster, pool = self.cluster, self.pool
        check_name("cluster", cluster.name, LOGICAL_UNIT)
        if any(other.name == cluster.name for other in world.all(Cluster)):
            raise general.NAME_TAKEN.error(kind="Cluster", name=cluster.name)
        check_pool_name(world, pool.name)
        if len(cluster.nodes) != 1:
            raise say.ONE_NODE.error(cluster=cluster.name, count=len(cluster.nodes))
        self._vios = resolved(world, cluster.nodes[0], cluster.name)
        wish = cluster.repository_disk.repos_pv
        if not wish:
            raise general.MISSING_VALUE.error(object=f"Cluster {cluster.name}", field="RepositoryDisk")
        taken = TakenVolumes(world, self._vios.uuid, mapped_anywhere=True)
        self._repository = pool_volume(free_volume(world, self._vios, wish, taken))
        if not pool.physical_volumes:
            raise general.MISSING_VALUE.error(object=f"Shared storage pool {pool.name}", field="PhysicalVolumes")
        self._volumes = pool_volumes(world, self._vios, pool.physical_volumes)
        if any(
            volume.udid == self._repository.udid and volume.name == self._repository.name for volume in self._volumes
        ):
            use = f"it is to be the repository disk of cluster {cluster.name}"
            raise say.VOLUME_TAKEN.error(volume=self._repository.name, vios=self._vios.name, use=use)

    def steps(self) -> Iterable[Step]:
        yield Step("make the pool", self._make_pool)
        yield Step("make the cluster", self._make_cluster)

    def _make_pool(self, change: Change) -> None:
        """UDIDs carry the cluster's identifier behind their type, as in recordings."""
        entropy, volumes = change.entropy, self._volumes
        self._cluster_id, self._pool_uuid = entropy.hex(32), entropy.uuid()
        seconds = change.clock.now() // 1000
        group = resized(FailureGroup(state=FailureGroupState.ONLINE.value), FIRST_GROUP, volumes)
        tier = with_groups(
            Tier(
                parent=self._pool_uuid,
                name=_TIER,
                tier_type=TierType.UNRESTRICTED_SYSTEM_TIER.value,
                is_default=True,
                ssp_uri=f"SharedStoragePool/{self._pool_uuid}",
            ),
            (group,),
        )
        pool = SharedStoragePool(
            uuid=self._pool_uuid,
            logical_units=(),
            multi_data_tier_configured=False,
            multi_failure_group_configured=False,
            physical_volumes=volumes,
            capacity=tier.capacity,
            free_space=tier.capacity,
            over_commit_space=Decimal(0),
            total_lu_size=Decimal(0),
            alert_threshold=_ALERT_THRESHOLD,
            name=self.pool.name,
            udid=f"24{self._cluster_id}00000000{entropy.hex(8).upper()}{seconds:016X}",
        )
        change.put(pool)
        change.put(identified(change, pool, tier))

    def _make_cluster(self, change: Change) -> None:
        made = Cluster(
            uuid=change.entropy.uuid(),
            name=self.cluster.name,
            id=f"22{self._cluster_id}",
            repository_disk=RepositoryDisk(repos_pv=self._repository),
            ssp_uri=f"SharedStoragePool/{self._pool_uuid}",
            nodes=(node_of(change, self._vios, self.cluster.nodes[0].hostname),),
        )
        change.put(made)
        touch_servers(change)
        self.subject = (Cluster, made.uuid)


def _decoded(name: str, kind: type[E], parameters: dict[str, str]) -> E:
    """A parameter that carries an element, as the JSON that a face made of it."""
    if name not in parameters:
        raise general.MISSING_VALUE.error(object="Job Create of Cluster", field=name)
    try:
        return from_plain(kind, json.loads(parameters[name]))
    except (BadValue, ValueError) as exc:
        raise general.BAD_VALUE.error(
            field=name, object="job Create of Cluster", value="that", cause=str(exc), wanted=f"a {kind.tag}"
        ) from exc
