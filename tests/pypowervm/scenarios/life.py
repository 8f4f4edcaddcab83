"""A partition's whole life, as a cloud driver leads it."""

from __future__ import annotations

import io

from pypowervm import const
from pypowervm.tasks import cna, partition, power, scsi_mapper, vfc_mapper, vopt
from pypowervm.tasks import storage as tasks
from pypowervm.utils import transaction as tx
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import logical_partition, virtual_io_server
from pypowervm.wrappers import storage as stor

from .site import Site

XAG = const.XAG


def a_partition_is_deployed_resized_and_destroyed(site: Site) -> None:
    partition.validate_vios_ready(site.adapter)
    pool, image = tasks.crt_lu(site.pool(), "image_base", 2, typ=stor.LUType.IMAGE)
    pool, boot = tasks.crt_lu(pool, "boot_vm", 4, typ=stor.LUType.DISK, clone=image)
    lpar = site.built("vm", memory=2048, max_mem=8192, vcpu=1, max_vcpu=4).create(parent=site.system())
    for vlan in (10, 11):
        cna.crt_cna(site.adapter, None, lpar.uuid, vlan)
    cna.crt_cna(site.adapter, None, lpar.uuid, 4094, vswitch="MGMTSWITCH")

    vios_uuid, group_uuid = vopt.validate_vopt_repo_exists(site.adapter)
    config, _ = tasks.upload_vopt(site.adapter, vios_uuid, io.BytesIO(b"config" * 1000), "cfg_vm.iso", f_size=6000)
    feed = partition.build_active_vio_feed_task(site.adapter)
    vioses = feed.feed
    ports = [port.wwpn for vios in vioses for port in vios.pfc_ports]
    maps = vfc_mapper.derive_base_npiv_map(vioses, ports, 2)

    def attach(vios: virtual_io_server.VIOS) -> bool:
        elements = [boot] + ([config] if vios.uuid == vios_uuid else [])
        for element in elements:
            scsi_mapper.add_map(vios, scsi_mapper.build_vscsi_mapping(None, vios, lpar.uuid, element))
        for port_map in maps:
            if vfc_mapper.find_vios_for_port_map([vios], port_map):
                vfc_mapper.add_map(vios, None, lpar.uuid, port_map)
        return True

    feed.add_functor_subtask(attach)
    feed.execute()
    power.PowerOp.start(lpar)
    lpar = lpar.refresh()
    assert lpar.state == bp.LPARState.RUNNING

    lpar.mem_config.desired = 4096
    lpar = lpar.update()
    power.power_off_progressive(lpar)
    power.PowerOp.start(lpar.refresh())

    lpar = lpar.refresh()
    power.PowerOp.stop(lpar)
    # The medium goes first: the client's scrub of media fails on volume groups that have no repository.
    vios, _ = scsi_mapper.remove_vopt_mapping(site.adapter, vios_uuid, lpar.id)
    group = stor.VG.get(site.adapter, uuid=group_uuid, parent=vios)
    tasks.rm_vg_storage(group, vopts=list(group.vmedia_repos[0].optical_media))
    scrub = tx.FeedTask("destroy", virtual_io_server.VIOS.getter(site.adapter, xag=[XAG.VIO_SMAP, XAG.VIO_FMAP]))
    tasks.add_lpar_storage_scrub_tasks([lpar.id], scrub, lpars_exist=True)
    scrub.execute()
    logical_partition.LPAR.get(site.adapter, uuid=lpar.uuid).delete()
    tasks.rm_tier_storage([boot], tier=site.tier())
    assert stor.LUEnt.get(site.adapter, parent=site.tier()) == []
