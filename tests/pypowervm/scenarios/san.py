"""Disks of a storage network: ``tasks.hdisk`` over Fibre Channel, iSCSI and RADOS, and what a client partition makes of them."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

from pypowervm import exceptions as exc
from pypowervm.tasks import hdisk, scsi_mapper
from pypowervm.tasks.hdisk import _iscsi
from pypowervm.wrappers import storage as stor

from .site import Site, raises

TARGETS = ("5005076306FFD6B6", "5005076306FFD6B7")
PORTALS = ("192.0.2.50:3260", "192.0.2.51:3260")
IQNS = ("iqn.2024-01.com.example:ds8k-a", "iqn.2024-01.com.example:ds8k-b")
CHAP = ("nova", "twelve-secret")
ARRAY = {"name": "ds8k", "ports": TARGETS, "portals": PORTALS, "iqns": IQNS, "chap": CHAP}


@contextlib.contextmanager
def _network(site: Site, *masks: str) -> Iterator[None]:
    """An array with one volume of 20 GB, number 7; afterwards all is as before."""
    before = site.digest()
    volume = {"name": "ds8k/vol", "size_gb": 20, "lun": 7, "hosts": masks}
    image = {"name": "volumes/disk1", "size_gb": 10}
    site.admin("san", "PUT", {"arrays": [ARRAY], "volumes": [volume], "images": [image]})
    yield
    for member in ("volumes/ds8k/vol", "arrays/ds8k", "images/volumes/disk1"):
        site.admin(f"san/{member}", "DELETE")
    assert site.digest() == before


def _fibre_ports(vios: Any) -> list[str]:
    return [port.wwpn for port in vios.pfc_ports]


def _itls(vios: Any, lun: int = 7) -> Any:
    return hdisk.build_itls(_fibre_ports(vios), TARGETS, lun)


def a_masked_volume_is_discovered_lent_and_removed(site: Site) -> None:
    with _network(site, "vios1"), site.partition("sanclient") as lpar:
        vios, other = site.vios("vios1"), site.vios("vios2")
        status, name, udid = hdisk.discover_hdisk(site.adapter, vios.uuid, _itls(vios))
        assert status == hdisk.LUAStatus.DEVICE_AVAILABLE and udid, (status, name)
        (disk,) = [pv for pv in site.vios("vios1").phys_vols if pv.udid == udid]
        assert disk.name == name and disk.capacity == 20480 and disk.is_fc_backed
        assert disk.pg83 == _identity(site), "the page 83 identifier that the array tells"
        status, found, _ = hdisk.lua_recovery(site.adapter, other.uuid, _itls(other))
        assert (status, found) == (hdisk.LUAStatus.ITL_NOT_RELIABLE, None), "it is not masked to vios2"
        vios = site.vios("vios1")
        mapping = scsi_mapper.build_vscsi_mapping(None, vios, lpar.uuid, disk)
        scsi_mapper.add_map(vios, mapping)
        vios.update()
        status, found, _ = hdisk.lua_recovery(site.adapter, vios.uuid, _itls(vios))
        assert (status, found) == (hdisk.LUAStatus.DEVICE_IN_USE, name)
        scsi_mapper.remove_maps(read := site.vios("vios1"), lpar.uuid)
        read.update()
        hdisk.remove_hdisk(site.adapter, "ignored", name, vios.uuid)
        assert udid not in {pv.udid for pv in site.vios("vios1").phys_vols}


def _identity(site: Site) -> str:
    """Page 83 identifier of the volume, as the array tells it."""
    (volume,) = json.loads(site.admin("san"))["volumes"]
    return str(volume["naa"])


def some_paths_and_wrong_paths_have_their_status(site: Site) -> None:
    vios, other = site.vios("vios1"), site.vios("vios2")
    first, second = _fibre_ports(vios)[:2]
    with _network(site, first):
        itls = hdisk.build_itls([first, second], TARGETS, 7)
        status, name, _ = hdisk.lua_recovery(site.adapter, vios.uuid, itls)
        assert status == hdisk.LUAStatus.FOUND_ITL_ERR and name
        status, found, _ = hdisk.lua_recovery(site.adapter, vios.uuid, _itls(other))
        assert (status, found) == (hdisk.LUAStatus.INCORRECT_ITL, None)
        hdisk.remove_hdisk(site.adapter, "ignored", name, vios.uuid)


def an_iscsi_volume_is_discovered_and_removed(site: Site) -> None:
    vios = site.vios("vios1")
    initiator = hdisk.discover_iscsi_initiator(site.adapter, vios.uuid)
    assert initiator.startswith("iqn.")
    with _network(site, initiator):
        wish = {"transport_type": "default", "lunid": 7, "auth": "CHAP"}
        name, udid = hdisk.discover_iscsi(site.adapter, PORTALS[0], *CHAP, IQNS[0], vios.uuid, **wish)
        (disk,) = [pv for pv in site.vios("vios1").phys_vols if pv.udid == udid]
        assert (disk.name, disk.capacity, disk.is_fc_backed) == (name, 20480, False)
        again = hdisk.discover_iscsi(site.adapter, PORTALS[0], *CHAP, IQNS[0], vios.uuid, **wish)
        assert again == (name, udid), "return code 15 is good"
        hdisk.remove_iscsi(site.adapter, IQNS[0], vios.uuid, lun=7, portal=PORTALS[0])
        assert udid not in {pv.udid for pv in site.vios("vios1").phys_vols}
        hdisk.remove_iscsi(site.adapter, IQNS[0], vios.uuid, lun=7), "nothing left: return code 21 is good"


def an_iscsi_volume_has_several_paths(site: Site) -> None:
    vios = site.vios("vios1")
    with _network(site, "vios1"):
        lists = {"lunid": [7, 7], "multipath": True, "iface_name": "default"}
        name, udid = hdisk.discover_iscsi(site.adapter, list(PORTALS), *CHAP, list(IQNS), vios.uuid, **lists)
        assert len([pv for pv in site.vios("vios1").phys_vols if pv.udid == udid]) == 1
        hdisk.remove_iscsi(site.adapter, list(IQNS), vios.uuid, lun=[7, 7], portal=list(PORTALS), multipath=True)
        assert name not in {pv.name for pv in site.vios("vios1").phys_vols}


def an_iscsi_target_refuses_a_wrong_password(site: Site) -> None:
    vios = site.vios("vios1")
    with _network(site, "vios1"):
        for wish, code in (
            ((PORTALS[0], CHAP[0], "wrong", IQNS[0]), _iscsi.ISCSIStatus.ISCSI_ERR_LOGIN_AUTH_FAILED),
            (("192.0.2.99", *CHAP, IQNS[0]), _iscsi.ISCSIStatus.ISCSI_ERR_TRANS_TIMEOUT),
            ((PORTALS[0], *CHAP, "iqn.2024-01.com.example:none"), _iscsi.ISCSIStatus.ISCSI_ERR_NO_OBJS_FOUND),
        ):
            with raises(exc.ISCSIDiscoveryFailed, code):
                hdisk.discover_iscsi(site.adapter, *wish, vios.uuid, lunid=7)


def a_stale_iscsi_disk_is_cleaned_up_by_the_client(site: Site) -> None:
    """Return code 27: pypowervm removes the old disk and discovers once more."""
    vios = site.vios("vios1")
    with _network(site, "vios1"):
        wish = (site.adapter, PORTALS[0], *CHAP, IQNS[0], vios.uuid)
        _, old = hdisk.discover_iscsi(*wish, lunid=7)
        site.admin("san/volumes/ds8k/vol", "DELETE")
        site.admin("san", "PUT", {"volumes": [{"name": "ds8k/vol", "size_gb": 5, "lun": 7, "hosts": ["vios1"]}]})
        _, new = hdisk.discover_iscsi(*wish, lunid=7)
        assert new != old
        assert old not in {pv.udid for pv in site.vios("vios1").phys_vols}
        hdisk.remove_iscsi(site.adapter, IQNS[0], vios.uuid)


def an_image_of_a_ceph_cluster_is_asked_for(site: Site) -> None:
    with _network(site):
        vios = site.vios("vios1")
        assert hdisk.rbd_exists(site.adapter, vios.uuid, "volumes/disk1")
        assert not hdisk.rbd_exists(site.adapter, vios.uuid, "volumes/disk2")


def an_image_of_a_ceph_cluster_is_mapped_by_both_servers(site: Site) -> None:
    with _network(site), site.partition("client") as lpar:
        for name in ("vios1", "vios2"):
            vios = site.vios(name)
            image = stor.RBD.bld_ref(site.adapter, "volumes/disk1", user="nova")
            scsi_mapper.add_map(vios, scsi_mapper.build_vscsi_mapping(None, vios, lpar.uuid, image))
            vios = vios.update()
            (mapping,) = scsi_mapper.find_maps(vios.scsi_mappings, client_lpar_id=lpar.id)
            found = mapping.backing_storage
            assert (found.name, found.label, found.capacity) == ("volumes/disk1", "volumes/disk1", 10)
            assert (found.vdtype, found.backstore_type) == (stor.VDiskType.RBD, stor.BackStoreType.USER_RBD)
        for name in ("vios1", "vios2"):
            vios = site.vios(name)
            assert len(scsi_mapper.remove_maps(vios, lpar.id)) == 1
            vios.update()


def _padmin(site: Site, vios: int, command: str) -> None:
    """Pools and files are made by the server's own command line alone."""
    with site.commands():
        subprocess.run(["viosvrcmd", "--id", str(vios), "-c", command], check=True, capture_output=True, timeout=60)


def a_file_of_a_storage_pool_is_mapped_by_its_path(site: Site) -> None:
    path = "/var/vio/storagepools/files/disk1"
    with site.partition("client") as lpar:
        vios = site.vios("vios1")
        _padmin(site, vios.id, "mksp -fb files -sp datavg -size 2G")
        _padmin(site, vios.id, "mkbdsp -sp files 1G -bd disk1")
        file = stor.FileIO.bld_ref(site.adapter, path, backstore_type=stor.BackStoreType.LOOP)
        scsi_mapper.add_map(vios, scsi_mapper.build_vscsi_mapping(None, vios, lpar.uuid, file))
        vios = vios.update()
        (mapping,) = scsi_mapper.find_maps(vios.scsi_mappings, client_lpar_id=lpar.id)
        found = mapping.backing_storage
        assert (found.name, found.label, found.capacity) == (path, path, 1)
        assert (found.vdtype, found.backstore_type) == (stor.VDiskType.FILE, stor.BackStoreType.LOOP)
        assert len(scsi_mapper.remove_maps(vios, lpar.id)) == 1
        vios.update()
        _padmin(site, vios.id, "rmsp -f files")
