"""Virtual Fibre Channel with ``tasks.vfc_mapper``."""

from __future__ import annotations

from typing import Any

from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.tasks import client_storage, partition, power, vfc_mapper
from pypowervm.wrappers import storage as stor

from .site import Site, raises

GROUPS = (const.XAG.VIO_FMAP, const.XAG.VIO_STOR)


def _vioses(site: Site) -> list[Any]:
    return [site.vios(name, *GROUPS) for name in ("vios1", "vios2")]


def _ports(site: Site) -> list[str]:
    return [port.wwpn for vios in _vioses(site) for port in vios.pfc_ports]


def _unmap(site: Site, lpar: Any) -> int:
    gone = 0
    for vios in _vioses(site):
        removed = vfc_mapper.remove_maps(vios, lpar.id)
        if removed:
            vios.update()
        gone += len(removed)
    return gone


def physical_ports_are_known_and_serve_npiv(site: Site) -> None:
    wwpns = _ports(site)
    assert len(wwpns) == 4 and all(len(wwpn) == 16 for wwpn in wwpns)
    assert partition.get_physical_wwpns(site.adapter) == wwpns
    for vios in _vioses(site):
        for port in vios.pfc_ports:
            assert port.npiv_total_ports >= port.npiv_available_ports > 0
            found, same = vfc_mapper.find_vios_for_wwpn(_vioses(site), port.wwpn.lower())
            assert found.uuid == vios.uuid and same.name == port.name
            assert vfc_mapper.find_pfc_wwpn_by_name(vios, port.name) == port.wwpn


def a_map_with_generated_names_spreads_over_both_virtual_io_servers(site: Site) -> None:
    with site.partition("npiv") as lpar:
        vioses = _vioses(site)
        maps = vfc_mapper.derive_base_npiv_map(vioses, _ports(site), 4)
        for port_map in maps:
            vios = vfc_mapper.find_vios_for_port_map(vioses, port_map)
            assert vfc_mapper.add_map(vios, site.system().uuid, lpar.uuid, port_map) is not None
        made = [vios.update() for vios in vioses]
        names: set[str] = set()
        for vios in made:
            mine = vfc_mapper.find_maps(vios.vfc_mappings, lpar.id)
            assert len(mine) == 2 and len(vfc_mapper.find_maps(vios.vfc_mappings, lpar.uuid)) == 2
            assert {each.backing_port.wwpn for each in mine} == {port.wwpn for port in vios.pfc_ports}
            for each in mine:
                assert len(each.client_adapter.wwpns) == 2
                names.update(each.client_adapter.wwpns)
                assert each.server_adapter.lpar_id == lpar.id and each.server_adapter.map_port == each.backing_port.name
                assert each.client_adapter.lpar_slot_num == each.server_adapter.lpar_slot_num
                assert each.server_adapter.name.startswith("vfchost") and each.server_adapter.udid.startswith("1d")
                assert client_storage.c_wwpn_to_vfc_mapping(vios, each.client_adapter.wwpns[0]).element == each.element
        assert len(names) == 8
        adapters = stor.VFCClientAdapter.get(site.adapter, parent=lpar)
        assert {wwpn for each in adapters for wwpn in each.wwpns} == names
        assert _unmap(site, lpar) == 4
        assert stor.VFCClientAdapter.get(site.adapter, parent=lpar) == []


