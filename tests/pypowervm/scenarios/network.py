"""Virtual switches, networks and adapters with ``tasks.cna``."""

from __future__ import annotations

from typing import Any

from pypowervm import exceptions as exc
from pypowervm.tasks import cna, power
from pypowervm.wrappers import network

from .site import Site, raises


def _networks(site: Site) -> set[tuple[int, int]]:
    """(VLAN, switch id) of every virtual network."""
    found = network.VNet.get(site.adapter, parent=site.system())
    return {(each.vlan, each.vswitch_id) for each in found}


def _highest_slot(site: Site, lpar: Any) -> int:
    return max((each.slot for each in network.CNA.get(site.adapter, parent=lpar)), default=0)


def an_adapter_gets_address_slot_and_location(site: Site) -> None:
    with site.partition("wired") as lpar:
        made = cna.crt_cna(site.adapter, None, lpar.uuid, 200)
        assert (made.pvid, made.vswitch_id, made.is_trunk, made.is_tagged_vlan_supported) == (200, 0, False, False)
        assert len(made.mac) == 12 and made.mac == made.mac.upper()
        assert made.lpar_id == lpar.id
        assert made.loc_code == f"U8247.21L.212E3CA-V{lpar.id}-C{made.slot}", made.loc_code
        assert made.vswitch_uri == site.switch().related_href
        second = cna.crt_cna(site.adapter, None, lpar.uuid, 201, slot_num=30, mac_addr="02:aa:bb:cc:dd:01")
        assert (second.slot, second.mac) == (30, "02AABBCCDD01")
        third = cna.crt_cna(site.adapter, None, lpar.uuid, 202)
        assert third.slot == 31, "the next slot is above the highest that is used"
        listed = network.CNA.get(site.adapter, parent=lpar)
        assert {each.uuid for each in listed} == {made.uuid, second.uuid, third.uuid}
        for each in listed:
            each.delete()
        assert network.CNA.get(site.adapter, parent=lpar) == []


def an_adapter_carries_additional_vlans(site: Site) -> None:
    with site.partition("tagged") as lpar:
        # Not through crt_cna: it hands its builder a text where that wants a list, and sends "3 0 1   3 0 2".
        switch = site.switch().related_href
        made = network.CNA.bld(site.adapter, 300, switch, addl_tagged_vlans=[301, 302]).create(parent=lpar)
        assert made.is_tagged_vlan_supported and made.tagged_vlans == [301, 302]
        assert {(300, 0), (301, 0), (302, 0)} <= _networks(site)
        made.tagged_vlans = [301]
        made = made.update()
        assert made.tagged_vlans == [301] and (302, 0) not in _networks(site)


def a_virtual_network_lives_as_long_as_its_adapters(site: Site) -> None:
    before = _networks(site)
    with site.partition("one") as one, site.partition("two") as two:
        first = cna.crt_cna(site.adapter, None, one.uuid, 400)
        second = cna.crt_cna(site.adapter, None, two.uuid, 400)
        assert _networks(site) - before == {(400, 0)}
        first.delete()
        assert (400, 0) in _networks(site)
        second.pvid = 401
        second = second.update()
        assert _networks(site) - before == {(401, 0)}
    assert _networks(site) == before


def adapters_go_with_their_partition(site: Site) -> None:
    with site.partition("leaving") as lpar:
        cna.crt_cna(site.adapter, None, lpar.uuid, 410)
    assert (410, 0) not in _networks(site)


def a_switch_is_created_when_it_is_missing(site: Site) -> None:
    with site.partition("switched") as lpar:
        with raises(exc.Error, "NEWSWITCH"):
            cna.crt_cna(site.adapter, None, lpar.uuid, 1, vswitch="NEWSWITCH")
        made = cna.crt_cna(site.adapter, None, lpar.uuid, 1, vswitch="NEWSWITCH", crt_vswitch=True)
        switch = site.switch("NEWSWITCH")
        assert made.vswitch_id == switch.switch_id and switch.mode == network.VSwitchMode.VEB
        with raises(exc.HttpError, "NEWSWITCH"):
            switch.delete()
        made.delete()
        switch = site.switch("NEWSWITCH")
        switch.mode = network.VSwitchMode.VEPA
        switch = switch.update()
        assert switch.mode == network.VSwitchMode.VEPA
        switch.delete()
        assert site.switch("NEWSWITCH") is None


