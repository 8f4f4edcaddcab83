"""A capped partition gets the processor time that it is entitled to, however much its guest wants."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from openlpar.hypervisor.qemu.entitlement import Groups
from openlpar.qemu_host import probe
from tests.qemu_partitions.site import Site, ask
from tests.qemu_scenarios.site import until

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

_LOOK_S = 2.0
UNITS, MOST = "SharedProcessorConfiguration.desired_units", "SharedProcessorConfiguration.max_units"


def test_a_busy_guest_is_held_to_its_units_and_given_more_by_dlpar(site: Site) -> None:
    answer, _, folder = probe.cgroup(Path("/proc"))
    if folder is None:
        pytest.skip(f"processor time cannot be shared out here: {answer.reason}")
    site.cheap("held")
    site.pvmctl(f"lpar update -i name=held -s PartitionProcessorConfiguration.sharing_mode=capped {UNITS}=0.2 {MOST}=1")
    site.pvmctl("lpar power-on -i name=held")
    until(lambda: site.partition("held").rmc_state == "active", "the guest agent", 300)
    site.until_saved("held")
    with site.typist("held") as held:
        held.type("while :; do :; done &\n")
        assert 0.1 < used(site, "held") < 0.3
        site.pvmctl(f"lpar update -i name=held -s {UNITS}=0.5")
        until(lambda: 0.4 < used(site, "held") < 0.6, "the processors it was given")
    site.restart()  # groups are kept while the service is away, and taken up again
    assert 0.4 < used(site, "held") < 0.6
    groups = Groups.recorded(site.data / "qemu")
    assert groups is not None and site.run_folder("held").name in set(groups.names())
    name = site.run_folder("held").name
    site.remove("held")
    until(lambda: name not in set(groups.names()), "the end of the control group")


def used(site: Site, name: str) -> float:
    """Processors that the guest's own threads use: what QEMU does beside them is not the guest's."""
    threads = ask(site.run_folder(name), "threads")["ok"]["threads"]
    before, began = sum(map(_cpu_s, threads)), time.monotonic()
    time.sleep(_LOOK_S)
    return (sum(map(_cpu_s, threads)) - before) / (time.monotonic() - began)


def _cpu_s(thread: int) -> float:
    words = Path(f"/proc/{thread}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
