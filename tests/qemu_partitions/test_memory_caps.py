"""A partition's QEMU is held to its memory and what it needs itself; one that wants more ends alone, and it is known why."""

from __future__ import annotations

from pathlib import Path

import pytest

from openlpar.hypervisor.qemu.memory_caps import MemoryGroups, cap_mib
from openlpar.hypervisor.qemu.memory_group import LIMIT, MIB, USAGE, limit_mib
from openlpar.qemu_host import probe
from tests.qemu_partitions.site import Site
from tests.qemu_scenarios.site import until

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

DESIRED = "PartitionMemoryConfiguration.desired"
GREEDY = "mkdir -p /t; mount -t tmpfs -o size=250M t /t; dd if=/dev/zero of=/t/a bs=1M count=240\n"


@pytest.fixture
def groups(site: Site) -> MemoryGroups:
    answer, _, folder = probe.cgroup(Path("/proc"), "memory")
    found = MemoryGroups.recorded(site.data / "qemu")
    if folder is None or found is None:
        pytest.skip(f"memory cannot be capped here: {answer.reason}")
    return found


def test_a_cap_follows_dlpar_and_what_goes_beyond_it_ends_in_error(site: Site, groups: MemoryGroups) -> None:
    site.cheap("capped")
    site.pvmctl(
        "lpar update -i name=capped -s PartitionMemoryConfiguration.max=2048 PartitionMemoryConfiguration.min=512"
    )
    site.power_on("capped")
    until(lambda: site.partition("capped").rmc_state == "active", "RMC", 300)
    group = groups.folder / site.run_folder("capped").name
    assert str(site.qemu("capped")) in (group / "cgroup.procs").read_text().split()

    def is_capped_for(mib: int) -> bool:
        return limit_mib(group) == cap_mib(site.partition("capped"), mib)

    assert is_capped_for(512)
    usage = int((group / USAGE[groups.version]).read_text()) // MIB
    assert usage < limit_mib(group) / 2, "a healthy one is far below"
    for mib in (1024, 512):
        site.pvmctl(f"lpar update -i name=capped -s {DESIRED}={mib}")
        until(lambda: is_capped_for(mib), f"the cap for {mib} MiB")  # noqa: B023
    site.restart()
    assert is_capped_for(512)
    # As if QEMU were to take more than it should: the cap comes down to it.
    (group / LIMIT[groups.version]).write_text(str((usage + 60) * MIB))
    with site.typist("capped") as typist:
        typist.type(GREEDY)
        until(lambda: site.partition("capped").state == "error", "the end of it")
    assert site.partition("capped").ref_code == "Host memory exhausted"
    assert "for want of memory" in site.partition("capped").ref_code_full
    site.pvmctl("lpar restart -i name=capped --hard")
    until(lambda: site.partition("capped").state == "running", "its next start")
    site.remove("capped")
    until(lambda: not group.exists(), "the end of its group")
