"""Slot maps (``tasks.slot_map``): which client slot each device is in, saved and rebuilt."""

from __future__ import annotations

from typing import Any

from pypowervm import const
from pypowervm.tasks import cna, scsi_mapper, slot_map, vfc_mapper

from .site import Site

GROUPS = (const.XAG.VIO_SMAP, const.XAG.VIO_FMAP, const.XAG.VIO_STOR)


class _Kept(slot_map.SlotMapStore):  # type: ignore[misc]
    """A store in memory."""

    blobs: dict[str, Any] = {}

    def _load(self, key: str) -> Any:
        return self.blobs.get(key)

    def _save(self, key: str, blob: Any) -> None:
        self.blobs[key] = blob

    def _delete(self, key: str) -> None:
        del self.blobs[key]


def a_topology_is_registered_saved_and_rebuilt(site: Site) -> None:
    kept = _Kept("vm")
    vios = site.vios("vios1", *GROUPS)
    with site.partition("topology") as lpar, site.unit("topology") as unit, site.disk(vios, "topology") as disk:
        adapter = cna.crt_cna(site.adapter, None, lpar.uuid, 700)
        management = cna.crt_cna(site.adapter, None, lpar.uuid, 4094, vswitch="MGMTSWITCH")
        vios = site.vios("vios1", *GROUPS)
        for element, slot in ((unit, 20), (disk, 21)):
            vios.scsi_mappings.append(
                scsi_mapper.build_vscsi_mapping(None, vios, lpar.uuid, element, fuse_limit=0, lpar_slot_num=slot)
            )
        (port_map,) = vfc_mapper.derive_base_npiv_map([vios], [vios.pfc_ports[0].wwpn], 1)
        vfc_mapper.add_map(vios, None, lpar.uuid, port_map, lpar_slot_num=22)
        vios = vios.update()
        for each in (adapter, management):
            kept.register_vnet(each)
        for each in scsi_mapper.find_maps(vios.scsi_mappings, lpar.id):
            kept.register_vscsi_mapping(each)
        for each in vfc_mapper.find_maps(vios.vfc_mappings, lpar.id):
            kept.register_vfc_mapping(each, "fabric_a")
        kept.register_max_vslots(lpar.io_config.max_virtual_slots)
        assert set(kept.topology) == {adapter.slot, management.slot, 20, 21, 22}, kept.topology
        assert kept.topology[20][slot_map.IOCLASS.LU][unit.udid], "the address of the device"
        assert kept.topology[adapter.slot][slot_map.IOCLASS.CNA] == {adapter.mac: "ETHERNET0"}
        rebuilt = slot_map.RebuildSlotMap(
            kept, site.vioses(*GROUPS), {unit.udid: [vios.uuid], disk.udid: [vios.uuid]}, ["fabric_a"]
        )
        assert rebuilt.get_vscsi_slot(vios, unit.udid) == (20, kept.topology[20][slot_map.IOCLASS.LU][unit.udid])
        assert rebuilt.get_vscsi_slot(vios, disk.udid)[0] == 21
        assert rebuilt.get_vfc_slots("fabric_a", 1) == [22]
        assert rebuilt.get_vea_slot(adapter.mac) == adapter.slot
        assert rebuilt.get_mgmt_vea_slot() == (management.mac, management.slot)
        assert rebuilt.get_max_vslots() == lpar.io_config.max_virtual_slots
        kept.drop_vnet(adapter)
        for each in scsi_mapper.find_maps(vios.scsi_mappings, lpar.id):
            kept.drop_vscsi_mapping(each)
        assert set(kept.topology) == {management.slot, 22}
        scsi_mapper.remove_maps(vios, lpar.id)
        vfc_mapper.remove_maps(vios, lpar.id)
        vios.update()
