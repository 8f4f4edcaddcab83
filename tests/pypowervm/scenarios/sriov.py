"""SR-IOV adapters, logical ports and virtual NICs with ``tasks.sriov`` and the wrappers of ``wrappers.iocard``."""

from __future__ import annotations

from typing import Any

from pypowervm import exceptions as exc
from pypowervm.tasks import partition, power, sriov
from pypowervm.tasks.power_opts import PowerOffOpts
from pypowervm.wrappers import iocard

from .site import Site, raises


def _ports(site: Site) -> dict[str, Any]:
    """The physical ports of all adapters by location code, without what is common to all."""
    return {
        port.loc_code.partition("-P1-")[2]: port
        for adapter in site.system().asio_config.sriov_adapters
        for port in adapter.phys_ports
    }


def the_default_system_can_divide_adapters(site: Site) -> None:
    system = site.system()
    assert system.get_capability("vnic_capable") and system.get_capability("vnic_failover_capable")
    first, second, third = system.asio_config.sriov_adapters
    assert (first.mode, first.state, third.mode, third.state) == ("Sriov", "Running", "Dedicated", "NotConfigured")
    assert [port.port_id for port in second.phys_ports] == [0, 1, 2, 3] and third.phys_ports == []
    assert {port.allocated_capacity for port in first.phys_ports} == {0.0}


def ports_are_labelled_and_found(site: Site) -> None:
    def label(text: str) -> Any:
        def change(system: Any) -> bool:
            for adapter in system.asio_config.sriov_adapters:
                for port in adapter.phys_ports:
                    if port.loc_code.endswith("C3-T1"):
                        port.label = text
            return True

        return change

    sriov.safe_update_pports(site.system(), label("prod_net"))
    (port,) = sriov.find_pports_for_portlabel("prod_net", site.adapter)
    assert sriov.find_pport(site.system(), port.loc_code).label == "prod_net"
    with raises(exc.HttpError, "16 characters"):
        sriov.safe_update_pports(site.system(), label("x" * 17))
    sriov.safe_update_pports(site.system(), label(""))


def an_adapter_is_switched_between_its_modes(site: Site) -> None:
    system = site.system()
    adapter = system.asio_config.sriov_adapters[2]
    adapter.mode = iocard.SRIOVAdapterMode.SRIOV
    system = system.update()
    adapter = system.asio_config.sriov_adapters[2]
    assert (adapter.state, adapter.sriov_adap_id, len(adapter.phys_ports)) == ("Running", 3, 4)
    adapter.phys_ports[0].mtu = iocard.SRIOVPPMTU.E9000
    adapter.phys_ports[0].switch_mode = "Vepa"
    adapter.phys_ports[0].cfg_max_lps = 5
    system = system.update()
    port = system.asio_config.sriov_adapters[2].phys_ports[0]
    assert (port.mtu, port.switch_mode, port.cfg_max_lps) == ("E_9000", "Vepa", 5)
    port.mtu, port.switch_mode, port.cfg_max_lps = iocard.SRIOVPPMTU.E1500, "Veb", 20
    system.asio_config.sriov_adapters[2].mode = iocard.SRIOVAdapterMode.DEDICATED
    system = system.update()
    assert system.asio_config.sriov_adapters[2].phys_ports == []


def a_logical_port_takes_its_share(site: Site) -> None:
    with site.partition("sliced") as lpar:
        wish = iocard.SRIOVEthLPort.bld(site.adapter, 1, 0, pvid=50, cfg_capacity=0.2, allowed_vlans=[60, 61])
        made = wish.create(parent=lpar)
        assert (made.cfg_capacity, made.cfg_max_capacity, made.pvid) == (0.2, 1.0, 50)
        assert made.allowed_vlans == [60, 61] and made.allowed_macs == "ALL"
        assert made.loc_code.endswith("P1-C3-T1-S1") and made.vnic_port_usage == "NOT_VNIC"
        assert made.lport_id == 0x27004001 and len(made.mac) == 12
        port = _ports(site)["C3-T1"]
        assert (port.allocated_capacity, port.cfg_lps) == (0.2, 1)
        with raises(exc.HttpError, "80", "82"):
            iocard.SRIOVEthLPort.bld(site.adapter, 1, 0, cfg_capacity=0.82).create(parent=lpar)
        with raises(exc.HttpError, "multiple of 2"):
            iocard.SRIOVEthLPort.bld(site.adapter, 1, 0, cfg_capacity=0.03).create(parent=lpar)
        with raises(exc.HttpError, "adapter 3"):
            iocard.SRIOVEthLPort.bld(site.adapter, 3, 0).create(parent=lpar)
        made.pvid = 51
        made = made.update()
        assert made.pvid == 51
        made.delete()
        assert _ports(site)["C3-T1"].allocated_capacity == 0.0


