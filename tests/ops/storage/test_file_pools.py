"""File storage pools: what they take of a volume group, what is in them, and what keeps them where they are."""

from __future__ import annotations

import contextlib
import random
from decimal import Decimal

import pytest

from openlpar.messages import Failure, general
from openlpar.messages import adapters as say_adapters
from openlpar.messages import storage as say
from openlpar.ops.core import Operation
from openlpar.ops.file_pool.create import CreateFilePool
from openlpar.ops.file_pool.delete import DeleteFilePool
from openlpar.ops.file_pool.file_create import CreateFile
from openlpar.ops.file_pool.file_delete import DeleteFile
from openlpar.ops.file_pool.file_grow import GrowFile
from openlpar.ops.file_pool.file_rename import RenameFile
from openlpar.ops.file_pool.grow import GrowFilePool
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.scsi.storage import found_storage
from openlpar.ports.file_pools import files_of, free_mb, lent_files
from openlpar.ports.records import BackingFile, FilePool
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSIStorage
from openlpar.uom.volume_group import VirtualDisk, VirtualMediaRepository, VolumeGroup
from tests.ops.storage.conftest import DATAVG, ROOTVG, VIOS1, VIOS2, Stored, request

ONE = Decimal(1)


async def _pool(stored: Stored, size: int = 4) -> FilePool:
    await stored.run(CreateFilePool(DATAVG, "files", Decimal(size)))
    found: FilePool = next(stored.state.where(FilePool, name="files"))
    return found


def _lent(stored: Stored, name: str, vios: str = VIOS1) -> VirtualDisk:
    return next(disk for disk in lent_files(stored.state, vios) if disk.name.endswith(f"/{name}"))


async def test_a_pool_takes_whole_partitions_and_gives_them_back(stored: Stored) -> None:
    before = stored.group()
    await stored.run(CreateFilePool(DATAVG, "files", Decimal("1.01")))
    pool = next(stored.state.where(FilePool, name="files"))
    assert pool.size_mb == 1088  # 17 partitions of 64 MB
    assert stored.group().free_space == before.free_space - Decimal(1088) / 1024
    await stored.run(GrowFilePool(pool.uuid, Decimal("0.01")))
    assert stored.state.get(FilePool, pool.uuid).size_mb == 1152
    await stored.run(DeleteFilePool(pool.uuid))
    assert stored.group() == before


async def test_a_group_with_a_pool_stays(stored: Stored) -> None:
    await stored.run(request("update", stored.group().evolve(virtual_disks=(), vmedia_repos=())))
    await _pool(stored)
    assert "file storage pool files" in await stored.refused(request("delete", stored.group()), say.GROUP_IN_USE)
    await stored.refused(request("update", stored.group().evolve(name="other")), say.GROUP_IN_USE)


async def test_one_name_means_one_pool_and_one_logical_volume(stored: Stored) -> None:
    await _pool(stored)
    for name in ("files", "old", "VMLibrary", "rootvg"):
        await stored.refused(CreateFilePool(ROOTVG, name, ONE), general.NAME_TAKEN)
    for name in ("files", "VMLibrary"):
        disk = VirtualDisk(name=name, capacity=ONE)
        await stored.refused(request("update", stored.group(ROOTVG).evolve(virtual_disks=[disk])), general.NAME_TAKEN)
    wish = VolumeGroup(parent=VIOS1, name="files", phys_vols=stored.group(ROOTVG).phys_vols)
    await stored.refused(request("create", wish), general.NAME_TAKEN)
    await stored.run(request("update", stored.group().evolve(virtual_disks=(), vmedia_repos=())))
    await stored.run(CreateFilePool(ROOTVG, "old", ONE))  # the disk is gone


