"""Taking a cluster down and building another: see ``test_own_servers.py``, nothing brings the first one back."""

from __future__ import annotations

from pypowervm import exceptions as exc
from pypowervm.tasks import cluster_ssp
from pypowervm.tasks import storage as tasks
from pypowervm.wrappers import cluster
from pypowervm.wrappers import storage as stor

from .site import Site, raises


def a_cluster_is_deleted_created_and_joined_by_a_second_node(site: Site) -> None:
    with site.unit("inuse"), raises(exc.HttpError, "cluster1"):
        site.cluster().delete()
    site.cluster().delete()
    assert cluster.Cluster.get(site.adapter) == [] and stor.SSP.get(site.adapter) == []

    one, two = site.vioses()
    disks = {disk.name: disk for disk in one.phys_vols}
    assert disks["hdisk2"].avail_for_use and disks["hdisk3"].avail_for_use, "the disks are free again"
    node = cluster.Node.bld(site.adapter, vios_uri=one.related_href)
    cluster_ssp.crt_cluster_ssp("newcluster", "newpool", disks["hdisk2"], node, [disks["hdisk3"]])
    (made,) = cluster.Cluster.search(site.adapter, name="newcluster")
    assert [each.vios_uuid for each in made.nodes] == [one.uuid] and made.repos_pv.name == "hdisk2"
    (pool,) = stor.SSP.search(site.adapter, name="newpool")
    assert [disk.name for disk in pool.physical_volumes] == ["hdisk3"] and made.ssp_uuid == pool.uuid

    made.nodes.append(cluster.Node.bld(site.adapter, vios_uri=two.related_href))
    made = made.update()
    assert {each.vios_uuid for each in made.nodes} == {one.uuid, two.uuid}
    pool, unit = tasks.crt_lu(pool, "first", 5)
    tasks.rm_ssp_storage(pool, [unit])
    made.nodes = [each for each in made.nodes if each.vios_uuid == one.uuid]
    assert [each.vios_uuid for each in made.update().nodes] == [one.uuid]
