"""Virtual I/O Servers lend what is in volumes, of LVM or of a stand-in, and a block device where the host has one to spare."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from openlpar.uom.volume_group import VirtualDisk
from openlpar.vios.served.contents import Layer
from openlpar.vios.served.daemon import Daemon
from openlpar.vios.served.loans import MIB, Form
from openlpar.vios.served.lvm import LogicalVolumes
from openlpar.vios.served.nodes import Wanted, file_nodes
from openlpar.vios.served.programs import Programs
from tests.ops.storage.conftest import VIOS1, request
from tests.vios_served.conftest import Disk
from tests.vios_served.house import House
from tests.vios_served.thin_pools import ThinPool

pytestmark = pytest.mark.qemu


@pytest.fixture
def volumes(house: House, pool: ThinPool) -> LogicalVolumes:
    made = LogicalVolumes(pool.named, house.programs, owner=house.served._run)
    house.served._volumes = made
    return made


async def test_the_life_of_a_disk_in_a_volume(house: House, volumes: LogicalVolumes, pool: ThinPool) -> None:
    stored = house.stored
    group = stored.group()
    wish = VirtualDisk(name="new", capacity=Decimal("0.0625"))
    await stored.run(request("update", group.evolve(virtual_disks=(*group.virtual_disks, wish))))
    await house.start()
    mapping = await house.lend("virtual_disk", stored.disk("new"))
    disk = house.disk(mapping)
    disk.io("write -P 7 0 1M", "flush")
    assert disk.holds(7, "0", "1M") and disk.holds(0, "1M", "63M")
    assert not house.served.devices, "there is no file of it"
    larger = tuple(
        each.evolve(capacity=Decimal("0.125")) if each.name == "new" else each for each in stored.group().virtual_disks
    )
    await stored.run(request("update", stored.group().evolve(virtual_disks=larger)))
    await house.converge(VIOS1)
    assert disk.holds(7, "0", "1M") and disk.holds(0, "64M", "64M")
    await house.take_back(mapping)
    rest = tuple(each for each in stored.group().virtual_disks if each.name != "new")
    await stored.run(request("update", stored.group().evolve(virtual_disks=rest)))
    await stored.engine.settled()
    assert not pool.volumes()


@pytest.fixture
def block_device(tmp_path: Path) -> Iterator[Path]:
    """Of 64 MiB."""
    image = tmp_path / "image"
    image.touch()
    os.truncate(image, 64 * MIB)
    made = subprocess.run(
        ["losetup", "--find", "--show", str(image)], check=False, capture_output=True, text=True, timeout=30
    )
    if made.returncode:
        pytest.skip(f"no block device can be made here: {made.stderr.strip()}")
    yield Path(made.stdout.strip())
    subprocess.run(["losetup", "--detach", made.stdout.strip()], check=True, timeout=30)


async def test_a_block_device_is_served_in_the_size_of_the_disk(
    block_device: Path, place: Path, programs: Programs
) -> None:
    """As a volume of LVM is, whose size is a multiple of its extents."""
    daemon = Daemon(place / "d", programs, lambda: None)
    wanted = Wanted()
    layer = Layer(block_device, Form.RAW, block_device.stat().st_rdev, driver="host_device", is_fixed=True)
    wanted.add(file_nodes([layer], 63 * MIB), "disk", writable=True)
    await daemon.start()
    try:
        assert await daemon.add(wanted) == []
        disk = Disk(programs, daemon.socket, "disk")
        disk.io("write -P 7 62M 1M", "flush")
        assert disk.holds(7, "62M", "1M")
        assert "66060288" in disk.io("length") or "63 MiB" in disk.io("length")
    finally:
        await daemon.stop()
        await daemon.close()
    with block_device.open("rb") as device:
        device.seek(62 * MIB)
        assert device.read(4) == b"\7\7\7\7"
