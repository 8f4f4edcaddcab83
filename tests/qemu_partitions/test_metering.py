"""What the monitors say of real partitions is what their guests do."""

from __future__ import annotations

from typing import Any

import pytest

from openlpar.client.admin import Administration
from tests.metrics.test_rest import metrics_of
from tests.qemu_partitions.site import Site
from tests.qemu_scenarios.site import BOOT_S, until

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

BUSY = """{ while :; do :; done & while :; do dd if=/dev/sda of=/dev/null bs=64k count=64 iflag=direct; done & } 2>/dev/null
ip link set eth0 up; while :; do arping -c 1 -I eth0 192.0.2.1; sleep 1; done >/dev/null 2>&1 &"""


def test_a_busy_and_an_idle_guest_are_told_apart(site: Site) -> None:
    for name in ("busy", "idle"):
        site.cheap(name, network="--pvid 77 --vswitch ETHERNET0")
    site.power_on("busy", "idle")
    service = Administration(site.server.http)
    service.send("PUT", "/monitors", {"ltm_enabled": True, "stm_enabled": True})
    with site.typist("busy") as busy:
        for line in BUSY.splitlines():
            busy.type(f"{line}\n")
        until(lambda: used(service, "busy")["used"] > 0.1, "a reading of the busy guest", 2 * BOOT_S, every_s=1)
        worked, rested = used(service, "busy"), used(service, "idle")
    assert worked["used"] > 3 * rested["used"] >= 0
    assert worked["storage"] > 1000 > rested["storage"] >= 0
    assert worked["network"] > 0
    assert 0 < rested["memory"] <= 512
    metrics = metrics_of(site.server)
    path = [path for path in metrics.links("RawMetrics/ShortTermMonitor", "NoOfSamples=1") if "_phyp_" in path][-1]
    lpars = metrics.file(path)["systemUtil"]["utilSample"]["lparsUtil"]
    cycles = {one["name"]: one["processor"] for one in lpars}
    assert cycles["busy"]["utilizedUnCappedProcCycles"] > cycles["idle"]["utilizedUnCappedProcCycles"]
    assert 'partition="busy"' in service.text("/metrics")
    service.send("PUT", "/monitors", {"ltm_enabled": False, "stm_enabled": False})
    site.remove("busy", "idle")


def used(service: Administration, name: str) -> dict[str, Any]:
    """A row of ``openlpar top``."""
    rows: dict[str, dict[str, Any]] = {one["partition"]: one for one in service.get("/usage")["partitions"]}
    return rows.get(name, {"used": 0.0})
