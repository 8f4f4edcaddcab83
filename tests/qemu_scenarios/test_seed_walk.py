"""The walk of the NovaLink tutorial, by the installed commands; the guest says from inside what each step did."""

from __future__ import annotations

import re
from hashlib import md5
from pathlib import Path

import pytest

from tests.qemu_scenarios import iso9660
from tests.qemu_scenarios.site import BOOT_S, Console, Site, until

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(600)]

DISKS = "for d in /dev/sd?; do blockdev --getsize64 $d; done 2>/dev/null | tr '\\n' ' '"
"""The bytes of all disks that are there. A guest learns of a disk that was mapped while it runs when it looks at it."""
GB = 1024**3


def kilobytes(console: Console) -> int:
    return int(console.sh("grep MemTotal /proc/meminfo").split()[1])


def test_the_walk(site: Site) -> None:
    pvmctl = site.pvmctl
    pvmctl(
        "lpar create --name vm1 --proc-unit .1 --sharing-mode uncapped --type AIX/Linux --mem 1024 --proc-type shared --proc 2"
    )
    assert site.state("vm1") == "not activated"
    pvmctl("vea create --slot 2 --pvid 1 --vswitch ETHERNET0 --parent-id name=vm1")
    assert "Lu Name:vdisk_vm1" in site.vios(2, "lu -create -sp pool1 -lu vdisk_vm1 -size 20480")
    pvmctl(f"lu upload -i name=vdisk_vm1 --data {site.kit.minimal_disk}")
    pvmctl("scsi create --type lu --lpar name=vm1 --stor-id name=vdisk_vm1 --parent-id name=vios1")
    assert "vdisk_vm1" in site.vios(2, "lsmap -all")
    pvmctl("lpar update -i name=vm1 -s PartitionMemoryConfiguration.max=2048")
    shared = {"max_virtual": 3, "max_units": 0.3, "desired_units": 0.2}
    pvmctl(f"lpar update -i name=vm1 -s {' '.join(f'SharedProcessorConfiguration.{k}={v}' for k, v in shared.items())}")

    assert "successful" in pvmctl("lpar power-on -i name=vm1")
    console = site.console("vm1").at_prompt()
    until(lambda: site.state("vm1") == "running", "vm1 to run")
    assert "Linux ppc64le" in pvmctl("lpar list -d ref_code -i name=vm1")
    assert console.sh("nproc") == "2"
    assert console.sh(DISKS) == str(20 * GB)
    assert 900_000 < kilobytes(console) < 1024 * 1024
    mac = pvmctl("vea list -p name=vm1 -d mac --hide-label").strip().lower()
    assert console.sh("cat /sys/class/net/eth0/address").replace(":", "") == mac
    assert console.sh("tr -d '\\0' </proc/device-tree/ibm,partition-name") == "vm1"

    # Given more, and less, while it runs.
    until(lambda: site.field("vm1", "rmc_state") == "active", "RMC", BOOT_S)
    before = kilobytes(console)
    pvmctl("lpar update -i name=vm1 -s PartitionMemoryConfiguration.desired=2048")
    until(lambda: kilobytes(console) - before == 1024 * 1024, "another GB in the guest")
    pvmctl("lpar update -i name=vm1 -s PartitionMemoryConfiguration.desired=1024")
    until(lambda: kilobytes(console) == before, "the GB to be gone from the guest")
    for count in (3, 2):
        pvmctl(f"lpar update -i name=vm1 -s SharedProcessorConfiguration.desired_virtual={count}")
        console.until_sh("nproc", str(count))

    # A disk comes and goes.
    pvmctl("lv create --name vm1_data --size 3 -p name=vios1")
    pvmctl("scsi create --type lv --lpar name=vm1 --stor-id vm1_data -p name=vios1")
    console.until_sh(DISKS, f"{20 * GB} {3 * GB}")
    pvmctl("scsi delete --type lv --stor-id vm1_data --lpar name=vm1")
    console.until_sh(DISKS, str(20 * GB))
    pvmctl("lv delete -i name=vm1_data")

    # Nothing is deleted from under it.
    assert "PVME01050010-0056" in pvmctl("lpar delete -i name=vm1", status=1)
    assert "is mapped" in pvmctl("lu delete -i name=vdisk_vm1", status=1)
    assert pvmctl("lpar power-off -i name=vm1").splitlines()[1] == "Partition vm1 power-off successful."
    assert site.state("vm1") == "not activated"
    assert not site.processes("guest=vm1")
    console.close()
    pvmctl("scsi delete --type lu --stor-id vdisk_vm1 --lpar name=vm1")
    pvmctl("lpar delete -i name=vm1")
    pvmctl("lu delete -i name=vdisk_vm1")
    assert site.field("vm1", "name") == ""
    assert not list((site.data / "qemu" / "p").iterdir())


