"""Clusters, shared storage pools, tiers and logical units."""

from __future__ import annotations

import io

from pypowervm import entities as ent
from pypowervm import exceptions as exc
from pypowervm.tasks import cluster_ssp
from pypowervm.tasks import storage as tasks
from pypowervm.wrappers import cluster
from pypowervm.wrappers import storage as stor

from .site import Site, raises

GIB = 1 << 30


def the_cluster_knows_its_nodes_and_disks(site: Site) -> None:
    found = site.cluster()
    pool = site.pool()
    assert found.ssp_uri.endswith(f"/SharedStoragePool/{pool.uuid}") and found.ssp_uuid == pool.uuid
    assert found.repos_pv.name == "hdisk2" and found.id
    assert {(node.lpar_id, node.vios_uuid) for node in found.nodes} == {
        (vios.id, vios.uuid) for vios in site.vioses("None")
    }
    for node in found.nodes:
        assert node.hostname and node.mtms.mtms_str == "8247-21L*212E3CA" and node.state == cluster.NodeState.UP
    assert [pv.name for pv in pool.physical_volumes] == ["hdisk3"]
    assert pool.capacity > 400 and pool.free_space <= pool.capacity and pool.udid.startswith("24")


def a_logical_unit_changes_pool_and_etag(site: Site) -> None:
    pool = site.pool()
    free = pool.free_space
    after, unit = tasks.crt_lu(pool, "unit", 10, thin=False, typ=stor.LUType.DISK)
    assert after.etag != pool.etag and unit.udid.startswith("27") and int(unit.udid[2:], 16)
    assert (unit.name, unit.capacity, unit.is_thin, unit.lu_type, unit.in_use) == (
        "unit",
        10,
        False,
        stor.LUType.DISK,
        False,
    )
    assert [each.udid for each in after.logical_units if each.name == "unit"] == [unit.udid]
    assert after.free_space <= free - 10
    after = tasks.rm_ssp_storage(after, [unit])
    assert [each for each in after.logical_units if each.name == "unit"] == []
    assert site.pool().free_space == free


def a_thin_unit_takes_no_space_yet(site: Site) -> None:
    with site.unit("thin", 50, thin=True) as unit:
        assert unit.is_thin and stor.LUEnt.get(site.adapter, uuid=unit.uuid, parent=site.tier()).capacity == 50
    tier = tasks.default_tier_for_ssp(site.pool())
    assert tier.is_default and tier.name == "SYSTEM"


def a_linked_clone_follows_its_image(site: Site) -> None:
    pool, found = site.pool(), site.cluster()
    pool, image = tasks.crt_lu(pool, "image", 4, typ=stor.LUType.IMAGE)
    pool, clone = tasks.crt_lu_linked_clone(pool, found, image, "clone", lu_size_gb=6)
    assert clone.cloned_from_udid[2:] == image.udid[2:] and clone.capacity == 6 and clone.lu_type == stor.LUType.DISK
    assert [lu.name for lu in pool.logical_units if lu.lu_type == stor.LUType.IMAGE] == ["image"]
    _, second = tasks.crt_lu(site.tier(), "clone2", 4, thin=True, typ=stor.LUType.DISK, clone=image)
    tasks.rm_tier_storage([second], tier=site.tier())
    names = {each.name for each in stor.LUEnt.get(site.adapter, parent=site.tier())}
    assert {"image", "clone"} <= names and "clone2" not in names, "the image is still used by the other clone"
    tasks.rm_ssp_storage(site.pool(), [clone])
    assert stor.LUEnt.get(site.adapter, parent=site.tier()) == [], "the last clone takes the image with it"


def units_are_deleted_by_posting_the_pool_without_them(site: Site) -> None:
    pool, one = tasks.crt_lu(site.pool(), "one", 1)
    pool, two = tasks.crt_lu(pool, "two", 1)
    pool = tasks.rm_ssp_storage(pool, [one, two])
    assert not pool.logical_units


def a_pool_grows_by_a_disk(site: Site) -> None:
    pool = site.pool()
    before = pool.capacity
    pool.physical_volumes.append(stor.PV.bld(site.adapter, "hdisk7"))
    pool = pool.update()
    assert {pv.name for pv in pool.physical_volumes} == {"hdisk3", "hdisk7"} and pool.capacity > before
    pool.physical_volumes = [pv for pv in pool.physical_volumes if pv.name == "hdisk3"]
    pool = pool.update()
    assert pool.capacity == before


