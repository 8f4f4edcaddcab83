"""A volume group that is imported on another Virtual I/O Server has its data there."""

from __future__ import annotations

from typing import Any

import pytest

from openlpar.messages import Failure
from openlpar.ops.storage.group_export import ExportGroup, ImportGroup
from openlpar.ports.records import ExportedGroup, Fault
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup
from openlpar.vios.served import loans
from tests.ops.storage.conftest import VIOS2, Stored, request
from tests.vios_served.conftest import VIOS1, WatchedServed

pytestmark = pytest.mark.qemu

DISK_HERE, DISK_THERE = "hdisk5", "hdisk15"
"""One disk of the SAN, as vios1 and vios2 call it."""


@pytest.fixture
async def exported(stored: Stored, served: WatchedServed) -> ExportedGroup:
    """With one virtual disk that somebody wrote to."""
    group = VolumeGroup(parent=VIOS1, name="movable", phys_vols=(PhysicalVolume(name=DISK_HERE),))
    await stored.run(request("create", group))
    (made,) = stored.state.where(VolumeGroup, name="movable")
    disk = VirtualDisk(name="lv_data", capacity=1)
    await stored.run(request("update", made.evolve(virtual_disks=(disk,))))
    made = stored.group(made.uuid)
    (top, *_) = served._contents.layers(loans.of_disk(VIOS1, made.virtual_disks[0]).key)
    with top.path.open("r+b") as file:
        file.write(b"data of the guest")
    await stored.run(ExportGroup(made.uuid))
    return stored.state.get(ExportedGroup, made.uuid)  # type: ignore[no-any-return]


def _key(stored: Stored, vios: str, exported: ExportedGroup) -> Any:
    (disk,) = exported.group["VirtualDisks"]
    return loans.of_disk(vios, VirtualDisk(name="lv_data", udid=disk["UniqueDeviceID"], capacity=1)).key


def _whole(served: WatchedServed, key: Any) -> bytes:
    """What is in all layers."""
    return b"".join(layer.path.read_bytes() for layer in served._contents.layers(key))


async def test_the_data_come_along(stored: Stored, served: WatchedServed, exported: ExportedGroup) -> None:
    await stored.run(ImportGroup(VIOS2, DISK_THERE))
    assert b"data of the guest" in _whole(served, _key(stored, VIOS2, exported))
    assert not served._contents.layers(_key(stored, VIOS1, exported))
    assert stored.group(exported.uuid).parent == VIOS2


async def test_they_stay_where_they_are_when_that_fails(
    stored: Stored, served: WatchedServed, exported: ExportedGroup
) -> None:
    stored.engine.put_record(Fault(uuid="f", effect="fail", operation="volume_group.import", step="learn*"))
    with pytest.raises(Failure, match="fault rule f"):
        await stored.run(ImportGroup(VIOS2, DISK_THERE))
    again = WatchedServed(served.disks.parent, served._programs)
    again._contents.sweep(stored.state)
    assert b"data of the guest" in _whole(again, _key(stored, VIOS1, exported))
    assert not again._contents.layers(_key(stored, VIOS2, exported))
    stored.engine.remove_record(stored.state.get(Fault, "f"))
    await stored.run(ImportGroup(VIOS1, DISK_HERE))
    assert b"data of the guest" in _whole(served, _key(stored, VIOS1, exported))
