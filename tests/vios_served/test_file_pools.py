"""Files of file storage pools hold data: they lie beside the virtual disks, and go when they are deleted."""

from decimal import Decimal

import pytest

from openlpar.ops.file_pool.create import CreateFilePool
from openlpar.ops.file_pool.delete import DeleteFilePool
from openlpar.ops.file_pool.file_create import CreateFile
from openlpar.ops.file_pool.file_grow import GrowFile
from openlpar.ports.file_pools import lent_files
from openlpar.ports.records import FilePool
from openlpar.vios.served import loans
from tests.ops.storage.conftest import DATAVG, Stored
from tests.vios_served.conftest import VIOS1, WatchedServed

pytestmark = pytest.mark.qemu


async def test_a_file_is_there_as_long_as_the_state_knows_it(stored: Stored, served: WatchedServed) -> None:
    before = served.devices
    await stored.run(CreateFilePool(DATAVG, "files", Decimal(1)))
    pool = next(stored.state.where(FilePool, name="files"))
    await stored.run(CreateFile(pool.uuid, "disk1", Decimal("0.25")))
    await stored.run(GrowFile(pool.uuid, "disk1", Decimal("0.25")))
    disk = next(lent_files(stored.state, VIOS1))
    key = loans.of_disk(VIOS1, disk).key
    (made,) = served.devices - before
    assert made.startswith(f"{key.folder}/{key.stem}")
    (content,) = (served.disks / key.folder / key.stem).rglob("top.*")
    assert content.stat().st_size == 512 * loans.MIB
    served._contents.sweep(stored.state)
    assert content.exists(), "what the state knows is not swept away"
    await stored.run(DeleteFilePool(pool.uuid, with_files=True))
    assert served.devices == before