@pytest.mark.parametrize(("name", "size", "message"), [
    ("a/b", ONE, say.BAD_NAME),
    ("sixteen_letters_", ONE, say.BAD_NAME),
    ("files", Decimal(0), general.BAD_VALUE),
    ("files", Decimal(39), say.NO_SPACE),
])  # fmt: skip
async def test_pools_that_cannot_be_made(stored: Stored, name: str, size: Decimal, message: object) -> None:
    await stored.refused(CreateFilePool(DATAVG, name, size), message)  # type: ignore[arg-type]


async def test_files_that_cannot_be_made(stored: Stored) -> None:
    pool = await _pool(stored)
    await stored.run(CreateFile(pool.uuid, "disk1", Decimal(3)))
    for name, size, message in (
        ("disk1", ONE, general.NAME_TAKEN),
        ("a b", ONE, say.BAD_NAME),
        ("x" * 39, ONE, say.BAD_NAME),
        ("disk2", Decimal(0), general.BAD_VALUE),
        ("disk2", Decimal(2), say.FILE_POOL_FULL),
    ):
        await stored.refused(CreateFile(pool.uuid, name, size), message)
    await stored.refused(GrowFile(pool.uuid, "disk1", Decimal(2)), say.FILE_POOL_FULL)
    for operation in (
        GrowFile(pool.uuid, "disk9", ONE),
        RenameFile(pool.uuid, "disk9", "disk1"),
        DeleteFile(pool.uuid, "disk9"),
    ):
        await stored.refused(operation, general.NOT_FOUND)
    await stored.run(CreateFile(pool.uuid, "x" * 38, ONE))
    await stored.refused(RenameFile(pool.uuid, "disk1", "x" * 38), general.NAME_TAKEN)
    assert free_mb(stored.state, pool) == 0


async def test_what_is_lent_stays_and_grows(stored: Stored) -> None:
    pool = await _pool(stored)
    await stored.run(CreateFile(pool.uuid, "disk1", ONE))
    mapping = await stored.map("virtual_disk", _lent(stored, "disk1"))
    for operation in (
        DeleteFile(pool.uuid, "disk1"),
        RenameFile(pool.uuid, "disk1", "other"),
        DeleteFilePool(pool.uuid, with_files=True),
    ):
        await stored.refused(operation, say.MAPPED)
    await stored.run(GrowFile(pool.uuid, "disk1", ONE))
    lent = stored.state.get(VirtualSCSIMapping, mapping.uuid).backing_storage.virtual_disk
    assert (lent.capacity, lent.vdtype) == (2, "File")
    assert lent == _lent(stored, "disk1")


async def test_a_pool_with_files_goes_only_when_they_may_go(stored: Stored) -> None:
    pool = await _pool(stored)
    for number in range(7):
        await stored.run(CreateFile(pool.uuid, f"disk{number}", Decimal("0.5")))
    assert "disk4 and 2 more" in await stored.refused(DeleteFilePool(pool.uuid), say.FILE_POOL_IN_USE)
    await stored.run(DeleteFilePool(pool.uuid, with_files=True))
    assert stored.state.count(BackingFile) == stored.state.count(FilePool) == 0
    assert not stored.devices.devices


async def test_a_file_is_found_by_its_path_on_its_own_server(stored: Stored) -> None:
    """``pypowervm.wrappers.storage.FileIO`` gives the path as label and name; how it is served is kept as it was said."""
    pool = await _pool(stored)
    await stored.run(CreateFile(pool.uuid, "disk1", ONE))
    path = "/var/vio/storagepools/files/disk1"
    for wish in (
        VirtualDisk(name=path, label=path),
        VirtualDisk(label=path),
        VirtualDisk(udid=_lent(stored, "disk1").udid),
    ):
        wanted = VirtualSCSIStorage(virtual_disk=wish.evolve(vdtype="File", backstore_type="loop"))
        found = found_storage(stored.state, stored.state.get(VirtualIOServer, VIOS1), wanted).virtual_disk
        assert (found.name, found.label, found.capacity, found.backstore_type) == (path, path, ONE, "loop")
        with pytest.raises(Failure) as refused:
            found_storage(stored.state, stored.state.get(VirtualIOServer, VIOS2), wanted)
        assert refused.value.message is say_adapters.NO_STORAGE and "no file" in str(refused.value)