def test_firmware_stops_where_it_is_told_to(site: Site) -> None:
    site.bootable("stops")
    site.pvmctl("lpar power-on -i name=stops --bootmode sms")
    console = site.console("stops")
    console.expect("Select boot device")
    site.until_state("stops", "open firmware")
    console.type("3")  # after the two drives for media
    console.at_prompt()
    site.until_state("stops", "running")
    site.pvmctl("lpar power-off -i name=stops --hard")

    site.pvmctl("lpar power-on -i name=stops --bootmode of")
    console.expect("0 > ")
    site.until_state("stops", "open firmware")
    console.type("3 4 + .\r")
    console.expect("7 .*ok", 10)
    console.type("boot\r")
    console.at_prompt()
    site.until_state("stops", "running")
    console.close()
    site.remove("stops")


def test_what_the_guest_does_is_seen(site: Site) -> None:
    site.bootable("guest")
    (console,) = site.up("guest")
    console.sh("touch /run/this-boot")
    assert "successful" in site.pvmctl("lpar restart -i name=guest")
    console.at_prompt()
    assert console.sh("ls /run/this-boot 2>/dev/null") == ""

    console.sh("touch /run/this-boot")
    site.until_state("guest", "running")
    console.type("reboot\n")
    until(lambda: site.state("guest") != "running", "the reboot to be seen")
    console.at_prompt()
    assert console.sh("ls /run/this-boot 2>/dev/null") == ""
    site.until_state("guest", "running")

    console.type("echo c >/proc/sysrq-trigger\n")
    site.until_state("guest", "error")
    assert "panic" in site.field("guest", "ref_code_full").lower()
    assert site.field("guest", "rmc_state") == "inactive"
    site.pvmctl("lpar restart -i name=guest")
    console.at_prompt()
    site.until_state("guest", "running")

    console.type("poweroff\n")
    site.until_state("guest", "not activated")
    console.close()
    site.remove("guest")


def test_a_cd_is_uploaded_read_and_taken_out(site: Site, tmp_path: Path) -> None:
    """``loadopt`` and ``unloadopt`` change the medium of a drive; mapping a medium makes the drive."""
    for number in (1, 2):
        cd = tmp_path / f"cd{number}.iso"
        cd.write_bytes(iso9660.image(f"CD{number}", "HELLO.TXT", f"this is cd {number}\n".encode() * 200))
        site.pvmctl(f"media upload --vios vios1 --data {cd}")
    assert "cd1.iso" in site.vios(2, "lsrep")
    site.bootable("reader")
    site.pvmctl("scsi create --type vopt --lpar name=reader --stor-id cd1.iso -p name=vios1")
    (console,) = site.up("reader")
    read = "mount -t iso9660 -o ro /dev/sr0 /mnt && md5sum </mnt/hello.txt; umount /mnt 2>/dev/null"
    wish = {number: md5(f"this is cd {number}\n".encode() * 200).hexdigest() + "  -" for number in (1, 2)}
    assert console.sh(read) == wish[1]
    assert "is mapped" in site.pvmctl("media delete -i name=cd1.iso -p name=vios1", status=1)

    (drive,) = re.findall(r"^VTD +(vtopt\d+)", site.vios(2, "lsmap -all -type file_opt"), re.MULTILINE)
    site.vios(2, f"unloadopt -vtd {drive}")
    until(lambda: "No medium" in console.sh("dd if=/dev/sr0 of=/dev/null count=1 2>&1"), "the drive to be empty")
    site.vios(2, f"loadopt -vtd {drive} -disk cd2.iso")
    console.until_sh(read, wish[2])

    site.pvmctl("scsi delete --type vopt --stor-id cd2.iso --lpar name=reader")
    until(lambda: "No medium" in console.sh("dd if=/dev/sr0 of=/dev/null count=1 2>&1"), "the drive to be empty")
    for number in (1, 2):
        site.pvmctl(f"media delete -i name=cd{number}.iso -p name=vios1")
    assert not list((site.data / "qemu" / "disks" / "media").rglob("*.raw"))
    console.close()
    site.remove("reader")
