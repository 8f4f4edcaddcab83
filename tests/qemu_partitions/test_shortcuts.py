"""What lies in a file is read and written there, while the servers that lend it run."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.qemu_partitions.site import Site, ask
from tests.qemu_scenarios.site import until

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]


def ways(site: Site, name: str) -> dict[str, int]:
    """Files of disks that a partition's QEMU has open, and how often."""
    pid = ask(site.run_folder(name), "status")["ok"]["pid"]
    found = (os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir())
    return Counter(path for path in found if path.endswith(("top.raw", "top.qcow2")))


def test_a_disk_of_two_servers_is_one_file_as_often_as_they_run(site: Site) -> None:
    """A clone has no file of its own, and is read through the server."""
    site.cheap("short", data_gb=2)
    site.pvmctl("scsi create --type lu --lpar name=short --stor-id short_data -p name=vios2")
    site.power_on("short")
    until(lambda: list(ways(site, "short").values()) == [2], "both ways to the file")
    with site.typist("short") as guest:
        found = guest.sh(f"cd /sys/block; grep -lx {2 << 21} sd?/size; cd").split()
        assert len(found) == 2
        disk = f"/dev/{found[0].removesuffix('/size')}"
        write = f"dd of={disk} bs=512 conv=sync,fsync 2>/dev/null"
        (path,) = ways(site, "short")
        guest.sh(f"echo over the file | {write}")
        with Path(path).open("rb") as file:
            assert file.read(13) == b"over the file"

        site.vios(2, "lu -resize -lu short_data -size 3072")
        guest.until_sh(f"head -c 1 {disk} >/dev/null; cat /sys/block/{disk[5:]}/size", str(3 << 21))
        until(lambda: ways(site, "short") == {path: 2}, "both ways to be there with the new size")

        site.pvmctl("vios power-off -i name=vios1 --hard")
        until(lambda: ways(site, "short") == {path: 1}, "the way by vios1 to be gone")
        site.pvmctl("vios power-off -i name=vios2 --hard")
        until(lambda: not ways(site, "short"), "the way by vios2 to be gone")
        for number in (1, 2):
            site.pvmctl(f"vios power-on -i name=vios{number}")
        until(lambda: ways(site, "short") == {path: 2}, "both ways to be back")
        assert guest.sh(f"dd if={disk} bs=512 count=1 iflag=direct 2>/dev/null | head -c 13") == "over the file"
    site.remove("short")
