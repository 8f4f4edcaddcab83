"""A partition whose disk is a file of a pool: its guest installs itself there, starts from it, and finds what it wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.qemu_scenarios.site import Console, Site

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("qemu file disks")]

MIB = 1 << 20
BY_SIZE = r"""for d in /dev/sd?; do [ "$(blockdev --getsize64 $d 2>/dev/null)" = {} ] && echo $d; done"""
NAME, POOL, FILE = "filed", "files", "disk1"


def disk(console: Console, mib: int) -> str:
    """The device of this size; a guest learns of sizes when it opens disks."""
    found = console.sh(BY_SIZE.format(mib * MIB)).split()
    assert len(found) == 1, found
    return found[0]


def on_host(site: Site, mib: int) -> Path:
    """The file of the host that holds the one of the pool, by its size."""
    (found,) = (file for file in (site.data / "qemu" / "disks").rglob("top.*") if file.stat().st_size == mib * MIB)
    return found


def taken_mib(file: Path) -> float:
    return file.stat().st_blocks * 512 / MIB


def test_a_guest_starts_from_a_file_of_a_pool(site: Site) -> None:
    site.bootable(NAME)
    site.vios(2, f"mksp -fb {POOL} -sp rootvg -size 1G")
    site.vios(2, f"mkbdsp -sp {POOL} 128M -bd {FILE}")
    site.pvmctl(f"scsi create --type file --lpar name={NAME} --stor-id {POOL}/{FILE} -p name=vios1")
    (console,) = site.up(NAME)
    root, file = disk(console, 1024), disk(console, 128)
    assert console.sh(f"tr -d '\\0' <{file} | wc -c", 60) == "0", "it is empty"
    console.sh(f"dd if={root} of={file} bs=1M count=64 conv=fsync 2>/dev/null")
    console.sh(f"echo kept | dd of={file} bs=1M seek=100 conv=notrunc,fsync 2>/dev/null")
    console.close()

    site.pvmctl(f"lpar power-off -i name={NAME} --hard")
    site.pvmctl(f"scsi delete --type lu --stor-id {NAME}_root --lpar name={NAME} -p name=vios1")
    (console,) = site.up(NAME)
    file = disk(console, 128)
    assert console.sh("grep -c 'sd[a-z]$' /proc/partitions") == "1", "there is no other disk to start from"
    assert console.sh(f"dd if={file} bs=1M skip=100 count=1 2>/dev/null | head -c 4") == "kept"

    site.vios(2, f"chbdsp -sp {POOL} -bd {FILE} -size 128M")
    console.until_sh(BY_SIZE.format(256 * MIB), file)
    before = taken_mib(on_host(site, 256))
    console.sh(f"blkdiscard {file}")
    assert before > 20 and taken_mib(on_host(site, 256)) < 1, "what a guest discards, the host has again"
    console.close()
    site.pvmctl(f"lpar power-off -i name={NAME} --hard")
    site.pvmctl(f"scsi delete --type file --stor-id {POOL}/{FILE} --lpar name={NAME} -p name=vios1")
    site.vios(2, f"rmsp -f {POOL}")
    site.pvmctl(f"lpar delete -i name={NAME}")
