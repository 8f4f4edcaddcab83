"""Attaching storage of every kind with ``tasks.scsi_mapper`` and ``tasks.client_storage``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.tasks import client_storage, power, scsi_mapper
from pypowervm.wrappers import storage as stor
from pypowervm.wrappers import virtual_io_server

from .site import Site, raises

SMAP = const.XAG.VIO_SMAP


def _maps(site: Site, lpar: Any, name: str = "vios1") -> list[Any]:
    found: list[Any] = scsi_mapper.find_maps(site.vios(name, SMAP).scsi_mappings, lpar.uuid)
    return found


def _pv(site: Site, name: str = "hdisk6") -> Any:
    (found,) = [pv for pv in site.vios("vios1", const.XAG.VIO_STOR).phys_vols if pv.name == name]
    return found


@contextlib.contextmanager
def _kinds(site: Site) -> Iterator[dict[str, Any]]:
    """One storage element of each kind on vios1."""
    with site.disk(site.vios("vios1"), "kinds") as disk, site.unit("kinds") as unit, site.medium("kinds.iso") as medium:
        yield {"disk": disk, "unit": unit, "medium": medium, "pv": stor.PV.bld(site.adapter, "hdisk6")}


def every_kind_of_storage_can_be_attached_and_detached(site: Site) -> None:
    remove: dict[str, tuple[Any, dict[str, Any]]] = {
        "disk": (scsi_mapper.remove_vdisk_mapping, {"disk_names": ["kinds"]}),
        "unit": (scsi_mapper.remove_lu_mapping, {"disk_names": ["kinds"]}),
        "medium": (scsi_mapper.remove_vopt_mapping, {"media_name": "kinds.iso"}),
        "pv": (scsi_mapper.remove_pv_mapping, {"backing_dev": "hdisk6"}),
    }
    with site.partition("client") as lpar, _kinds(site) as kinds:
        vios = site.vios("vios1", SMAP)
        for kind, element in kinds.items():
            vios = scsi_mapper.add_vscsi_mapping(None, vios.uuid, lpar.uuid, element)
            (made,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid, stg_elem=element)
            assert made.backing_storage.udid and made.backing_storage.udid[:2] in ("01", "03", "0e", "27"), kind
            assert made.server_adapter.lpar_id == lpar.id and made.client_adapter.lpar_id == lpar.id
            assert made.server_adapter.backing_dev_name, kind
            assert made.client_lpar_href.endswith(f"/LogicalPartition/{lpar.uuid}")
            assert made.target_dev.name and made.target_dev.lua, kind
            assert made.target_dev.element.findtext("UniqueDeviceID"), kind
            # A second time is no change.
            assert scsi_mapper.add_vscsi_mapping(None, vios, lpar.uuid, element) is vios
        everything = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
        assert len(everything) == 4
        assert len({each.server_adapter.udid for each in everything}) == 1, "they share one bus"
        assert {each.client_adapter.lpar_slot_num for each in everything} == {
            everything[0].client_adapter.lpar_slot_num
        }
        assert len({each.target_dev.lua for each in everything}) == 4
        for left, (kind, (function, options)) in zip((3, 2, 1, 0), remove.items(), strict=True):
            vios, gone = function(site.adapter, vios.uuid, lpar.id, **options)
            assert len(gone) == 1 and len(scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)) == left, kind


def the_wiring_of_both_ends_is_told(site: Site) -> None:
    with site.partition("ends") as lpar, site.disk(site.vios("vios1"), "ends") as disk:
        vios = scsi_mapper.add_vscsi_mapping(
            None, site.vios("vios1", SMAP), lpar.uuid, disk, lpar_slot_num=40, lua=None
        )
        (made,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
        server, client = made.server_adapter, made.client_adapter
        assert server.name.startswith("vhost") and server.side == "Server" and client.side == "Client"
        assert (server.lpar_id, server.vios_id, server.lpar_slot_num) == (lpar.id, 2, 40)
        assert (client.lpar_id, client.vios_id, client.lpar_slot_num) == (lpar.id, 2, 40)
        assert client.vios_slot_num == server.vios_slot_num
        assert client.loc_code == f"U8247.21L.212E3CA-V{lpar.id}-C40", client.loc_code
        assert server.loc_code == f"U8247.21L.212E3CA-V2-C{server.vios_slot_num}", server.loc_code
        assert server.udid.startswith("1e") and made.backing_storage.name == "ends"
        scsi_mapper.remove_maps(vios, lpar.id)
        vios.update()


def an_address_and_a_target_name_can_be_chosen(site: Site) -> None:
    with site.partition("lua") as lpar, site.disk(site.vios("vios1"), "lua") as disk:
        vios = site.vios("vios1", SMAP)
        wish = scsi_mapper.build_vscsi_mapping(
            None, vios, lpar.uuid, disk, lua="0x8300000000000000", target_name="chosen_td"
        )
        assert scsi_mapper.add_map(vios, wish) is wish
        vios = vios.update()
        (made,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
        assert (made.target_dev.lua, made.target_dev.name) == ("0x8300000000000000", "chosen_td")
        scsi_mapper.remove_maps(vios, lpar.id)
        vios.update()


def a_full_bus_makes_the_client_begin_another(site: Site) -> None:
    with site.partition("fused") as lpar, _kinds(site) as kinds:
        vios = site.vios("vios1", SMAP)
        for element in kinds.values():
            vios = scsi_mapper.add_vscsi_mapping(None, vios, lpar.uuid, element, fuse_limit=2)
        maps = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
        assert len({each.server_adapter.udid for each in maps}) == 2
        assert len({each.client_adapter.lpar_slot_num for each in maps}) == 2
        assert len(scsi_mapper.remove_maps(vios, lpar.uuid)) == 4
        vios.update()


def mappings_are_found_by_name_prefix_udid_and_partition(site: Site) -> None:
    with site.partition("found") as lpar, _kinds(site) as kinds:
        vios = site.vios("vios1", SMAP)
        for element in kinds.values():
            scsi_mapper.add_map(vios, scsi_mapper.build_vscsi_mapping(None, vios, lpar.uuid, element))
        vios = vios.update()
        maps = vios.scsi_mappings
        match = scsi_mapper.gen_match_func
        find = scsi_mapper.find_maps
        assert len(find(maps, lpar.id, match(stor.VDisk, names=["kinds"]))) == 1
        assert len(find(maps, lpar.id, match(stor.PV, prefixes=["hdisk"]))) == 1
        assert len(find(maps, lpar.id, match(stor.LU, udids=[kinds["unit"].udid]))) == 1
        assert len(find(maps, lpar.id, match(stor.VOptMedia, name_prop="media_name", names=["kinds.iso"]))) == 1
        index = scsi_mapper.index_mappings(maps)
        assert len(index["by-lpar-id"][str(lpar.id)]) == len(index["by-lpar-uuid"][lpar.uuid]) == 4
        for kind in ("disk", "unit"):
            udid = kinds[kind].udid
            assert len(index["by-storage-udid"][udid]) == 1
            found = client_storage.udid_to_scsi_mapping(vios, udid, lpar.id)
            assert found.backing_storage.udid == udid
            assert client_storage.udid_to_scsi_mapping(vios, udid, 999) is None
        scsi_mapper.remove_maps(vios, lpar.id, match(stor.VDisk))
        vios = vios.update()
        assert len(find(vios.scsi_mappings, lpar.id)) == 3
        scsi_mapper.remove_maps(vios, lpar.id)
        vios.update()


def a_medium_is_changed_and_ejected_with_its_drive_staying(site: Site) -> None:
    with site.partition("drive") as lpar, site.medium("one.iso") as one, site.medium("two.iso") as two:
        vios = scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", SMAP), lpar.uuid, one)
        (before,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
        vios, _ = scsi_mapper.modify_vopt_mapping(site.adapter, vios, lpar.id, two, media_name="one.iso")
        (changed,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
        assert changed.backing_storage.name == "two.iso"
        assert changed.server_adapter.udid == before.server_adapter.udid
        scsi_mapper.detach_storage(vios, lpar.id, scsi_mapper.gen_match_func(stor.VOptMedia))
        vios = vios.update()
        (ejected,) = scsi_mapper.find_maps(vios.scsi_mappings, lpar.uuid)
        assert ejected.backing_storage is None and ejected.server_adapter.udid == before.server_adapter.udid
        scsi_mapper.remove_maps(vios, lpar.id)
        vios.update()
        assert _maps(site, lpar) == []


def a_logical_unit_is_attached_through_both_virtual_io_servers(site: Site) -> None:
    with site.partition("multipath") as lpar, site.unit("multipath") as unit:
        for name in ("vios1", "vios2"):
            scsi_mapper.add_vscsi_mapping(None, site.vios(name, SMAP), lpar.uuid, unit)
        slots = [_maps(site, lpar, name)[0].client_adapter.lpar_slot_num for name in ("vios1", "vios2")]
        assert slots[0] != slots[1]
        for name in ("vios1", "vios2"):
            _, gone = scsi_mapper.remove_lu_mapping(site.adapter, site.vios(name, SMAP), lpar.id)
            assert [each.udid for each in gone] == [unit.udid]


def a_running_partition_gets_a_disk(site: Site) -> None:
    with site.partition("hotplug") as lpar, site.disk(site.vios("vios1"), "hotplug") as disk:
        power.PowerOp.start(lpar)
        vios = scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", SMAP), lpar.uuid, disk)
        scsi_mapper.remove_maps(vios, lpar.id)
        vios.update()


def storage_in_use_is_not_deleted(site: Site) -> None:
    from pypowervm.tasks import storage as tasks

    with site.partition("user") as lpar, _kinds(site) as kinds:
        vios = site.vios("vios1", SMAP)
        for element in kinds.values():
            vios = scsi_mapper.add_vscsi_mapping(None, vios, lpar.uuid, element)
        with raises(exc.HttpError, "kinds"):
            tasks.rm_vg_storage(site.volume_group(vios, "datavg"), vdisks=[kinds["disk"]])
        group = site.volume_group(vios, "rootvg")
        media = [each for each in group.vmedia_repos[0].optical_media if each.name == "kinds.iso"]
        with raises(exc.HttpError, "kinds.iso"):
            tasks.rm_vg_storage(group, vopts=media)
        with raises(exc.HttpError, "kinds"):
            stor.LUEnt.search(site.adapter, parent=site.tier(), name="kinds", one_result=True).delete()
        scsi_mapper.remove_maps(vios, lpar.id)
        vios.update()


def storage_that_is_missing_or_taken_is_refused_by_name(site: Site) -> None:
    missing = {
        "no_disk": stor.VDisk.bld_ref(site.adapter, "no_disk"),
        "no_unit": stor.LU.bld_ref(site.adapter, "no_unit", "27" + "0" * 32),
        "no.iso": stor.VOptMedia.bld_ref(site.adapter, "no.iso"),
        "hdisk77": stor.PV.bld(site.adapter, "hdisk77"),
        "hdisk0": stor.PV.bld(site.adapter, "hdisk0"),  # rootvg is on it
    }
    with site.partition("wants") as lpar:
        for name, element in missing.items():
            with raises(exc.HttpError, name):
                scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", SMAP), lpar.uuid, element)
        nobody = "0FFFFFFF-0000-4000-8000-000000000000"
        with raises(exc.HttpError, nobody):
            scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", SMAP), nobody, stor.PV.bld(site.adapter, "hdisk6"))
        assert _maps(site, lpar) == []


def a_bus_of_its_own_takes_and_loses_devices(site: Site) -> None:
    bus = virtual_io_server.VSCSIBus
    vios = site.vios("vios1", SMAP)
    with site.partition("bus") as lpar, site.disk(vios, "bus_a") as one, site.disk(vios, "bus_b") as two:
        scsi_mapper.add_vscsi_mapping(None, site.vios("vios1", SMAP), lpar.uuid, one)
        (mine,) = [each for each in bus.get(site.adapter, parent=vios) if each.server_adapter.lpar_id == lpar.id]
        assert [each.backing_storage.name for each in mine.mappings] == ["bus_a"]
        mine.mappings.append(virtual_io_server.STDev.bld(site.adapter, two))
        mine = mine.update()
        assert {each.backing_storage.name for each in mine.mappings} == {"bus_a", "bus_b"}
        assert len(_maps(site, lpar)) == 2
        mine.mappings = [each for each in mine.mappings if each.backing_storage.name == "bus_b"]
        mine = mine.update()
        assert [each.backing_storage.name for each in _maps(site, lpar)] == ["bus_b"]
        mine.delete()
        assert _maps(site, lpar) == []


def a_bus_may_be_created_empty(site: Site) -> None:
    vios = site.vios("vios1", SMAP)
    with site.partition("emptybus") as lpar:
        made = virtual_io_server.VSCSIBus.bld(site.adapter, lpar.uuid, lpar_slot_num=50).create(parent=vios)
        assert made.client_adapter.lpar_slot_num == 50 and not made.mappings
        made.delete()
