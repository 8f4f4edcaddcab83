"""The client's master mode on a system that an HMC manages too, and RMC as its tasks see it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pypowervm import exceptions as exc
from pypowervm.tasks import cna, master_mode, partition, power
from pypowervm.tasks import storage as tasks
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import network

from .site import Site, raises

HMC = "hmc1"


def _hmc(site: Site, does: str, **more: Any) -> None:
    site.admin("comanagement", "POST", {"console": HMC, "does": does, **more})


@contextlib.contextmanager
def _co_managed(site: Site) -> Iterator[None]:
    _hmc(site, "connect")
    try:
        yield
    finally:
        _hmc(site, "disconnect")


def master_mode_can_be_requested_but_not_released_to_nobody(site: Site) -> None:
    system = site.system()
    for mode in (master_mode.MasterMode.NORMAL, master_mode.MasterMode.TEMP):
        master_mode.request_master(system, mode)
        now = site.system()
        assert now.session_is_master
        assert now.element.findtext("IsManagementPartitionPowerVMManagementMaster") == "true"
    with raises(exc.JobRequestFailed, "gannet", "HMC"):
        master_mode.release_master(system)


def the_role_is_taken_from_an_hmc_and_given_back(site: Site) -> None:
    with _co_managed(site):
        _hmc(site, "take")
        system = site.system()
        assert not system.session_is_master
        assert system.element.findtext("IsHMCPowerVMManagementMaster") == "true"
        master_mode.request_master(system, master_mode.MasterMode.TEMP)
        assert site.system().session_is_master
        master_mode.release_master(system)
        assert not site.system().session_is_master
        _hmc(site, "release")
        assert site.system().session_is_master
        master_mode.release_master(system)
        assert not site.system().session_is_master
        master_mode.request_master(system)
        with raises(exc.JobRequestFailed, "gannet"):
            _hmc(site, "take", mode="keep")
            master_mode.request_master(system)


def nothing_is_changed_while_an_hmc_is_master(site: Site) -> None:
    with site.partition("foreign") as lpar, _co_managed(site):
        _hmc(site, "take")
        vios = site.vios("vios1")
        before = site.inventory()
        with raises(exc.HttpError, "PVME01052005-0002", HMC, "pvmctl sys set-master"):
            site.built("mine").create(parent=site.system())
        lpar.avail_priority = 99
        with raises(exc.HttpError, HMC):
            lpar.update()
        with raises(exc.HttpError, HMC):
            lpar.delete()
        with raises(exc.HttpError, HMC):
            tasks.crt_vdisk(site.adapter, vios.uuid, site.volume_group(vios, "datavg").uuid, "mine", 1)
        with raises(exc.HttpError, HMC):
            cna.crt_cna(site.adapter, None, lpar.uuid, 1)
        assert site.inventory() == before
        lpar = lpar.refresh()
        power.power_on(lpar, None)
        power.PowerOp.stop(lpar.refresh())
        lpar = lpar.refresh()
        assert lpar.state == bp.LPARState.NOT_ACTIVATED
        master_mode.request_master(site.system())
        lpar.avail_priority = 99
        lpar.update()


def a_partition_on_the_management_network_is_ready_for_dynamic_changes(site: Site) -> None:
    with site.partition("managed", memory=2048, min_mem=1024) as lpar:
        adapter = cna.crt_cna(site.adapter, None, lpar.uuid, 4094, vswitch="MGMTSWITCH")
        power.power_on(lpar, None)
        lpar = lpar.refresh()
        assert lpar.rmc_state == bp.RMCState.ACTIVE
        mac = network.CNA.get(site.adapter, uuid=adapter.uuid, parent=lpar).mac
        assert lpar.rmc_ip.startswith("fe80::") and lpar.rmc_ip.endswith(mac[-4:].lower().lstrip("0")), (
            lpar.rmc_ip,
            mac,
        )
        assert lpar.can_modify_io() == (True, None)
        assert lpar.can_modify_mem() == (True, None)
        assert lpar.can_modify_proc() == (True, None)
        site.admin("faults", "POST", {"name": "lpar-rmc-lost", "subject": "managed"})
        try:
            lpar = lpar.refresh()
            able, reason = lpar.can_modify_mem()
            assert not able and "RMC" in reason
            lpar.mem_config.desired = 1024
            with raises(exc.HttpError, "RMC connection is inactive", "fault rule"):
                lpar.update()
        finally:
            site.admin("faults", "DELETE")
        assert lpar.refresh().rmc_state == bp.RMCState.ACTIVE
        assert len(partition.get_active_vioses(site.adapter)) == 2
