"""Disks while the Virtual I/O Servers that lend them go and come back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.qemu_scenarios.site import Console, Site, until

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu storage")]

SERIALS = r"""for d in /sys/block/sd*; do
[ $(cat $d/size) -gt 0 ] && ! [ -e $d/${d##*/}1 ] && echo ${d##*/} $(tr -dc 0-9A-Za-z <$d/device/vpd_pg80)
done"""
"""Each disk that is there, with its serial number; but not that of the system, which has partitions."""
WRITER = r"""while [ ! -e /run/stop ]; do
n=$((n+1)); dd if=/dev/urandom of=/run/new bs=16k count=8 2>/dev/null
dd if=/run/new of=/mnt/$((n%40)) bs=16k conv=fsync 2>/dev/null || { echo $n >/run/failed; break; }
md5sum </run/new >/run/sums/$((n%40)); echo $n >/run/written
done"""
"""Writes files that reach the disk one after the other, again and again the same forty; their checksums stay in memory."""
CHECK = r"""for n in $(ls /run/sums); do
[ "$(md5sum </mnt/$n)" = "$(cat /run/sums/$n)" ] || echo $n is not what was written
done"""


@pytest.fixture(scope="module")
def guest(site: Site) -> Iterator[Console]:
    """With a disk to boot from, by vios1; one for data by vios1; and one by both."""
    site.bootable("writer")
    site.disk("writer", "data")
    site.disk("writer", "twice", vioses=("vios1", "vios2"))
    (console,) = site.up("writer")
    for name, text in (("serials", SERIALS), ("write", WRITER), ("check", CHECK)):
        console.script(f"/run/{name}", text)
    yield console
    console.close()
    site.remove("writer")


def written(console: Console) -> int:
    return int(console.sh("cat /run/written 2>/dev/null") or 0)


def disks(console: Console) -> dict[str, list[str]]:
    """Names of the guest's disks, by serial number."""
    found: dict[str, list[str]] = {}
    for line in console.sh("sh /run/serials").splitlines():
        name, _, serial = line.partition(" ")
        found.setdefault(serial, []).append(name)
    return found


def data_disk(console: Console) -> str:
    """The one that is not there twice."""
    (name,) = (names[0] for names in disks(console).values() if len(names) == 1)
    return name


def start_writing(console: Console, disk: str) -> None:
    console.sh(
        f"mke2fs -q /dev/{disk} 2>/dev/null; mkdir -p /run/sums; mount -t ext4 /dev/{disk} /mnt; dmesg -c >/run/messages"
    )
    console.sh("rm -f /run/stop /run/failed /run/written /run/sums/*; { sh /run/write & }")
    until(lambda: written(console) > 5, "the first files")


def stop_writing(console: Console, disk: str) -> str:
    """What of that which was acknowledged is not on the disk."""
    console.sh("touch /run/stop; wait", 60)
    console.sh(f"umount /mnt; echo 3 >/proc/sys/vm/drop_caches; mount -t ext4 /dev/{disk} /mnt")
    missing = console.sh("sh /run/check", 60)
    console.sh("umount /mnt")
    return missing


def test_two_servers_lend_one_disk_twice(site: Site, guest: Console) -> None:
    pair = next(names for names in disks(guest).values() if len(names) == 2)
    guest.sh(f"echo by-one-way | dd of=/dev/{pair[0]} bs=512 conv=sync,fsync 2>/dev/null")
    assert guest.sh(f"dd if=/dev/{pair[1]} bs=512 count=1 2>/dev/null | head -c 10") == "by-one-way"

    site.pvmctl("vios power-off -i name=vios2 --hard")
    read = "dd if=/dev/{} of=/dev/null bs=512 count=1 iflag=direct 2>/dev/null; echo $?"
    works = {name: guest.sh(read.format(name), 90) for name in pair}
    assert sorted(works.values()) == ["0", "1"], works
    site.pvmctl("vios power-on -i name=vios2")
    for name in pair:
        guest.until_sh(read.format(name), "0", 60)


def test_writes_outlast_a_short_absence(site: Site, guest: Console) -> None:
    disk = data_disk(guest)
    start_writing(guest, disk)
    site.pvmctl("vios restart -i name=vios1 --hard")
    before = written(guest)
    until(lambda: written(guest) > before + 5, "files after the restart", 60)
    assert stop_writing(guest, disk) == ""
    assert guest.sh("cat /run/failed 2>/dev/null") == ""
    assert guest.sh("dmesg | grep -c 'I/O error'") == "0"


def test_a_long_absence_is_an_error_and_the_disk_comes_back(site: Site, guest: Console) -> None:
    disk = data_disk(guest)
    start_writing(guest, disk)
    site.pvmctl("vios power-off -i name=vios1 --hard")
    until(lambda: guest.sh("cat /run/failed 2>/dev/null"), "the write to fail", 90)
    assert int(guest.sh("dmesg | grep -c 'I/O error'")) > 0
    assert site.state("writer") == "running"
    site.pvmctl("vios power-on -i name=vios1")
    guest.until_sh(f"dd if=/dev/{disk} of=/dev/null bs=512 count=1 iflag=direct 2>/dev/null; echo $?", "0", 60)
    # The file that failed was not acknowledged; all before it are there.
    assert stop_writing(guest, disk) == ""
    start_writing(guest, disk)
    assert stop_writing(guest, disk) == ""


def test_a_server_that_is_killed_comes_back(site: Site, guest: Console) -> None:
    """Not the work of an administrator: one of its storage daemons dies. The server is off then, and is started as any other."""
    disk = data_disk(guest)
    daemon = lenders(site, "vios2")[0]
    os.kill(daemon, signal.SIGKILL)
    until(
        lambda: site.pvmctl("vios list -i name=vios2 -d state --hide-label").strip() == "not activated",
        "vios2 to be off",
    )
    assert guest.sh(f"dd if=/dev/{disk} of=/dev/null bs=512 count=1 iflag=direct 2>/dev/null; echo $?") == "0"
    site.pvmctl("vios power-on -i name=vios2")
    until(lambda: lenders(site, "vios2"), "vios2 to serve again")


def lenders(site: Site, vios: str) -> list[int]:
    """The processes that serve for a Virtual I/O Server."""
    uuid = site.pvmctl(f"vios list -i name={vios} -d uuid --hide-label").strip()
    folder = site.data / "qemu" / "v" / uuid[:8].upper()
    return site.processes(str(folder))