def an_image_is_uploaded_once(site: Site) -> None:
    vios, tier = site.vios("vios1", "None"), site.tier()
    content = b"image" * 50000
    opened = []

    def stream() -> io.BytesIO:
        opened.append(1)
        return io.BytesIO(content)

    for _ in range(2):
        made = cluster_ssp.get_or_upload_image_lu(tier, "image_abc", vios.uuid, stream, len(content))
        assert made.lu_type == stor.LUType.IMAGE and made.name == "image_abc"
    assert len(opened) == 1
    assert [each.name for each in stor.LUEnt.get(site.adapter, parent=tier)] == ["image_abc"], "the marker is gone"
    tasks.rm_tier_storage([made], tier=tier, del_unused_images=True)


def a_unit_is_created_and_uploaded_at_once(site: Site) -> None:
    vios = site.vios("vios2", "None")
    content = b"\0\1" * 100_000
    pool, unit, left = tasks.upload_new_lu(
        vios.uuid, site.pool(), io.BytesIO(content), "fresh", len(content), d_size=2 * GIB, return_ssp=True
    )
    assert left is None and unit.capacity == 2
    tasks.rm_ssp_storage(pool, [unit])


def bad_units_are_refused_by_name(site: Site) -> None:
    with site.unit("taken"):
        for name, size in (("taken", 1), ("enormous", 1_000_000), ("negative", -1)):
            with raises(exc.HttpError, name):
                tasks.crt_lu(site.tier(), name, size, thin=False)
    with site.unit("image", 1, typ=stor.LUType.IMAGE) as image:
        _, clone = tasks.crt_lu(site.tier(), "clone", 1, clone=image)
        with raises(exc.HttpError, "image"):
            image.delete()
        tasks.rm_tier_storage([clone], tier=site.tier(), del_unused_images=False)


def a_second_cluster_on_taken_disks_fails_by_the_disks_name(site: Site) -> None:
    node = cluster.Node.bld(site.adapter, vios_uri=site.vios("vios1", "None").related_href)
    repository = stor.PV.bld(site.adapter, "hdisk2", udid="x")
    with raises(exc.JobRequestFailed):
        cluster_ssp.crt_cluster_ssp(
            "second", "pool2", repository, node, [stor.PV.bld(site.adapter, "hdisk6", udid="x")]
        )
    assert cluster.Cluster.search(site.adapter, name="second") == []


def tiers_are_made_mirrored_and_removed(site: Site) -> None:
    """The client reads tiers only: what is sent is built of its elements."""
    pool = site.pool()
    before = pool.capacity
    wish = stor.Tier._bld(site.adapter)
    wish.set_parm_value("Name", "FAST")
    wish.element.append(_failure_groups(site, {"one": "hdisk6"}))
    fast = wish.create(parent=pool)
    assert (fast.name, fast.is_default, fast.ssp_uuid) == ("FAST", False, pool.uuid) and fast.udid.startswith("25")
    assert [tier.name for tier in stor.Tier.get(site.adapter, parent=pool)] == ["SYSTEM", "FAST"]
    assert {tier.uuid for tier in stor.Tier.get(site.adapter)} == {site.tier().uuid, fast.uuid}
    assert tasks.default_tier_for_ssp(pool).name == "SYSTEM"
    assert site.pool().capacity == before + fast.capacity
    _, unit = tasks.crt_lu(fast, "fast1", 5, thin=False)
    assert [each.name for each in stor.LUEnt.get(site.adapter, parent=fast)] == ["fast1"]
    assert "fast1" in {each.name for each in site.pool().logical_units}
    assert "fast1" not in {each.name for each in stor.LUEnt.get(site.adapter, parent=site.tier())}
    with raises(exc.HttpError, "FAST"):
        fast.refresh().delete()
    tasks.rm_tier_storage([unit], tier=fast)
    fast = fast.refresh()
    fast.element.replace(fast.element.find("FailureGroups"), _failure_groups(site, {"one": "hdisk6", "two": "hdisk7"}))
    fast = fast.update()
    assert fast.element.findtext("MirrorState") == "Synced"
    assert {pv.name for pv in site.pool().physical_volumes} == {"hdisk3", "hdisk6", "hdisk7"}
    assert site.pool().capacity == before + fast.capacity
    fast.delete()
    assert [pv.name for pv in site.pool().physical_volumes] == ["hdisk3"] and site.pool().capacity == before


def _failure_groups(site: Site, disks: dict[str, str]) -> ent.Element:
    groups = ent.Element("FailureGroups", site.adapter, attrib={"schemaVersion": "V1_3_0"}, children=[])
    for name, disk in disks.items():
        volumes = ent.Element("PhysicalVolumes", site.adapter, children=[])
        volumes.append(stor.PV.bld(site.adapter, disk).element)
        group = ent.Element(
            "FailureGroup", site.adapter, children=[ent.Element("Name", site.adapter, text=name), volumes]
        )
        groups.append(group)
    return groups