def ports_go_with_their_partition(site: Site) -> None:
    with site.partition("leaving") as lpar:
        iocard.SRIOVEthLPort.bld(site.adapter, 1, 1).create(parent=lpar)
        assert _ports(site)["C3-T2"].cfg_lps == 1
    assert _ports(site)["C3-T2"].cfg_lps == 0


def a_vnic_is_spread_and_fails_over(site: Site) -> None:
    places = [port.loc_code for port in _ports(site).values()]
    with site.partition("failing") as lpar:
        wish = iocard.VNIC.bld(site.adapter, pvid=79)
        sriov.set_vnic_back_devs(wish, places, redundancy=2, capacity=0.04)
        made = wish.create(parent=lpar)
        assert (made.pvid, made.capacity, made.auto_pri_failover, made.lpar_id) == (79, 0.04, True, lpar.id)
        assert {device.sriov_adap_id for device in made.back_devs} == {1, 2}
        assert len({device.vios_href for device in made.back_devs}) == 2
        assert [device.status for device in made.back_devs] == ["OPERATIONAL"] * 2
        assert [device.is_active for device in made.back_devs] == [True, False]
        first, second = made.back_devs
        first.failover_pri, second.failover_pri = 60, 40
        made = made.update()
        assert [(device.failover_pri, device.is_active) for device in made.back_devs] == [(60, False), (40, True)]
        port = iocard.SRIOVEthLPort.get_by_href(site.adapter, made.back_devs[1].lport_href)
        assert (port.pvid, port.vnic_port_usage) == (79, "DEDICATED_VNIC")
        with raises(exc.HttpError, "backs a virtual NIC"):
            port.delete()
        vios = site.vios("vios1" if site.vios("vios1", "None").uuid in made.back_devs[1].vios_href else "vios2", "None")
        power.PowerOp.stop(vios, opts=PowerOffOpts().vsp_hard())
        made = made.refresh()
        assert [(device.status, device.is_active) for device in made.back_devs] == [
            ("OPERATIONAL", True), ("POWERED_OFF", False),
        ]  # fmt: skip
        power.PowerOp.start(vios.refresh())
        partition.validate_vios_ready(site.adapter)
        made = made.refresh()
        assert [device.is_active for device in made.back_devs] == [False, True]
        made.back_devs = list(made.back_devs)[1:]  # the client cannot remove one of several
        made = made.update()
        assert len(made.back_devs) == 1
        made.delete()
        assert iocard.VNIC.get(site.adapter, parent=lpar) == []
        assert {port.cfg_lps for port in _ports(site).values()} == {0}


def labels_of_ports_that_back_vnics_stay(site: Site) -> None:
    def label(text: str) -> Any:
        def change(system: Any) -> bool:
            system.asio_config.sriov_adapters[0].phys_ports[2].label = text
            return True

        return change

    sriov.safe_update_pports(site.system(), label("before"))
    with site.partition("labelled") as lpar:
        vios = site.vios("vios1", "None")
        device = iocard.VNICBackDev.bld(site.adapter, vios.uuid, 1, 2)
        made = iocard.VNIC.bld(site.adapter, back_devs=[device], mac_addr="02:00:00:00:aa:01").create(parent=lpar)
        assert made.mac == "02000000AA01" and made.capacity == 0.02
        with raises(exc.CantUpdatePPortsInUse, "labelled"):
            sriov.safe_update_pports(site.system(), label("after"))
        sriov.safe_update_pports(site.system(), label("after"), force=True)
        made.delete()
    sriov.safe_update_pports(site.system(), label(""))


def what_cannot_back_a_vnic_is_refused(site: Site) -> None:
    vios = site.vios("vios1", "None")
    with site.partition("backless") as lpar:
        for devices, word in (
            ([], "0"),
            ([(vios.uuid, 1, 9)], "no such port"),
            ([(lpar.uuid, 1, 1)], lpar.uuid),
            ([(vios.uuid, 1, 1), (vios.uuid, 1, 1)], "twice"),
        ):
            backing = [iocard.VNICBackDev.bld(site.adapter, *device) for device in devices]
            with raises(exc.HttpError, word):
                iocard.VNIC.bld(site.adapter, back_devs=backing).create(parent=lpar)
        bad = iocard.VNICBackDev.bld(site.adapter, vios.uuid, 1, 1, failover_pri=101)
        with raises(exc.HttpError, "101"):
            iocard.VNIC.bld(site.adapter, back_devs=[bad]).create(parent=lpar)
