"""What ``tasks.partition`` and the rest of the client conclude about a running system."""

from __future__ import annotations

from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.tasks import ibmi, partition
from pypowervm.tasks.hdisk import _fc as hdisk
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import shared_proc_pool

from .site import Site, raises


def there_is_one_management_partition(site: Site) -> None:
    assert partition.get_mgmt_partition(site.adapter).name == "novalink_212E3CA"


def both_virtual_io_servers_are_active_and_ready(site: Site) -> None:
    names = {vios.name for vios in partition.get_active_vioses(site.adapter, find_min=2)}
    assert names == {"vios1", "vios2"}
    with raises(exc.NotEnoughActiveVioses):
        partition.get_active_vioses(site.adapter, find_min=3)
    partition.validate_vios_ready(site.adapter)
    assert all(vios.uptime >= 0 for vios in site.vioses("None"))


def partitions_are_listed_by_kind(site: Site) -> None:
    def names(**kinds: bool) -> set[str]:
        return {each.name for each in partition.get_partitions(site.adapter, **kinds)}

    assert names() == {"novalink_212E3CA", "vios1", "vios2"}
    assert names(lpars=False) == {"vios1", "vios2"}
    assert names(vioses=False) == {"novalink_212E3CA"}
    assert names(lpars=False, mgmt=True) == {"novalink_212E3CA", "vios1", "vios2"}


def physical_devices_are_told_from_others(site: Site) -> None:
    assert partition.has_physical_io(site.vios("vios1"))
    assert not partition.has_physical_io(site.lpar("novalink_212E3CA"))


def disks_are_the_same_on_both_virtual_io_servers(site: Site) -> None:
    one, two = ({pv.name: pv for pv in vios.phys_vols} for vios in site.vioses(const.XAG.VIO_STOR))
    assert one["hdisk4"].udid == two["hdisk4"].udid and one["hdisk0"].udid != two["hdisk0"].udid
    assert one["hdisk4"].capacity == 102400 and one["hdisk4"].is_fc_backed and not one["hdisk0"].is_fc_backed
    assert one["hdisk6"].avail_for_use and not one["hdisk3"].avail_for_use
    assert site.vios("vios1").hdisk_from_uuid("nothing") is None
    assert site.vios("vios1").hdisk_from_uuid(one["hdisk4"].udid) == "hdisk4"
    assert one["hdisk4"].pg83, "the SCSI page 83 descriptor"


def a_disk_can_be_asked_for_by_inventory(site: Site) -> None:
    vios = site.vios("vios1", const.XAG.VIO_STOR)
    (disk,) = [pv for pv in vios.phys_vols if pv.name == "hdisk4"]
    assert hdisk.get_pg83_via_job(site.adapter, vios.uuid, disk.udid)


def a_disk_is_discovered_by_its_address(site: Site) -> None:
    vios = site.vios("vios1")
    itls = hdisk.build_itls([port.wwpn for port in vios.pfc_ports], ["500507680210E522"], 4)
    status, name, udid = hdisk.discover_hdisk(site.adapter, vios.uuid, itls)
    assert status in vars(hdisk.LUAStatus).values(), status
    if name is not None:
        assert hdisk.good_discovery(status, name) and udid


def a_disk_in_use_is_not_removed(site: Site) -> None:
    vios = site.vios("vios1", "None")
    with raises(exc.JobRequestFailed, "hdisk0"):
        hdisk.remove_hdisk(site.adapter, "gannet", "hdisk0", vios.uuid)
    with raises(exc.JobRequestFailed, "hdisk99"):
        hdisk.remove_hdisk(site.adapter, "gannet", "hdisk99", vios.uuid)


def processor_pools_can_be_changed(site: Site) -> None:
    pools = shared_proc_pool.SharedProcPool.get(site.adapter, parent=site.system())
    (default,) = [each for each in pools if each.is_default]
    assert default.name == "DefaultPool" and default.id == 0
    others = [each for each in pools if not each.is_default]
    assert [(each.id, each.name) for each in others] == [(number, f"SharedPool{number:02d}") for number in range(1, 64)]
    pool = others[0]
    assert (pool.max_proc_units, pool.pend_rsrv_proc_units, pool.curr_rsrv_proc_units) == (0, 0, 0)
    pool.name, pool.max_proc_units, pool.pend_rsrv_proc_units = "mine", 4, 1
    pool = pool.update()
    assert (pool.name, pool.max_proc_units, pool.curr_rsrv_proc_units) == ("mine", 4.0, 1.0)
    pool.name, pool.max_proc_units, pool.pend_rsrv_proc_units = "SharedPool01", 0, 0
    pool.update()


def ibmi_settings_are_updated(site: Site) -> None:
    with site.partition("ibmi", env=bp.LPARType.OS400) as lpar, site.disk(site.vios("vios1"), "ibmi_ls") as disk:
        from pypowervm.tasks import cna, scsi_mapper
        from pypowervm.wrappers import logical_partition

        cna.crt_cna(site.adapter, None, lpar.uuid, 800)
        vios = scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", const.XAG.VIO_SMAP), lpar.uuid, disk)
        lpar = logical_partition.LPAR.get(site.adapter, uuid=lpar.uuid)
        lpar = ibmi.update_ibmi_settings(site.adapter, lpar, logical_partition.BootStorageType.VSCSI).update()
        assert lpar.desig_ipl_src == logical_partition.IPLSrc.B and lpar.keylock_pos == bp.KeylockPos.NORMAL
        (mine,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.id)
        assert lpar.io_config.tagged_io.load_src == str(mine.client_adapter.lpar_slot_num)
        scsi_mapper.remove_maps(vios, lpar.id)
        vios.update()
