"""Network bridges with ``tasks.network_bridger`` and the wrappers of ``wrappers.network``."""

from __future__ import annotations

from typing import Any

from pypowervm import exceptions as exc
from pypowervm.tasks import cna, network_bridger
from pypowervm.wrappers import managed_system, network

from .site import Site, raises


def _bridge(site: Site, pvid: int = 1) -> Any:
    (found,) = [each for each in network.NetBridge.get(site.adapter, parent=site.system()) if each.pvid == pvid]
    return found


def _ensure(site: Site, *vlans: int) -> Any:
    bridge = _bridge(site)
    network_bridger.ensure_vlans_on_nb(site.adapter, site.system().uuid, bridge.uuid, vlans)
    return _bridge(site)


def _remove(site: Site, *vlans: int) -> Any:
    bridge = _bridge(site)
    for vlan in vlans:
        network_bridger.remove_vlan_from_nb(site.adapter, site.system().uuid, bridge.uuid, vlan)
    return _bridge(site)


def the_default_system_has_a_redundant_bridge(site: Site) -> None:
    bridge = _bridge(site)
    assert (bridge.pvid, bridge.vswitch_id, bridge.load_balance, bridge.arbitrary_pvids) == (1, 0, False, [])
    assert [sea.ha_mode for sea in bridge.seas] == ["auto", "auto"]
    assert [sea.is_primary for sea in bridge.seas] == [True, False]
    assert [sea.primary_adpt.trunk_pri for sea in bridge.seas] == [1, 2]
    assert bridge.supports_vlan(1) and not bridge.supports_vlan(2)
    vioses = site.vioses("ViosNetwork")
    for vios, sea in zip(vioses, bridge.seas, strict=True):
        assert vios.uuid in sea.vio_uri
        (own,) = vios.seas
        assert (own.dev_name, own.backing_device.dev_name) == (sea.dev_name, "ent0")
        assert sea.contains_device(sea.primary_adpt.dev_name)
        names = {each.dev_name for each in vios.io_adpts_for_link_agg}
        assert names == {"ent1", "ent2", "ent3"}, names


def a_vlan_goes_onto_a_new_pair_of_trunks(site: Site) -> None:
    bridge = _ensure(site, 100)
    assert bridge.supports_vlan(100) and bridge.arbitrary_pvids == [4094], bridge.arbitrary_pvids
    assert [[trunk.tagged_vlans for trunk in sea.addl_adpts] for sea in bridge.seas] == [[[100]], [[100]]]
    assert [sea.addl_adpts[0].trunk_pri for sea in bridge.seas] == [1, 2]
    assert [group.pvid for group in bridge.load_grps] == [1, 4094]
    assert {len(group.trunk_adapters) for group in bridge.load_grps} == {2}
    bridge = _ensure(site, 101, 102)
    assert [trunk.tagged_vlans for trunk in bridge.seas[1].addl_adpts] == [[100, 101, 102]]
    assert _ensure(site, 100).etag == bridge.etag, "a VLAN that is there changes nothing"
    bridge = _remove(site, 101, 100, 102)
    assert bridge.arbitrary_pvids == [] and len(bridge.load_grps) == 1


def twenty_vlans_fit_on_a_trunk_and_the_next_gets_another(site: Site) -> None:
    bridge = _ensure(site, *range(200, 241))
    assert [len(trunk.tagged_vlans) for trunk in bridge.seas[0].addl_adpts] == [20, 20, 1]
    assert bridge.arbitrary_pvids == [4094, 4093, 4092]
    trunk = bridge.seas[0].addl_adpts[0]
    trunk.tagged_vlans.append(300)
    with raises(exc.HttpError, "21 VLANs"):
        bridge.update()
    assert _remove(site, *range(200, 241)).arbitrary_pvids == []


def a_vlan_that_is_an_arbitrary_one_changes_places_with_it(site: Site) -> None:
    assert _ensure(site, 100).arbitrary_pvids == [4094]
    bridge = _ensure(site, 4094)
    assert bridge.supports_vlan(4094) and 4094 not in bridge.arbitrary_pvids, bridge.arbitrary_pvids
    _remove(site, 4094, 100)


def the_primary_trunk_keeps_its_vlan(site: Site) -> None:
    bridge = _remove(site, 1)
    assert bridge.supports_vlan(1)
    with raises(exc.PvidOfNetworkBridgeError):
        network_bridger.remove_vlan_from_nb(site.adapter, site.system().uuid, bridge.uuid, 1, fail_if_pvid=True)


def an_orphan_trunk_blocks_its_vlan(site: Site) -> None:
    vios = site.vios("vios1", "None")
    orphan = network.CNA.bld(site.adapter, 700, site.switch().related_href, trunk_pri=1).create(parent=vios)
    with raises(exc.OrphanVLANFoundOnProvision, "700"):
        _ensure(site, 700)
    orphan.delete()
    assert _ensure(site, 700).supports_vlan(700)
    _remove(site, 700)


def a_bridge_is_made_moved_vlans_to_and_deleted(site: Site) -> None:
    switch, system = site.switch(), site.system()
    vioses = [(vios.related_href, "ent1") for vios in site.vioses("None")]
    made = network.NetBridge.bld(site.adapter, 50, vioses, switch).create(
        parent_type=managed_system.System, parent_uuid=system.uuid
    )
    assert made.pvid == 50 and [sea.ha_mode for sea in made.seas] == ["auto", "auto"]
    names = {sea.dev_name for sea in made.seas}
    assert len(names) == 1 and all(sea.configuration_state == "Configured" for sea in made.seas)
    free = {each.dev_name for each in site.vios("vios1", "ViosNetwork").io_adpts_for_link_agg}
    assert free == {"ent2", "ent3"}
    _ensure(site, 60)
    network_bridger.ensure_vlans_on_nb(site.adapter, system.uuid, made.uuid, [60])
    assert not _bridge(site).supports_vlan(60) and _bridge(site, 50).supports_vlan(60)
    with raises(exc.HttpError, "ent1"):
        network.NetBridge.bld(site.adapter, 51, vioses, switch).create(
            parent_type=managed_system.System, parent_uuid=system.uuid
        )
    _bridge(site, 50).delete()


def load_is_shared_between_pairs_of_trunks(site: Site) -> None:
    bridge = _ensure(site, 100)
    bridge.load_balance = True
    bridge = bridge.update()
    assert bridge.load_balance and {sea.ha_mode for sea in bridge.seas} == {"sharing"}
    bridge = _ensure(site, 101)
    assert [trunk.tagged_vlans for trunk in bridge.seas[0].addl_adpts] == [[100], [101]]
    bridge = _remove(site, 101, 100)
    assert len(bridge.seas[0].addl_adpts) == 1, "shared load needs a trunk to share"
    bridge.load_balance = False
    bridge = bridge.update()
    for sea in bridge.seas:
        for trunk in list(sea.addl_adpts):
            sea.addl_adpts.remove(trunk)
    bridge.update()


def a_client_adapter_finds_the_trunks_of_the_bridge(site: Site) -> None:
    with site.partition("outward") as lpar:
        made = cna.crt_cna(site.adapter, None, lpar.uuid, 1)
        assert [trunk.trunk_pri for trunk in cna.find_trunks(site.adapter, made)] == [1, 2]
        made.delete()
