"""What the disks, media and files of a Virtual I/O Server hold goes with the server, whatever ends the service meanwhile."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openlpar.ops.file_pool.create import CreateFilePool
from openlpar.ops.file_pool.file_create import CreateFile
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.ports.records import ExportedGroup, Fault, FilePool
from openlpar.ports.state import Change
from openlpar.uom.partition import PartitionState
from openlpar.uom.plain import to_plain
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualDisk
from openlpar.vios.served import loans
from tests.ops.storage.conftest import DATAVG, VIOS2, Stored, request
from tests.vios_served.conftest import VIOS1, WatchedServed
from tests.vios_served.house import House

pytestmark = pytest.mark.qemu


@pytest.fixture
async def elsewhere(stored: Stored, house: House, served: WatchedServed) -> set[str]:
    """vios1 has been in use, lends nothing any more, and is off. What is on the host and not its own."""
    await house.unit("shared")
    others = served.devices
    group = stored.group(DATAVG)
    disk = VirtualDisk(name="lv_own", capacity=Decimal("0.25"))
    await stored.run(request("update", group.evolve(virtual_disks=(*group.virtual_disks, disk))))
    await stored.run(CreateFilePool(DATAVG, "files", Decimal(1)))
    pool = next(stored.state.where(FilePool, name="files"))
    await stored.run(CreateFile(pool.uuid, "disk1", Decimal("0.25")))
    await stored.run(ImportMedia(VIOS1, "a.iso", 4096, "upload"))
    await house.start()
    await served.stop(VIOS1)
    assert len(served.devices - others) == 3
    _switch_off(stored)
    return others


def _switch_off(stored: Stored) -> None:
    vios = stored.state.get(VirtualIOServer, VIOS1)
    stored.engine.state.swap(VirtualIOServer, VIOS1, vios.evolve(state=PartitionState.NOT_ACTIVATED.value))


async def test_it_goes_with_the_server(stored: Stored, served: WatchedServed, elsewhere: set[str]) -> None:
    run_folder = served._server(VIOS1).folder
    assert run_folder.exists()
    await stored.run(DeletePartition(VIOS1))
    assert served.devices == elsewhere
    assert not run_folder.exists()


async def test_it_stays_when_the_server_does(stored: Stored, served: WatchedServed, elsewhere: set[str]) -> None:
    before = served.devices
    stored.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.delete", step="remove the partition"))
    with pytest.raises(Exception, match="fault rule f"):
        await stored.run(DeletePartition(VIOS1))
    assert served.devices == before > elsewhere


async def test_a_start_ends_a_deletion_that_a_crash_interrupted(
    stored: Stored, served: WatchedServed, elsewhere: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WatchedServed, "delete_files", _killed_after_the_commit)
    await stored.run(DeletePartition(VIOS1))
    assert served.devices > elsewhere
    again = WatchedServed(served.disks.parent, served._programs)
    again.sweep(stored.state)
    try:
        await again.start(stored.state, VIOS2)
        assert again.devices == elsewhere
    finally:
        await again.stop(VIOS2)
        await again.close()


def _killed_after_the_commit(self: WatchedServed, change: Change, vios: VirtualIOServer) -> None:
    class Killed:
        def __getattr__(self, name: str) -> Any:
            return (lambda action: None) if name == "afterwards" else getattr(change, name)

    super(WatchedServed, self).delete_files(Killed(), vios)


async def test_what_is_in_an_exported_volume_group_stays_on_its_disks(
    stored: Stored, served: WatchedServed, elsewhere: set[str]
) -> None:
    group = stored.group(DATAVG)
    with stored.engine.alter() as change:
        change.remove(group)
        change.put(ExportedGroup(uuid=group.uuid, disks=("01local01",), group=to_plain(group), vios=VIOS1))
    await stored.run(DeletePartition(VIOS1))
    disk = loans.of_disk(VIOS1, next(disk for disk in group.virtual_disks if disk.name == "lv_own"))
    assert f"{disk.key.folder}/{disk.key.stem}/0" in served.devices
