"""Volume groups, virtual disks and media repositories with ``tasks.storage`` and ``tasks.vopt``."""

from __future__ import annotations

from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.tasks import scsi_mapper, vopt
from pypowervm.tasks import storage as tasks
from pypowervm.wrappers import logical_partition
from pypowervm.wrappers import storage as stor

from .site import Site, raises

SMAP, FMAP = const.XAG.VIO_SMAP, const.XAG.VIO_FMAP


def a_volume_group_is_found_by_name(site: Site) -> None:
    vios, group = tasks.find_vg(site.adapter, "datavg")
    assert (vios.name, group.name) == ("vios1", "datavg")
    vios, group = tasks.find_vg(site.adapter, "datavg", vios_name="vios2")
    assert vios.name == "vios2"
    assert group.capacity > 200 and group.free_space == group.available_size
    assert [pv.name for pv in group.phys_vols] == ["hdisk1"]
    with raises(exc.VGNotFound):
        tasks.find_vg(site.adapter, "nonevg")
    with raises(exc.VIOSNotFound):
        tasks.find_vg(site.adapter, "datavg", vios_name="vios8")


def a_volume_group_is_created_extended_and_deleted(site: Site) -> None:
    vios = site.vios("vios1")
    disks = {pv.name: pv for pv in vios.phys_vols}
    made = stor.VG.bld(site.adapter, "newvg", [disks["hdisk4"]]).create(parent=vios)
    assert made.name == "newvg" and [pv.name for pv in made.phys_vols] == ["hdisk4"]
    with raises(exc.HttpError, "hdisk4"):
        stor.VG.bld(site.adapter, "otherv", [disks["hdisk4"]]).create(parent=vios)
    before = made.capacity
    made.phys_vols.append(disks["hdisk5"])
    made = made.update()
    assert {pv.name for pv in made.phys_vols} == {"hdisk4", "hdisk5"} and made.capacity > before
    made.delete()
    assert site.volume_group(vios, "newvg") is None


def a_virtual_disk_is_created_grown_and_deleted(site: Site) -> None:
    vios = site.vios("vios1")
    free = site.volume_group(vios, "datavg").free_space
    with site.disk(vios, "grower", 2.5) as disk:
        assert disk.name == "grower" and disk.udid.startswith("03") and disk.capacity >= 2.5
        group = site.volume_group(vios, "datavg")
        assert group.free_space < free
        (mine,) = [each for each in group.virtual_disks if each.name == "grower"]
        assert (mine.udid, mine.vdtype) == (disk.udid, stor.VDiskType.LV)
        mine.capacity = 5
        group = group.update()
        (mine,) = [each for each in group.virtual_disks if each.name == "grower"]
        assert mine.capacity >= 5 and mine.udid == disk.udid
        tasks.rescan_vstor(vios, mine)
        with raises(exc.VstorNotFound):
            tasks.rescan_vstor(vios, "03" + "0" * 32, adapter=site.adapter)
    assert site.volume_group(vios, "datavg").free_space == free


def a_virtual_disk_can_be_a_copy(site: Site) -> None:
    vios = site.vios("vios1")
    group = site.volume_group(vios, "datavg")
    with site.disk(vios, "source", 1) as source:
        copy = tasks.crt_copy_vdisk(site.adapter, vios.uuid, group.uuid, source.udid, 1 << 30, "copy", d_size=2 << 30)
        assert copy.capacity >= 2 and copy.udid != source.udid
        tasks.rm_vg_storage(site.volume_group(vios, "datavg"), vdisks=[copy])


def a_bad_virtual_disk_is_refused_by_name(site: Site) -> None:
    vios = site.vios("vios1")
    group = site.volume_group(vios, "datavg")
    with site.disk(vios, "taken"):
        for name, size in (("taken", 1), ("enormous", 100_000), ("bad name!", 1), ("a_name_that_is_long", 1)):
            with raises(exc.HttpError, name):
                tasks.crt_vdisk(site.adapter, vios.uuid, group.uuid, name, size)