def a_map_with_names_built_before_uses_them(site: Site) -> None:
    with site.partition("known") as lpar:
        pairs = vfc_mapper.build_wwpn_pair(site.adapter, site.system().uuid, pair_count=2)
        flat = [wwpn for pair in pairs for wwpn in pair.split()]
        vioses = _vioses(site)
        maps = vfc_mapper.derive_npiv_map(vioses, _ports(site), flat)
        for number, port_map in enumerate(maps):
            vios = vfc_mapper.find_vios_for_port_map(vioses, port_map)
            assert vfc_mapper.add_map(vios, None, lpar.uuid, port_map, lpar_slot_num=60 + number)
        for vios in vioses:
            vios.update()
        vioses = _vioses(site)
        assert vfc_mapper.derive_npiv_map(vioses, _ports(site), flat) == maps, "existing maps are preserved"
        found: set[str] = set()
        for port_map in maps:
            vios, made = vfc_mapper.has_client_wwpns(vioses, port_map[1].split())
            assert made.backing_port.wwpn == port_map[0]
            assert vfc_mapper.add_map(vios, None, lpar.uuid, port_map) is None, "it is there already"
            assert vfc_mapper.find_maps(vios.vfc_mappings, lpar.id, port_map=port_map)
            found.update(made.client_adapter.wwpns)
        assert found == {wwpn.upper() for wwpn in flat}
        slots = [each.lpar_slot_num for each in stor.VFCClientAdapter.get(site.adapter, parent=lpar)]
        assert sorted(slots) == [60, 61]
        vios = vioses[0]
        (mine,) = vfc_mapper.find_maps(vios.vfc_mappings, lpar.id)
        assert vfc_mapper.remove_maps(vios, lpar.id, client_adpt=mine.client_adapter)
        vios.update()
        assert _unmap(site, lpar) == 1


def mapping_takes_a_port_and_unmapping_gives_it_back(site: Site) -> None:
    def available() -> int:
        return int(site.vios("vios1", *GROUPS).pfc_ports[0].npiv_available_ports)

    before = available()
    with site.partition("counted") as lpar:
        vios = site.vios("vios1", *GROUPS)
        (port_map,) = vfc_mapper.derive_base_npiv_map([vios], [vios.pfc_ports[0].wwpn], 1)
        vfc_mapper.add_map(vios, None, lpar.uuid, port_map)
        vios.update()
        assert available() == before - 1
        _unmap(site, lpar)
        assert available() == before


def a_mapping_that_lost_its_port_can_be_given_one(site: Site) -> None:
    with site.partition("portless") as lpar:
        vios = site.vios("vios1", *GROUPS)
        (port_map,) = vfc_mapper.derive_base_npiv_map([vios], [vios.pfc_ports[0].wwpn], 1)
        vfc_mapper.add_map(vios, None, lpar.uuid, port_map)
        vios = vios.update()
        (made,) = vfc_mapper.find_maps(vios.vfc_mappings, lpar.id)
        wwpns = made.client_adapter.wwpns
        made.element.remove(made.element.find("Port"))
        vios = vios.update()
        (made,) = vfc_mapper.find_maps(vios.vfc_mappings, lpar.id)
        assert made.backing_port is None and made.client_adapter.wwpns == wwpns
        again = (vios.pfc_ports[1].wwpn, " ".join(wwpns))
        assert vfc_mapper.add_map(vios, None, lpar.uuid, again) is not None
        vios = vios.update()
        (made,) = vfc_mapper.find_maps(vios.vfc_mappings, lpar.id)
        assert made.backing_port.wwpn == again[0] and made.client_adapter.wwpns == wwpns
        _unmap(site, lpar)


def a_missing_port_is_refused(site: Site) -> None:
    from pypowervm.wrappers.virtual_io_server import VFCMapping

    with site.partition("nowhere") as lpar:
        vios = site.vios("vios1", *GROUPS)
        with raises(exc.UnableToDerivePhysicalPortForNPIV):
            vfc_mapper.add_map(vios, None, lpar.uuid, ("C0" * 8, "-1 -1"))
        vios.vfc_mappings.append(VFCMapping.bld(site.adapter, None, lpar.uuid, "fcs9"))
        with raises(exc.HttpError, "fcs9"):
            vios.update()


def a_running_partition_gets_a_fibre_channel_adapter(site: Site) -> None:
    with site.partition("hotfc") as lpar:
        power.PowerOp.start(lpar)
        vios = site.vios("vios2", *GROUPS)
        (port_map,) = vfc_mapper.derive_base_npiv_map([vios], [vios.pfc_ports[0].wwpn], 1)
        vfc_mapper.add_map(vios, None, lpar.uuid, port_map)
        vios.update()
        assert _unmap(site, lpar) == 1
