"""What the commands of a Virtual I/O Server change by operations that no REST client asks for: their refusals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openlpar.messages import Failure, general
from openlpar.messages import storage as say
from openlpar.ops.file_pool.create import CreateFilePool
from openlpar.ops.scsi.storage import found_storage
from openlpar.ops.storage.disk_rename import RenameDisk
from openlpar.ops.storage.group_export import ExportGroup, ImportGroup
from openlpar.ops.storage.group_vary import VaryGroup
from openlpar.ops.vios.change_disk import ChangeDisk
from openlpar.ops.vios.configure_interface import ConfigureInterface
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIStorage
from openlpar.uom.volume_group import PhysicalVolume
from tests.ops.storage.conftest import DATAVG, ROOTVG, VIOS1, VIOS2, Stored, request


async def test_a_policy_is_copied_to_what_is_lent(stored: Stored) -> None:
    disk = next(stored.state.where(PhysicalVolume, parent=VIOS1, name="hdisk4"))
    mapping = await stored.map("physical_volume", disk)
    await stored.run(ChangeDisk(VIOS1, "hdisk4", {"reserve_policy": "SinglePath"}))
    assert stored.state.get(PhysicalVolume, disk.uuid).reserve_policy == "SinglePath"
    lent = stored.state.get(type(mapping), mapping.uuid).backing_storage.physical_volume
    assert lent.reserve_policy == "SinglePath"


async def test_disks_that_cannot_be_changed(stored: Stored) -> None:
    await stored.refused(ChangeDisk(VIOS1, "hdisk99"), say.NO_SUCH_VOLUME)
    await stored.refused(ChangeDisk(VIOS1, "hdisk4", {"reserve_policy": "Never"}), general.BAD_VALUE)
    await stored.refused(ChangeDisk(VIOS1, "hdisk3", clean=True), say.VOLUME_TAKEN)


async def test_groups_that_cannot_be_exported(stored: Stored) -> None:
    await stored.refused(ExportGroup(ROOTVG), say.HOLDS_SYSTEM)
    await stored.map("virtual_disk", stored.disk("old"))
    await stored.refused(ExportGroup(DATAVG), say.MAPPED)


async def _without_repository(stored: Stored) -> None:
    await stored.run(request("update", stored.group().evolve(vmedia_repos=())))


async def test_a_group_with_a_mounted_file_system_stays(stored: Stored) -> None:
    """The media repository is one as long as it is there, and so is a file storage pool."""
    for operation in (ExportGroup(DATAVG), VaryGroup(DATAVG, active=False)):
        assert "media repository VMLibrary" in await stored.refused(operation, say.GROUP_MOUNTED)
    await _without_repository(stored)
    await stored.run(CreateFilePool(DATAVG, "files", Decimal(1)))
    for operation in (ExportGroup(DATAVG), VaryGroup(DATAVG, active=False)):
        assert "file storage pool files" in await stored.refused(operation, say.GROUP_MOUNTED)


async def test_what_cannot_be_imported(stored: Stored) -> None:
    await _without_repository(stored)
    await stored.refused(ImportGroup(VIOS1, "hdisk4"), general.NOT_FOUND)
    await stored.run(ExportGroup(DATAVG))
    await stored.refused(ImportGroup(VIOS1, "hdisk1", "rootvg"), general.NAME_TAKEN)
    await stored.refused(ImportGroup(VIOS2, "hdisk1"), general.NOT_FOUND)
    await stored.run(ImportGroup(VIOS1, "hdisk1", "datavg"))
    assert stored.group().name == "datavg"


async def test_names_that_a_disk_cannot_have(stored: Stored) -> None:
    udid = stored.disk("old").udid
    await stored.refused(RenameDisk(DATAVG, "none", "new"), general.NOT_FOUND)
    await stored.refused(RenameDisk(DATAVG, udid, "old"), general.NAME_TAKEN)
    await stored.refused(RenameDisk(DATAVG, udid, "a name"), say.BAD_NAME)
    await stored.map("virtual_disk", stored.disk("old"))
    await stored.refused(RenameDisk(DATAVG, udid, "new"), say.MAPPED)


async def test_an_interface_without_adapter(stored: Stored) -> None:
    wish = ConfigureInterface(VIOS1, "en7", "192.0.2.1", "255.255.255.0", active=True)
    await stored.refused(wish, general.NOT_FOUND)


async def test_a_group_out_of_use(stored: Stored) -> None:
    """Nothing of it is lent or changed, and it stays; until it is in use again."""
    await stored.refused(VaryGroup(ROOTVG, active=False), say.HOLDS_SYSTEM)
    await _without_repository(stored)
    await stored.run(VaryGroup(DATAVG, active=False))
    for operation in (
        VaryGroup(DATAVG, active=False),
        request("update", stored.group().evolve(name="other")),
        request("delete", stored.group()),
    ):
        await stored.refused(operation, say.GROUP_OFF)
    vios = stored.state.get(VirtualIOServer, VIOS1)
    with pytest.raises(Failure) as refused:
        found_storage(stored.state, vios, VirtualSCSIStorage(virtual_disk=stored.disk("old")))
    assert refused.value.message is say.GROUP_OFF
    await stored.run(VaryGroup(DATAVG, active=True))
    assert found_storage(stored.state, vios, VirtualSCSIStorage(virtual_disk=stored.disk("old"))).virtual_disk
    await stored.map("virtual_disk", stored.disk("old"))
    await stored.refused(VaryGroup(DATAVG, active=False), say.MAPPED)