def a_free_vlan_is_found_by_the_switch_reference(site: Site) -> None:
    switch = site.switch()
    assert cna._find_free_vlan(site.adapter, switch) == 2, "VLAN 1 is used on ETHERNET0"
    with site.partition("free") as lpar:
        made = cna.crt_cna(site.adapter, None, lpar.uuid, 2)
        assert cna._find_free_vlan(site.adapter, switch) == 3
        made = cna.assign_free_vlan(site.adapter, None, switch, made, ensure_enabled=True)
        assert made.pvid == 3 and made.enabled


def a_point_to_point_adapter_gets_its_trunks(site: Site) -> None:
    vioses = [vios.uuid for vios in site.vioses("None")]
    with site.partition("direct") as lpar:
        client, trunks = cna.crt_p2p_cna(site.adapter, None, lpar.uuid, vioses, "P2PSWITCH", crt_vswitch=True)
        assert [each.trunk_pri for each in trunks] == [1, 2] and {each.pvid for each in trunks} == {client.pvid}
        found = cna.find_trunks(site.adapter, client)
        assert [each.uuid for each in found] == [each.uuid for each in trunks]
        assert [each.uuid for each in cna.find_cnas_on_trunk(trunks[0]) if not each.is_trunk] == [client.uuid]
        assert cna.find_orphaned_trunks(site.adapter, "P2PSWITCH") == []
        for trunk in trunks[1:]:
            trunk.delete()
        client.delete()
        (orphan,) = cna.find_orphaned_trunks(site.adapter, "P2PSWITCH")
        assert orphan.uuid == trunks[0].uuid
        trunks = site.vios("vios1", "ViosNetwork").trunk_adapters
        (listed,) = [each for each in trunks if each.vswitch_id == orphan.vswitch_id]
        assert (listed.pvid, listed.trunk_pri, listed.virtual_slot_number) == (orphan.pvid, 1, orphan.slot)
        orphan.delete()
        site.switch("P2PSWITCH").delete()


def a_trunk_may_be_on_the_management_partition(site: Site) -> None:
    mgmt = site.lpar("novalink_212E3CA")
    with site.partition("bridged") as lpar:
        client, (trunk,) = cna.crt_p2p_cna(
            site.adapter, None, lpar.uuid, [mgmt.uuid], "OVSSWITCH", dev_name="tap0", ovs_bridge="br-int",
            ovs_ext_ids="iface-id=abc,iface-status=active", configured_mtu=1450,
        )  # fmt: skip
        assert (trunk.dev_name, trunk.ovs_bridge, trunk.configured_mtu) == ("tap0", "br-int", 1450)
        assert trunk.ovs_ext_ids == "iface-id=abc,iface-status=active"
        client.delete()
        trunk.delete()
        site.switch("OVSSWITCH").delete()


def two_trunks_of_one_priority_are_refused(site: Site) -> None:
    vios = site.vios("vios1", "None")
    with raises(exc.HttpError, "1"):
        network.CNA.bld(site.adapter, 1, site.switch().related_href, trunk_pri=1).create(
            parent=site.vios("vios2", "None")
        )
    assert len(network.CNA.get(site.adapter, parent=vios)) == 2


def a_running_partition_takes_and_loses_an_adapter(site: Site) -> None:
    with site.partition("live") as lpar:
        power.PowerOp.start(lpar)
        made = cna.crt_cna(site.adapter, None, lpar.uuid, 500)
        assert made.enabled
        made.delete()
        assert network.CNA.get(site.adapter, parent=lpar) == []


def bad_adapters_are_refused_by_their_field(site: Site) -> None:
    with site.partition("bad") as lpar:
        for wish, word in (
            ({"pvid": 4095}, "4095"),
            ({"pvid": 10, "slot_num": 5000}, "5000"),
            ({"pvid": 10, "mac_addr": "01:00:5e:00:00:01"}, "01005E000001"),
        ):
            with raises(exc.HttpError, word):
                cna.crt_cna(site.adapter, None, lpar.uuid, **wish)
        made = cna.crt_cna(site.adapter, None, lpar.uuid, 10, slot_num=9, mac_addr="02:00:00:00:00:09")
        with raises(exc.HttpError, "9"):
            cna.crt_cna(site.adapter, None, lpar.uuid, 10, slot_num=9)
        with raises(exc.HttpError, "020000000009"):
            cna.crt_cna(site.adapter, None, lpar.uuid, 10, mac_addr="020000000009")
        made.delete()
