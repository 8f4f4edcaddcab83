"""Starts from saved states."""

from __future__ import annotations

import pytest

from tests.qemu_partitions.site import Site

pytestmark = [pytest.mark.qemu, pytest.mark.xdist_group("qemu_partitions")]


def test_a_restored_partition_is_at_its_prompt_and_sees_its_own_disks(site: Site) -> None:
    site.cheap("one", data_gb=1)
    site.cheap("two", data_gb=2)
    site.power_on("one")
    with site.typist("one") as one:
        one.sh("echo of one | dd of=/dev/sdb bs=512 conv=sync,fsync 2>/dev/null")
    site.power_on("two")
    with site.typist("two") as two:
        assert two.sh("cat /sys/block/sdb/size </dev/sdb") == str(2 << 21)
        assert two.sh("dd if=/dev/sdb bs=512 count=1 2>/dev/null | tr -d '\\0'") == ""
    (started,) = [notice for notice in site.notices("two") if notice.kind == "started"]
    assert started.data["incoming"]
    site.remove("one", "two")
