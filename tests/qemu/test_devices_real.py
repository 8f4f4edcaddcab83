"""What the console of a real guest shows when its devices come and go."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu import arguments
from openlpar.hypervisor.qemu.devices import Devices
from openlpar.hypervisor.qemu.hardware import ScsiAdapter, Target
from openlpar.hypervisor.qemu.unplug import DeviceRefused
from openlpar.ports.io_server import BlockAddress
from tests.qemu.fake_devices import MIB
from tests.qemu.real_guest import BlockServer, Guest, kit

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(400), pytest.mark.xdist_group("guest")]

MEMORY = "awk '/MemTotal/ {print int($2 / 262144 + 0.5)}' /proc/meminfo"
"""In blocks of 256 MiB: the kernel keeps some for itself."""
DISK = "disk() { echo /dev/$(ls /sys/bus/scsi/devices/0:0:$1:0/block); }; size() { cat /sys/block/$(basename $(disk $1))/size; }"
TRY = "dd if=$(disk {0}) of=/dev/null bs=4k count=1 iflag=direct 2>&1 | grep -c 'records out'"


@pytest.fixture
async def guest(run: Path) -> AsyncIterator[Guest]:
    guest = Guest(kit(), run)
    yield guest
    await guest.kill()


@pytest.fixture
async def server(run: Path) -> AsyncIterator[BlockServer]:
    files = {name: run / f"{name}.raw" for name in ("lu1", "lu2")}
    for file in files.values():
        file.touch()
        os.truncate(file, 64 * MIB)
    server = BlockServer(kit(), run, files)
    await server.start()
    yield server
    await server.kill()


def _devices(guest: Guest) -> Devices:
    return Devices(guest.qmp, core_remove=True, dimm_mib=512)


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.3f} s")


def node(server: BlockServer, export: str, target: int) -> dict[str, Any]:
    address = {"type": "unix", "path": str(server.socket)}
    options = {"driver": "nbd", "node-name": f"disk-2-{target}", "server": address, "export": export}
    return {**options, "read-only": False, "reconnect-delay": 10}


async def test_memory_and_cores_come_and_go(guest: Guest) -> None:
    await guest.start()
    devices = _devices(guest)
    sizes = await devices.sizes()
    assert (sizes.memory_mib, sizes.cores, sizes.slots) == (512, 1, {})
    before = int(await guest.sh(MEMORY))
    for mib in (768, 1536, 1280, 512):
        with timed(f"memory to {mib} MiB"):
            resized = await devices.resize_memory(mib)
            assert (resized.real, resized.reason) == (mib, "")
        with timed("... until the guest has noticed"):
            await guest.until_sh(MEMORY, str(before + (mib - 512) // 256))
    for count in (2, 4, 3, 1):
        with timed(f"cores to {count}"):
            resized = await devices.resize_cores(count)
            assert (resized.real, resized.reason) == (count, "")
        with timed("... until the guest has noticed"):
            await guest.until_sh("nproc", str(count))
    with pytest.raises(DeviceRefused, match="room for 4096 MiB"):
        await devices.resize_memory(4352)
    assert (await devices.resize_memory(4096)).real == 4096
    objects = await guest.qmp.execute("qom-list", {"path": "/objects"})
    assert (await devices.resize_memory(512)).real == 512
    left = await guest.qmp.execute("qom-list", {"path": "/objects"})
    assert len(left) < len(objects) and not [thing for thing in left if thing["name"].startswith("mem")]


async def test_a_core_of_the_command_line_can_leave_but_memory_needs_slots(guest: Guest) -> None:
    await guest.start(cores=3, memory="512M")
    devices = _devices(guest)
    for count in (1, 2):
        resized = await devices.resize_cores(count)
        assert (resized.real, resized.reason) == (count, "")
        await guest.until_sh("nproc", str(count))
    with pytest.raises(DeviceRefused, match="room for 512 MiB"):
        await devices.resize_memory(768)


async def test_the_guest_keeps_its_last_core(guest: Guest) -> None:
    await guest.start()
    devices = _devices(guest)
    await devices.resize_cores(2)
    await guest.until_sh("nproc", "2")
    await guest.sh("echo 0 > /sys/devices/system/cpu/cpu0/online")
    resized = await devices.resize_cores(1)
    assert (resized.real, resized.reason) == (2, "the guest does not give core1 up")


async def test_the_budget_of_threads_is_the_one_of_qemu(guest: Guest) -> None:
    """One add more, and QEMU would abort."""
    await guest.start()
    devices = _devices(guest)
    for _ in range(7):
        assert (await devices.resize_cores(2)).real == 2
        assert (await devices.resize_cores(1)).real == 1
    with pytest.raises(DeviceRefused, match="8 emulated threads"):
        await devices.resize_cores(2)
    assert await guest.sh("nproc") == "1"


def _scsi(server: BlockServer, delay: int = 10) -> list[str]:
    """Target 1 starts with a disk, 2 is empty, 9 is an optical drive."""
    place = "bus=vscsi2.0,channel=0,lun=0,scsi-id"
    cold = (
        f"driver=nbd,node-name=disk-2-1,server.type=unix,server.path={server.socket},export=lu1,reconnect-delay={delay}"
    )
    return [
        *("-device", "spapr-vscsi,id=vscsi2,reg=0x2000", "-blockdev", cold),
        *("-device", f"scsi-hd,id=vscsi2-1,{place}=1,removable=on,drive=disk-2-1"),
        *("-drive", "if=none,id=empty-2-2", "-device", f"scsi-hd,id=vscsi2-2,{place}=2,removable=on,drive=empty-2-2"),
        *("-drive", "if=none,id=empty-2-9,media=cdrom", "-device", f"scsi-cd,id=vscsi2-9,{place}=9,drive=empty-2-9"),
    ]


async def test_media_come_and_go(guest: Guest, server: BlockServer) -> None:
    await guest.start(*_scsi(server))
    devices = _devices(guest)
    await guest.sh(DISK)
    slots = (await devices.sizes()).slots
    assert {name: slot.node for name, slot in slots.items()} == {"vscsi2-1": "disk-2-1", "vscsi2-2": "", "vscsi2-9": ""}
    assert (await devices.insert("vscsi2-1", node(server, "lu1", 1))).size == 64 * MIB, "it is there already"

    with timed("insert"):
        await devices.insert("vscsi2-2", node(server, "lu2", 2))
    assert await guest.sh(TRY.replace("{0}", "2")) == "1"
    assert await guest.sh("size 2") == str(64 * MIB // 512)
    await guest.sh("echo written-by-guest | dd of=$(disk 2) bs=512 conv=sync 2>/dev/null; sync")
    assert (await devices.statistics())["vscsi2-2"].written_bytes > 0
    with timed("eject"):
        slot = await devices.eject("vscsi2-2")
    assert slot.node == ""
    assert await guest.sh(TRY.replace("{0}", "2")) == "0"
    assert (server.run / "lu2.raw").read_bytes().startswith(b"written-by-guest")

    await devices.insert("vscsi2-2", node(server, "lu2", 2))
    assert await guest.sh("head -c 16 $(disk 2)") == "written-by-guest"
    # The one it was started with can leave, too, even mounted; and another may take its place.
    await guest.sh("mke2fs $(disk 1) >/dev/null 2>&1; mount -t ext4 $(disk 1) /mnt")
    with pytest.raises(DeviceRefused, match="the guest uses what is in vscsi2-1"):
        await devices.eject("vscsi2-1", force=False)
    await devices.eject("vscsi2-2")
    await devices.insert("vscsi2-1", node(server, "lu2", 1), replace=True)
    await guest.sh("umount -l /mnt")
    assert await guest.sh("head -c 16 $(disk 1)") == "written-by-guest"

    await devices.insert("vscsi2-9", {**node(server, "lu1", 9), "read-only": True})
    assert await guest.sh("head -c 4096 /dev/sr0 | wc -c") == "4096"
    await devices.eject("vscsi2-9")
    assert "No medium" in await guest.sh("head -c 4096 /dev/sr0 2>&1 | cat")
    with pytest.raises(DeviceRefused, match="inserting into vscsi2-9: Requested export not available"):
        await devices.insert("vscsi2-9", node(server, "lu3", 9))
    assert (await devices.sizes()).slots["vscsi2-9"].node == ""


async def test_a_disk_grows_while_it_is_mounted(guest: Guest, server: BlockServer) -> None:
    await guest.start(*_scsi(server))
    devices = _devices(guest)
    await guest.sh(DISK)
    await guest.sh("mke2fs $(disk 1) >/dev/null 2>&1; mount -t ext4 $(disk 1) /mnt; echo kept > /mnt/x; sync")
    await server.grow("lu1", 128 * MIB)
    assert (await devices.resize_disk("vscsi2-1", 128 * MIB, node(server, "lu1", 1))).size == 128 * MIB
    assert await guest.sh(TRY.replace("{0}", "1")) == "1"  # the guest asks when it next uses the disk
    await guest.until_sh("size 1", str(128 * MIB // 512))
    assert await guest.sh("echo more > /mnt/y; sync; cat /mnt/x /mnt/y") == "kept\nmore"


async def test_a_disk_outlives_its_server(guest: Guest, server: BlockServer) -> None:
    """Within the reconnect delay a request only waits."""
    await guest.start(*_scsi(server))
    await guest.sh(DISK)
    await guest.sh("mke2fs $(disk 1) >/dev/null 2>&1; mount -t ext4 $(disk 1) /mnt")
    await server.kill()
    writing = asyncio.create_task(guest.sh("echo through > /mnt/x; sync; cat /mnt/x"))
    await asyncio.sleep(0.5)  # that the request is on its way shows nowhere
    assert not writing.done()
    await server.start()
    assert await writing == "through"
    assert "I/O error" not in await guest.sh("dmesg")


async def test_a_disk_is_a_file_while_its_server_lives(guest: Guest, server: BlockServer) -> None:
    """The guest sees nothing of the change, in the midst of its work; and what it wrote is there on both ways."""
    await guest.start(*_scsi(server, delay=1))
    devices = _devices(guest)
    await guest.sh(DISK)
    await guest.sh(
        "mke2fs $(disk 1) >/dev/null 2>&1; mount -t ext4 -o noatime $(disk 1) /mnt; echo kept > /mnt/x; sync"
    )
    file = (server.run / "lu1.raw").resolve()
    opened = {"driver": "file", "filename": str(file), "locking": "off"}
    lent: dict[str, Any] = {"node": {"driver": "raw", "file": opened}}
    write = "head -c 65536 /dev/urandom >/run/n; cp /run/n /mnt/$n; sync; md5sum </run/n"
    busy = asyncio.create_task(guest.sh(f"for n in $(seq 60); do {write}; done >/run/sums; echo done"))
    while not busy.done():
        await devices.shorten("vscsi2-1", **lent, **server.lender())
        assert str(file) in guest.open_files()
        await devices.lengthen()
        assert str(file) not in guest.open_files()
    assert await busy == "done"
    await devices.shorten("vscsi2-1", **lent, **server.lender())
    check = "for n in $(seq 60); do md5sum </mnt/$n; done | cmp - /run/sums && echo same"
    assert await guest.sh(f"echo 3 >/proc/sys/vm/drop_caches; {check}") == "same"

    await server.kill()
    while str(file) in guest.open_files():
        await asyncio.sleep(0.01)
    await asyncio.sleep(1.5)  # beyond the reconnect delay
    assert await guest.sh(TRY.replace("{0}", "1")) == "0", "the path is gone, as the server is"
    await server.start()
    await devices.reconnect("vscsi2-1", node(server, "lu1", 1))
    await devices.shorten("vscsi2-1", **lent, **server.lender())
    await guest.until_sh(TRY.replace("{0}", "1"), "1")
    assert await guest.sh(f"{check}; dmesg | grep -c 'media_change\\|detected capacity change'") == "same\n0"
    assert "EXT4-fs error" not in await guest.sh("dmesg")


async def test_a_disk_is_back_as_soon_as_it_is_connected_anew(guest: Guest, server: BlockServer) -> None:
    """The guest keeps it mounted, and may use it all the while."""
    await guest.start(*_scsi(server, delay=1))
    devices = _devices(guest)
    await guest.sh(DISK)
    await guest.sh("mke2fs $(disk 1) >/dev/null 2>&1; mount -t ext4 $(disk 1) /mnt; echo kept > /mnt/x; sync")
    await server.kill()
    read = TRY.replace("{0}", "1")
    await asyncio.sleep(5)  # QEMU waits longer and longer
    assert await guest.sh(read) == "0"
    await server.start()
    with timed("connect anew"):
        await devices.reconnect("vscsi2-1", node(server, "lu1", 1))
    assert await guest.sh(read) == "1", "at once"
    assert await guest.sh("cat /mnt/x; dmesg | grep -c 'media_change\\|detected capacity change'") == "kept\n0"
    busy = asyncio.create_task(guest.sh(f"for n in $(seq 100); do {read}; done | sort | uniq -c"))
    with timed("connect anew under load"):
        await devices.reconnect("vscsi2-1", node(server, "lu1", 1))
    assert (await busy).split() == ["100", "1"], "nothing failed"


async def test_a_host_that_has_no_room_is_an_error_to_the_guest_which_goes_on(
    guest: Guest, server: BlockServer, run: Path
) -> None:
    """As a full thin pool is, or a full file system with sparse files."""
    (run / "full.raw").touch()
    os.truncate(run / "full.raw", 64 * MIB)
    refused = {"event": "none", "iotype": "write", "errno": errno.ENOSPC}
    full = {"driver": "blkdebug", "image": {"driver": "file", "filename": str(run / "full.raw")}}
    await server.qmp.execute("blockdev-add", {"node-name": "full", "inject-error": [refused], **full})
    export = {"type": "nbd", "id": "e-full", "node-name": "full", "name": "full", "writable": True}
    await server.qmp.execute("block-export-add", export)
    adapter = ScsiAdapter(2, (Target(1, BlockAddress(server.socket, "full", 4, 1, "")),))
    words = arguments._target(adapter, adapter.targets[0], itertools.count(1), Path.cwd())
    await guest.start("-device", "spapr-vscsi,id=vscsi2,reg=0x2000", *words)
    await guest.sh(DISK)
    assert await guest.sh("dd if=/dev/zero of=$(disk 1) bs=4k count=1 conv=fsync 2>/dev/null; echo $?") == "1"
    assert (await guest.qmp.execute("query-status"))["status"] == "running"
    assert await guest.sh(TRY.replace("{0}", "1")) == "1", "and what is there can be read"