async def test_a_name_makes_no_difference_to_the_disk(stored: Stored) -> None:
    pool = await _pool(stored)
    await stored.run(CreateFile(pool.uuid, "disk1", ONE))
    before = _lent(stored, "disk1")
    await stored.run(RenameFile(pool.uuid, "disk1", "other"))
    after = _lent(stored, "other")
    assert (after.udid, after.name) == (before.udid, "/var/vio/storagepools/files/other")


async def test_pools_go_with_their_server(stored: Stored) -> None:
    pool = await _pool(stored)
    await stored.run(CreateFile(pool.uuid, "disk1", ONE))
    with stored.engine.alter() as change:
        change.put(change.get(VirtualIOServer, VIOS1).evolve(state="not activated"))
    await stored.refused(GrowFilePool(pool.uuid, ONE), say.NOT_SERVING)
    await stored.run(DeletePartition(VIOS1))
    assert stored.state.count(BackingFile) == stored.state.count(FilePool) == 0


class Walk:
    """Random changes of a volume group and of the pools in it."""

    def __init__(self, stored: Stored, seed: int) -> None:
        self._stored, self._dice, self._made = stored, random.Random(seed), 0

    def _size(self) -> Decimal:
        return self._dice.choice((Decimal("0.01"), Decimal("0.7"), Decimal(3), Decimal(20)))

    def _name(self) -> str:
        self._made += 1
        return f"name{self._made}"

    def next(self) -> Operation:
        pools = list(self._stored.state.where(FilePool, group=DATAVG))
        if not pools or self._dice.random() < 0.15:
            return CreateFilePool(DATAVG, self._name(), self._size())
        pool = self._dice.choice(pools)
        files = [file.name for file in files_of(self._stored.state, pool)]
        name = self._dice.choice(files) if files else "none"
        group = self._stored.group()
        disk = VirtualDisk(name=self._name(), capacity=self._size())
        library = VirtualMediaRepository(name="VMLibrary", size=Decimal(self._dice.randint(2, 9)))
        return self._dice.choice(
            (
                CreateFile(pool.uuid, self._name(), self._size()),
                CreateFile(pool.uuid, self._name(), self._size()),
                GrowFile(pool.uuid, name, self._size()),
                RenameFile(pool.uuid, name, self._name()),
                DeleteFile(pool.uuid, name),
                GrowFilePool(pool.uuid, self._size()),
                DeleteFilePool(pool.uuid, with_files=self._dice.random() < 0.5),
                request("update", group.evolve(virtual_disks=(*group.virtual_disks, disk))),
                request("update", group.evolve(virtual_disks=group.virtual_disks[1:])),
                request("update", group.evolve(vmedia_repos=(library,) if self._dice.random() < 0.7 else ())),
            )
        )


@pytest.mark.parametrize("seed", range(4))
async def test_used_and_free_space_add_up(stored: Stored, seed: int) -> None:
    walk, done = Walk(stored, seed), 0
    start = stored.group()
    base = start.free_space + _used(stored)
    for _ in range(60):
        with contextlib.suppress(Failure):
            await stored.run(walk.next())
            done += 1
        group = stored.group()
        assert group.free_space == group.available_size >= 0
        assert (group.capacity, group.free_space + _used(stored)) == (start.capacity, base)
        for pool in stored.state.all(FilePool):
            used = sum(file.size_mb for file in files_of(stored.state, pool))
            assert used + free_mb(stored.state, pool) == pool.size_mb and used <= pool.size_mb
    assert done > 15, "most of it was refused: nothing was tried"


def _used(stored: Stored) -> Decimal:
    group = stored.group()
    sizes = [disk.capacity for disk in group.virtual_disks] + [each.size for each in group.vmedia_repos]
    pools = sum(pool.size_mb for pool in stored.state.where(FilePool, group=DATAVG))
    return sum(sizes, Decimal(pools) / 1024)
