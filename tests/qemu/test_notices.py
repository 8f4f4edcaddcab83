"""What the state learns from a supervisor's journal."""

from __future__ import annotations

import re
from typing import Any

import pytest

from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.hypervisor.qemu.notices import DLPAR, OFF, observation
from openlpar.ports.hypervisor import Observation

ADDRESSES = ["192.0.2.7", "fe80::1", "2001:db8::7"]
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "started": ({"pid": 1}, {"state": "starting", "ref_code": "", "rmc": "inactive"}),
    "ref_code": (
        {"code": "E3407", "text": "Load failed"},
        {"ref_code": "E3407", "ref_code_full": "Load failed", "state": None},
    ),
    "prompt": ({"where": "menu"}, {"state": "open firmware"}),
    "linux": ({"banner": "Linux ppc64le #1 SMP Debian 6.1.176-1"}, {"ref_code": "Linux ppc64le #1 SMP Debian 6.1."}),
    "running": ({"by": "shell"}, {"state": "running", "booted": True}),
    "agent": (
        {"active": True, "os": "Debian GNU/Linux 12", "addresses": ADDRESSES},
        {"rmc": "active", "rmc_ip": "fe80::1", "operating_system": "Debian GNU/Linux 12", "dlpar": DLPAR},
    ),
    "reset": ({"reason": "guest-reset"}, {"state": "starting", "rmc": "inactive"}),
    "panicked": ({"text": "OS panic: no init"}, {"state": "error", "ref_code": "OS panic: no init", "rmc": "inactive"}),
    "shutdown": ({"reason": "guest-shutdown"}, {"state": "shutting down"}),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_notice_becomes_an_observation(kind: str) -> None:
    data, wanted = CASES[kind]
    seen = observation(Notice(1, 0, kind, data))
    assert seen is not None
    assert {name: getattr(seen, name) for name in wanted} == wanted


def test_an_ended_partition_is_off() -> None:
    assert observation(Notice(1, 0, "ended", {"status": 0})) == OFF
    assert OFF.state == "not activated"


def test_an_agent_that_is_silent_takes_rmc_away() -> None:
    assert observation(Notice(1, 0, "agent", {"active": False})) == Observation(rmc="inactive")


@pytest.mark.parametrize(("addresses", "reached"), [([], ""), (["192.0.2.7"], "192.0.2.7"), (["FE80::2"], "FE80::2")])
def test_a_partition_is_reached_by_what_it_has(addresses: list[str], reached: str) -> None:
    seen = observation(Notice(1, 0, "agent", {"active": True, "addresses": addresses}))
    assert seen is not None
    assert seen.rmc_ip == reached


def test_each_kind_of_notice_is_known() -> None:
    """The journal's own table names them all."""
    kinds = re.findall(r"^([a-z_]+)   ", (journal.__doc__ or "").partition("meaning\n")[2], re.M)
    silent = {kind for kind in kinds if observation(Notice(1, 0, kind, {})) is None}
    assert silent == {
        "launched",
        "firmware",
        "stopped",
        "resumed",
        "saved",
        "qmp_lost",
        "expecting",
        "arrived",
        "stays",
    }


def test_of_several_addresses_the_one_on_the_management_network_counts() -> None:
    notice = Notice(1, 0, "agent", {"active": True, "addresses": ["fe80::1", "10.0.0.5", "fe80::2"]})
    seen = observation(notice, {"fe80::2"})
    assert seen is not None
    assert seen.rmc_ip == "fe80::2"
