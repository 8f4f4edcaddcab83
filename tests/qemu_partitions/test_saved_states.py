"""Starts from saved states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.qemu_partitions.site import Site, ask

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]


def test_a_restored_partition_is_at_its_prompt_and_sees_its_own_disks(site: Site) -> None:
    site.cheap("one", data_gb=1)
    site.cheap("two", data_gb=2)
    site.power_on("one")
    with site.typist("one") as one:
        one.sh(f"echo of one | dd of={one.disk(2)} bs=512 conv=sync,fsync 2>/dev/null")
    site.power_on("two")
    with site.typist("two") as two:
        disk = two.disk(2)
        assert two.sh(f"cat /sys/block/{disk.removeprefix('/dev/')}/size <{disk}") == str(2 << 21)
        assert two.sh(f"dd if={disk} bs=512 count=1 2>/dev/null | tr -d '\\0'") == ""
    (started,) = [notice for notice in site.notices("two") if notice.kind == "started"]
    assert started.data["incoming"]
    site.remove("one", "two")


def test_a_guest_that_uses_its_disks_is_not_saved(site: Site, tmp_path: Path) -> None:
    """They would not be as it remembers them."""
    site.cheap("user", data_gb=1)
    site.power_on("user")
    path = tmp_path / "of-user.state"
    with site.typist("user") as user:
        user.sh(f"mke2fs -q {user.disk(2)}; mount -t ext4 {user.disk(2)} /mnt")
        assert (
            "uses file systems on its disks: /mnt"
            in ask(site.run_folder("user"), "save_state", path=str(path))["refused"]
        )
        assert not path.exists()
        user.sh("umount /mnt")
        told = ask(site.run_folder("user"), "save_state", path=str(path))
        assert told["refused"] == "somebody has typed at its console"
        assert not path.exists()
        assert user.sh("echo goes on") == "goes on"
    site.remove("user")
