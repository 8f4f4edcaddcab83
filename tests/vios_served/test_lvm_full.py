"""What only LVM itself can show: thin pools that fill up, volumes that sleep, room that comes back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.messages import Failure
from openlpar.messages import storage as say
from openlpar.vios.served.daemon import Daemon
from openlpar.vios.served.loans import MIB
from openlpar.vios.served.lvm import LogicalVolumes
from openlpar.vios.served.nodes import Wanted, file_nodes
from openlpar.vios.served.programs import Programs
from tests.vios_served import thin_pools
from tests.vios_served.conftest import Disk
from tests.vios_served.test_contents import Unwritten
from tests.vios_served.test_stores import backing, content, put, world, written
from tests.vios_served.thin_pools import Real, lvm

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif("lvm" not in thin_pools.KINDS, reason="OPENLPAR_TEST_VG names no volume group of LVM"),
]


@pytest.fixture
def small() -> Iterator[Real]:
    """A pool with room for half of a disk of 64 MiB."""
    with Real.lent("32m") as made:
        yield made


@pytest.fixture
def store(small: Real, tmp_path: Path, programs: Programs) -> LogicalVolumes:
    return LogicalVolumes(small.named, programs, owner=tmp_path / "v")


def used_percent(pool: Real) -> float:
    return float(lvm("lvs", "--noheadings", "-o", "data_percent", pool.named))


def fill(device: Path) -> None:
    """Writes until there is no room. Raises OSError then."""
    with device.open("r+b") as disk:
        for _ in range(64):
            disk.write(b"x" * MIB)
            os.fsync(disk.fileno())


def test_a_pool_that_is_full_is_an_error_to_who_writes_and_room_comes_back(store: LogicalVolumes, small: Real) -> None:
    store.make(written, backing())
    store.make(written, backing("second"))
    with pytest.raises(OSError, match=r"No space left on device|Input/output error"):
        fill(store.layers(backing().key)[0].path)
    assert used_percent(small) == 100
    assert content(store, backing(), 4) == b"xxxx", "what was written is there"
    assert content(store, backing("second")) == bytes(64 * MIB), "and who has written nothing reads"
    with pytest.raises(Failure) as refused:
        store.make(written, backing("third"))
    assert refused.value.message is say.LVM_REFUSES and "third" in refused.value.text
    assert "threshold" in refused.value.text and len(small.volumes()) == 2
    with pytest.raises(Failure) as refused:
        store.clone(written, backing(), backing("copy"))
    assert "threshold" in refused.value.text and len(small.volumes()) == 2
    store.delete(written, backing().key)
    assert used_percent(small) == 0 and len(small.volumes()) == 1
    store.make(written, backing("third"))
    put(store, backing("third"), b"data")


def test_an_image_that_does_not_fit_leaves_what_was_there(store: LogicalVolumes, small: Real, tmp_path: Path) -> None:
    store.make(written, backing())
    put(store, backing(), b"before")
    upload = tmp_path / "upload"
    upload.write_bytes(b"x" * 40 * MIB)
    with pytest.raises(Failure) as refused:
        store.write(written, backing(), upload)
    assert refused.value.message is say.LVM_REFUSES and small.named in refused.value.remedy
    assert content(store, backing(), 6) == b"before" and len(small.volumes()) == 1 and upload.exists()


async def test_a_guest_sees_an_error_and_gives_room_back_by_discarding(
    store: LogicalVolumes, small: Real, place: Path, programs: Programs
) -> None:
    store.make(written, backing())
    daemon, wanted = Daemon(place / "d", programs, lambda: None), Wanted()
    wanted.add(file_nodes(store.layers(backing().key), 64 * MIB), "disk", writable=True)
    await daemon.start()
    try:
        assert await daemon.add(wanted) == []
        disk = Disk(programs, daemon.socket, "disk", "-d", "unmap")
        disk.io("write -P 7 0 8M", "flush")
        with pytest.raises(subprocess.CalledProcessError) as failed:
            disk.io("write -P 7 8M 40M")
        assert "No space left on device" in failed.value.stdout
        # Not all: as long as the pool is full, the kernel refuses to flush a volume whose first block is not there.
        disk.io("discard 8M 56M", "flush")
        assert used_percent(small) == 25
        assert disk.holds(7, "0", "8M") and disk.holds(0, "8M", "56M")
    finally:
        await daemon.stop()
        await daemon.close()


def test_a_volume_that_sleeps_is_woken(store: LogicalVolumes, small: Real) -> None:
    """As after a start of the host that was told to wake none."""
    store.make(written, backing())
    put(store, backing(), b"data")
    store.clone(written, backing(), backing("copy"))
    for name in (*small.volumes(), small.name):
        lvm("lvchange", "-a", "n", f"{small.group}/{name}")
    assert not store.layers(backing().key)[0].path.exists()
    for each in (backing("copy"), backing()):
        store.ensure(each)
        assert content(store, each, 4) == b"data"


def test_a_copy_takes_room_for_what_differs_only(store: LogicalVolumes, small: Real) -> None:
    store.make(written, backing())
    put(store, backing(), b"x" * 16 * MIB)
    assert used_percent(small) == 50
    store.clone(written, backing(), backing("copy", 96))
    assert used_percent(small) == 50
    put(store, backing("copy", 96), b"y" * 8 * MIB)
    assert used_percent(small) == 75
    store.delete(written, backing().key)
    assert used_percent(small) == 50
    assert content(store, backing("copy", 96))[8 * MIB - 1 : 8 * MIB + 1] == b"yx"


def test_a_killed_service_leaves_nothing_that_the_next_does_not_end(
    store: LogicalVolumes, small: Real, tmp_path: Path, programs: Programs
) -> None:
    """Killed between LVM's work and the change, with a volume that somebody still has open."""
    store.make(Unwritten(), backing("lost"))  # type: ignore[arg-type]
    again = LogicalVolumes(small.named, programs, owner=tmp_path / "v")
    (name,) = small.volumes()
    with small.open(name):
        again.sweep(world())
        assert small.volumes() == {name} and not again.layers(backing("lost").key)
    again.tidy()
    assert not small.volumes()
