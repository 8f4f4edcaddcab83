"""What the monitors say of real partitions is what their guests do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from openlpar.client.admin import Administration
from tests.metrics.test_rest import metrics_of
from tests.qemu_partitions.site import Site
from tests.qemu_scenarios.site import BOOT_S, until

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

BUSY = """d=$(cd /sys/block; grep -lv ^0$ sd?/size); d=/dev/${d%/size}
{ while :; do :; done & while :; do dd if=$d of=/dev/null bs=64k count=64 iflag=direct; done & } 2>/dev/null
ip link set eth0 up; while :; do arping -c 1 -I eth0 192.0.2.1; sleep 1; done >/dev/null 2>&1 &"""


@contextmanager
def at_work(site: Site) -> Iterator[Administration]:
    """Two guests, one busy and one idle, with both monitors on."""
    for name in ("busy", "idle"):
        site.cheap(name, network="--pvid 77 --vswitch ETHERNET0")
    site.power_on("busy", "idle")
    service = Administration(site.server.http)
    service.send("PUT", "/monitors", {"ltm_enabled": True, "stm_enabled": True})
    with site.typist("busy") as busy:
        for line in BUSY.splitlines():
            busy.type(f"{line}\n")
        yield service
    service.send("PUT", "/monitors", {"ltm_enabled": False, "stm_enabled": False})
    site.remove("busy", "idle")


def test_a_busy_and_an_idle_guest_are_told_apart(site: Site) -> None:
    """By two readings of the short term monitor."""
    with at_work(site):
        metrics = metrics_of(site.server)

        def readings() -> list[dict[str, Any]]:
            """The last two."""
            paths = [path for path in metrics.links("RawMetrics/ShortTermMonitor") if "_phyp_" in path]
            return [by_partition(metrics.file(path)) for path in paths[-2:]]

        def sent() -> int:
            """What the busy guest has sent, which it does when all else that it is told to do is under way."""
            (card,) = readings()[-1]["busy"]["network"]["virtualEthernetAdapters"]
            return int(card["sentPackets"])

        until(lambda: len(readings()) == 2 and sent() > 0, "a reading of the busy guest", BOOT_S, every_s=0.5)
        begun = readings()[-1]
        until(lambda: readings()[-1] != begun, "another one", BOOT_S, every_s=0.5)
        before, after = readings()
    worked, rested = (cycles(after[name]) - cycles(before[name]) for name in ("busy", "idle"))
    assert worked > 3 * rested >= 0
    assert after["busy"]["memory"]["logicalMem"] == 512


@pytest.mark.slow
def test_the_usage_of_half_a_minute_is_that_of_the_guests(site: Site) -> None:
    """What a table of partitions shows is of the last full interval of the long term monitor."""
    with at_work(site) as service:
        until(lambda: used(service, "busy")["used"] > 0.1, "a reading of the busy guest", 2 * BOOT_S, every_s=1)
        worked, rested = used(service, "busy"), used(service, "idle")
        assert 'partition="busy"' in service.text("/metrics")
    assert worked["used"] > 3 * rested["used"] >= 0
    assert worked["storage"] > 1000 > rested["storage"] >= 0
    assert worked["network"] > 0
    assert 0 < rested["memory"] <= 512


def by_partition(file: dict[str, Any]) -> dict[str, Any]:
    """The samples of partitions in a file of raw metrics."""
    return {one["name"]: one for one in file["systemUtil"]["utilSample"]["lparsUtil"]}


def cycles(sample: dict[str, Any]) -> int:
    """All that a partition was given so far."""
    own: dict[str, int] = sample["processor"]
    return own["utilizedCappedProcCycles"] + own["utilizedUnCappedProcCycles"]


def used(service: Administration, name: str) -> dict[str, Any]:
    """A row of ``openlpar top``."""
    rows: dict[str, dict[str, Any]] = {one["partition"]: one for one in service.get("/usage")["partitions"]}
    return rows.get(name, {"used": 0.0})
