"""Two Virtual I/O Servers lend one disk to a guest whose own multipath driver makes one of the two paths."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import BIN
from tests.qemu_scenarios.site import BOOT_S, Console, Site, until

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("qemu multipath")]

WRITER = r"""while [ ! -e /run/stop ]; do
n=$((n+1)); head -c 65536 /dev/urandom >/run/new
dd if=/run/new of=/run/mnt/$((n%40)) bs=64k conv=fsync 2>/dev/null || { echo $n >/run/failed; break; }
md5sum </run/new >/run/sums/$((n%40)); echo $n >/run/written
done"""
"""Writes files that reach the disk one after the other; their checksums stay in memory."""


@pytest.fixture
def guest(site: Site) -> Iterator[Console]:
    """The Debian system, on a disk by vios2; and a disk for data by both."""
    site.lpar("paths", memory=1024)
    site.disk("paths", "paths_root", site.kit.debian_disk, vioses=("vios2",))
    site.disk("paths", "paths_data", vioses=("vios1", "vios2"))
    with subprocess.Popen(
        [BIN / "pvmctl", "lpar", "power-on", "-i", "name=paths"], env=site.environment, stdout=subprocess.DEVNULL
    ) as starting:
        until(lambda: site.state("paths") != "not activated", "the firmware")
        console = site.console("paths")
        console.expect("paths login: ", 4 * BOOT_S)
        assert starting.wait(BOOT_S) == 0
    console.type("root\n")
    console.expect("# ")
    console.type("bind 'set enable-bracketed-paste off'; set +m; PS1='lpar''# '; stty -echo; dmesg -n 1\n")
    console.expect("lpar# ")
    yield console
    console.close()
    site.remove("paths")


def paths(console: Console) -> list[str]:
    """State of each path, as ``multipath -ll`` says it: ``active ready running``, ``failed faulty running``."""
    return sorted(re.findall(r"sd\w+ +\d+:\d+ +(\w+ \w+)", console.sh("multipath -ll")))


def written(console: Console) -> int:
    return int(console.sh("cat /run/written 2>/dev/null") or 0)


def test_a_guest_goes_on_over_the_other_path(site: Site, guest: Console) -> None:
    until(lambda: paths(guest) == ["active ready"] * 2, "two paths to one disk", 60)
    device = "/dev/mapper/" + guest.sh("multipath -ll -v1").split()[0]
    assert (
        guest.sh(
            f"mke2fs -q -t ext4 {device} && mkdir /run/mnt && mount {device} /run/mnt && mkdir /run/sums && echo made",
            120,
        )
        == "made"
    )
    for line in WRITER.splitlines():
        guest.sh(f"echo '{line}' >>/run/write")
    guest.sh("{ sh /run/write & } 2>/dev/null")
    until(lambda: written(guest) > 5, "the first files", 60)

    site.pvmctl("vios power-off -i name=vios1 --hard")
    until(lambda: "failed faulty" in paths(guest), "a path to fail", 120)
    before = written(guest)
    until(lambda: written(guest) > before + 5, "files over the other path", 60)
    assert "active ready" in paths(guest)

    site.pvmctl("vios power-on -i name=vios1")
    until(lambda: paths(guest) == ["active ready"] * 2, "the path to come back", 120)
    before = written(guest)
    until(lambda: written(guest) > before + 5, "files over both", 60)
    guest.sh("touch /run/stop; wait; sync; echo 3 >/proc/sys/vm/drop_caches", 60)
    assert guest.sh("cat /run/failed 2>/dev/null") == ""
    check = 'for n in $(ls /run/sums); do [ "$(md5sum </run/mnt/$n)" = "$(cat /run/sums/$n)" ] || echo $n; done'
    assert guest.sh(check, 60) == "", "what was acknowledged is there"
    guest.sh("umount /run/mnt")