def the_media_repository_is_found(site: Site) -> None:
    vios = site.vios("vios1")
    group = site.volume_group(vios, "rootvg")
    assert vopt.validate_vopt_repo_exists(site.adapter) == (vios.uuid, group.uuid)
    assert vopt.validate_vopt_repo_exists(site.adapter) == (vios.uuid, group.uuid), "from the client's cache"
    (repository,) = group.vmedia_repos
    assert (repository.name, repository.size) == ("VMLibrary", 20)


def a_media_repository_is_created_filled_and_deleted(site: Site) -> None:
    vios = site.vios("vios2")
    group = site.volume_group(vios, "datavg")
    group.vmedia_repos = [stor.VMediaRepos.bld(site.adapter, "vopt", 2)]
    group = group.update()
    (repository,) = group.vmedia_repos
    assert repository.size == 2 and not repository.optical_media
    group.vmedia_repos[0].optical_media.append(stor.VOptMedia.bld(site.adapter, "blank.iso", 1))
    group = group.update()
    (medium,) = group.vmedia_repos[0].optical_media
    assert (medium.name, medium.size, medium.mount_type) == ("blank.iso", 1.0, "rw") and medium.udid.startswith("0e")
    other = site.volume_group(vios, "rootvg")
    other.vmedia_repos = [stor.VMediaRepos.bld(site.adapter, "second", 1)]
    with raises(exc.HttpError, "vios2"):
        other.update()
    group = tasks.rm_vg_storage(group, vopts=list(group.vmedia_repos[0].optical_media))
    group.vmedia_repos = []
    group = group.update()
    assert not group.vmedia_repos


def leftovers_of_a_deleted_partition_are_scrubbed(site: Site) -> None:
    vios = site.vios("vios1")
    group = site.volume_group(vios, "datavg")
    disk = tasks.crt_vdisk(site.adapter, vios.uuid, group.uuid, "leftover", 1)
    with site.partition("leaver") as lpar:
        scsi_mapper.add_vscsi_mapping(None, vios.uuid, lpar.uuid, disk)
        from pypowervm.utils import transaction as tx
        from pypowervm.wrappers import virtual_io_server

        scrub = tx.FeedTask("scrub", virtual_io_server.VIOS.getter(site.adapter, xag=[SMAP, FMAP]))
        tasks.add_lpar_storage_scrub_tasks([lpar.id], scrub, lpars_exist=True)
        scrub.execute()
        assert scsi_mapper.find_maps(site.vios("vios1", SMAP).scsi_mappings, lpar.id) == []
    assert [each.name for each in site.volume_group(vios, "datavg").virtual_disks if each.name == "leftover"] == []


def a_deleted_partition_leaves_no_mapping_of_the_dead(site: Site) -> None:
    """Whatever the server leaves behind, the client's scrub must find and remove it."""
    vios = site.vios("vios1")
    with site.disk(vios, "orphan") as disk:
        lpar = site.built("shortlived").create(parent=site.system())
        scsi_mapper.add_vscsi_mapping(None, vios.uuid, lpar.uuid, disk)
        logical_partition.LPAR.get(site.adapter, uuid=lpar.uuid).delete()
        for found in site.vioses(SMAP, FMAP):
            stale = tasks.find_stale_lpars(found)
            assert set(stale) <= {lpar.id}, stale
        disks = site.volume_group(vios, "datavg").virtual_disks
        assert [each.name for each in disks if each.name == "orphan"], "deleting a partition keeps its disks"
    tasks.ComprehensiveScrub(site.adapter).execute()
    tasks.ScrubOrphanStorageForLpar(site.adapter, lpar.id).execute()
    tasks.ScrubPortlessVFCMaps(site.adapter).execute()
    for found in site.vioses(SMAP, FMAP):
        assert tasks.find_stale_lpars(found) == []
        assert scsi_mapper.find_maps(found.scsi_mappings, lpar.id) == []
