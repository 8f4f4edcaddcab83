"""What the client makes of faults that the simulation is told to show."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from pypowervm import adapter as adp
from pypowervm import exceptions as exc
from pypowervm.helpers import vios_busy
from pypowervm.tasks import partition, power
from pypowervm.tasks import storage as tasks
from pypowervm.wrappers import base_partition as bp

from .site import Site, raises


@contextlib.contextmanager
def _fault(site: Site, **rule: Any) -> Iterator[None]:
    site.admin("faults", "POST", rule)
    yield
    site.admin("faults", "DELETE")
    assert json.loads(site.admin("faults"))["rules"] == []


def a_busy_virtual_io_server_is_tried_again(site: Site) -> None:
    vios = site.vios("vios1")
    group = site.volume_group(vios, "datavg")
    with _fault(site, name="vios-busy", subject="vios1", times=1), raises(exc.HttpError, "HSCL3205", "busy"):
        tasks.crt_vdisk(site.adapter, vios.uuid, group.uuid, "patient", 1)
    with _fault(site, name="vios-busy", subject="vios1", times=3):
        adapter = adp.Adapter(site.adapter.session, helpers=vios_busy.vios_busy_retry_helper)
        disk = tasks.crt_vdisk(adapter, vios.uuid, group.uuid, "patient", 1)
    tasks.rm_vg_storage(site.volume_group(vios, "datavg"), vdisks=[disk])


def a_virtual_io_server_without_rmc_is_not_active(site: Site) -> None:
    with _fault(site, name="vios-rmc-lost", subject="vios2"):
        assert [vios.name for vios in partition.get_active_vioses(site.adapter)] == ["vios1"]
        partition.validate_vios_ready(site.adapter, max_wait_time=5)
    with _fault(site, name="vios-rmc-lost"):
        assert partition.get_active_vioses(site.adapter) == []
        with raises(exc.ViosNotAvailable):
            partition.validate_vios_ready(site.adapter, max_wait_time=5)
    assert len(partition.get_active_vioses(site.adapter)) == 2


def a_full_pool_takes_no_unit(site: Site) -> None:
    with _fault(site, name="pool-full", subject="pool1"), raises(exc.HttpError, "toomuch", "fault"):
        tasks.crt_lu(site.tier(), "toomuch", 1)


def a_failing_power_off_is_followed_by_a_harder_one(site: Site) -> None:
    with site.partition("stubborn") as lpar:
        power.PowerOp.start(lpar)
        lpar = lpar.refresh()
        with _fault(site, name="error", operation="lpar.power_off", message="PVME01040003-0001", times=2):
            power.power_off_progressive(lpar)
        assert lpar.refresh().state == bp.LPARState.NOT_ACTIVATED


def a_failing_power_on_reaches_the_caller(site: Site) -> None:
    with site.partition("failing") as lpar:
        rule = {"name": "error", "operation": "lpar.power_on", "message": "PVME01040003-0001", "times": 1}
        with _fault(site, **rule), raises(exc.VMPowerOnFailure, "failing", "PVME01040003-0001"):
            power.PowerOp.start(lpar)
        assert lpar.refresh().state == bp.LPARState.NOT_ACTIVATED
