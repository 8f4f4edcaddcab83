"""Clusters."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import Message, general
from openlpar.messages import storage as say
from openlpar.ops.shared_storage.cluster_create import CreateCluster
from openlpar.ops.views import shown
from openlpar.uom.cluster import Cluster, Node, RepositoryDisk
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.plain import to_plain
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume
from tests.ops.storage.conftest import CLUSTER, POOL, TIER, VIOS1, VIOS2, Stored, request, san_udid


def wish(name: str = "c2", repository: str = "hdisk4", *nodes: Node) -> Cluster:
    return Cluster(
        name=name,
        repository_disk=RepositoryDisk(repos_pv=PhysicalVolume(name=repository)),
        nodes=nodes or [Node(vios_uri=f"VirtualIOServer/{VIOS1}")],
    )


def pool(name: str = "p2", *volumes: str) -> SharedStoragePool:
    return SharedStoragePool(name=name, physical_volumes=[PhysicalVolume(name=v) for v in volumes or ("hdisk5",)])


async def without_cluster(stored: Stored) -> None:
    await stored.run(request("delete", stored.state.get(Cluster, CLUSTER)))


async def test_a_cluster_is_made_by_a_job(stored: Stored) -> None:
    await without_cluster(stored)
    assert not stored.state.count(SharedStoragePool) and not stored.state.count(Tier)
    parameters = {
        "clusterXml": json.dumps(to_plain(wish())),
        "sspXml": json.dumps(to_plain(pool("p2", "hdisk5", "hdisk6"))),
    }
    job = await stored.job("Cluster", "", "Create", **parameters)
    assert job.status == "COMPLETED_OK", job
    cluster = next(stored.state.all(Cluster))
    made = next(stored.state.all(SharedStoragePool))
    tier = next(stored.state.all(Tier, made.uuid))
    identity = cluster.id[2:]
    assert (
        cluster.id.startswith("22") and made.udid.startswith(f"24{identity}") and tier.udid.startswith(f"25{identity}")
    )
    assert cluster.ssp_uri == tier.ssp_uri == f"SharedStoragePool/{made.uuid}"
    assert cluster.repository_disk.repos_pv.udid == san_udid(4)
    assert (cluster.nodes[0].lpar_id, cluster.nodes[0].hostname) == (2, "vios1")
    assert (made.capacity, tier.is_default) == (Decimal("99.75"), True)
    await stored.run(request("create", LogicalUnit(parent=tier.uuid, name="lu1", capacity=Decimal(1))))
    assert stored.unit("lu1").udid.startswith(f"27{identity}")


@pytest.mark.parametrize(
    ("cluster", "ssp", "message"),
    [
        (wish("a b"), pool(), say.BAD_NAME),
        (wish("cluster1"), pool(), general.NAME_TAKEN),
        (wish(), pool("pool1"), general.NAME_TAKEN),
        (wish("c2", "hdisk4", Node(hostname="vios1"), Node(hostname="vios2")), pool(), say.ONE_NODE),
        (wish("c2", "hdisk4", Node(hostname="nobody")), pool(), say.UNKNOWN_NODE),
        (wish(), pool(), say.OTHER_CLUSTER),
    ],
)
async def test_bad_clusters_are_refused(
    stored: Stored, cluster: Cluster, ssp: SharedStoragePool, message: Message
) -> None:
    await stored.refused(CreateCluster(cluster, ssp), message)


@pytest.mark.parametrize(
    ("cluster", "ssp", "message"),
    [
        (wish("c2", "hdisk99"), pool(), say.NO_SUCH_VOLUME),
        (wish("c2", "hdisk1"), pool(), say.VOLUME_TAKEN),
        (wish("c2", "hdisk5"), pool(), say.VOLUME_TAKEN),
        (wish(), pool("p2", "hdisk5", "hdisk5"), say.VOLUME_TAKEN),
        (wish().evolve(repository_disk=None), pool(), general.MISSING_VALUE),
        (wish(), pool().evolve(physical_volumes=()), general.MISSING_VALUE),
    ],
)
async def test_bad_disks_of_clusters_are_refused(
    stored: Stored, cluster: Cluster, ssp: SharedStoragePool, message: Message
) -> None:
    await without_cluster(stored)
    await stored.refused(CreateCluster(cluster, ssp), message)


@pytest.mark.parametrize("parameters", [{}, {"clusterXml": "{"}, {"clusterXml": '{"Nothing": 1}'}])
async def test_bad_parameters_are_refused(stored: Stored, parameters: dict[str, str]) -> None:
    with pytest.raises(Exception, match="clusterXml"):
        CreateCluster.from_job("", parameters)


async def test_nodes_leave_and_join(stored: Stored) -> None:
    cluster = shown(stored.state, stored.state.get(Cluster, CLUSTER))
    await stored.run(request("update", cluster.evolve(nodes=cluster.nodes[:1])))
    assert len(stored.state.get(Cluster, CLUSTER).nodes) == 1
    await stored.run(request("update", cluster.evolve(nodes=[cluster.nodes[0], Node(hostname="vios2")])))
    joined = stored.state.get(Cluster, CLUSTER).nodes[1]
    assert (joined.lpar_id, joined.vios_uri.rpartition("/")[2]) == (3, VIOS2)
    text = await stored.refused(request("update", cluster.evolve(nodes=())), say.LAST_NODE)
    assert "vios2 is the last node of cluster cluster1" in text


async def test_a_node_joins_by_what_the_status_of_the_cluster_calls_it(stored: Stored) -> None:
    cluster = shown(stored.state, stored.state.get(Cluster, CLUSTER))
    with stored.engine.alter() as change:
        change.put(stored.state.get(VirtualIOServer, VIOS2).evolve(hostname="gannet3.example.com"))
    for name in ("gannet3", "gannet3.example.com", "vios2"):
        await stored.run(request("update", cluster.evolve(nodes=cluster.nodes[:1])))
        await stored.run(request("update", cluster.evolve(nodes=[cluster.nodes[0], Node(hostname=name)])))
        joined = stored.state.get(Cluster, CLUSTER).nodes[1]
        assert (joined.hostname, joined.lpar_id) == ("gannet3.example.com", 3)


async def test_a_node_that_serves_the_pool_stays(stored: Stored) -> None:
    await stored.run(request("create", LogicalUnit(parent=TIER, name="lu1", capacity=Decimal(1))))
    await stored.map("logical_unit", stored.unit("lu1"), VIOS2)
    cluster = stored.state.get(Cluster, CLUSTER)
    text = await stored.refused(request("update", cluster.evolve(nodes=cluster.nodes[:1])), say.NODE_IN_USE)
    assert "vios2 cannot leave cluster cluster1: it serves 1 logical units of pool pool1" in text
    text = await stored.refused(request("delete", cluster), say.POOL_IN_USE)
    assert "its pool pool1 holds 1 logical units" in text


async def test_a_node_must_see_the_disks(stored: Stored) -> None:
    cluster = stored.state.get(Cluster, CLUSTER)
    await stored.run(request("update", cluster.evolve(nodes=cluster.nodes[:1])))
    with stored.engine.alter() as change:
        change.remove(next(v for v in change.all(PhysicalVolume, VIOS2) if v.udid == san_udid(3)))
    system = MachineTypeModelAndSerialNumber(machine_type="8247", model="21L", serial="212E3CA")
    joining: Any = [*cluster.nodes[:1], Node(lpar_id=3, mtms=system)]
    text = await stored.refused(request("update", cluster.evolve(nodes=joining)), say.NODE_LACKS_DISK)
    assert "vios2 cannot join cluster cluster1: it does not see the disk hdisk3" in text


async def test_what_is_fixed_of_a_cluster(stored: Stored) -> None:
    cluster = stored.state.get(Cluster, CLUSTER)
    await stored.refused(request("update", cluster.evolve(name="other")), say.FIXED)
    other = RepositoryDisk(repos_pv=PhysicalVolume(name="hdisk4", udid=san_udid(4)))
    await stored.refused(request("update", cluster.evolve(repository_disk=other)), say.FIXED)


async def test_nodes_show_their_state(stored: Stored) -> None:
    with stored.engine.alter() as change:
        change.put(change.get(VirtualIOServer, VIOS2).evolve(state="not activated"))
    cluster = shown(stored.state, stored.state.get(Cluster, CLUSTER))
    assert [node.state for node in cluster.nodes] == ["Up", "Down"]


async def test_deleting_frees_the_disks(stored: Stored) -> None:
    await without_cluster(stored)
    assert not stored.state.count(Cluster)
    assert stored.state.find(SharedStoragePool, POOL) is None
    await stored.run(CreateCluster(wish("c3", "hdisk2"), pool("p3", "hdisk3")))
