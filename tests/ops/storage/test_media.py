"""The media repository, optical media and uploads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.ops.storage.media_rename import RenameMedia
from openlpar.ops.storage.view import shown_media_repositories
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import VirtualMediaRepository, VirtualOpticalMedia, VolumeGroup
from tests.ops.storage.conftest import DATAVG, ROOTVG, VIOS1, VIOS2, Stored, request

GB = 1024**3


def with_media(group: VolumeGroup, *media: VirtualOpticalMedia, **fields: Any) -> VolumeGroup:
    repository = group.vmedia_repos[0].evolve(optical_media=media, **fields)
    return group.evolve(vmedia_repos=[repository])


def media_of(stored: Stored) -> dict[str, VirtualOpticalMedia]:
    return {m.name: m for repository in shown_media_repositories(stored.state, VIOS1) for m in repository.optical_media}


async def test_blank_media_are_made_and_deleted(stored: Stored) -> None:
    old = media_of(stored)["old.iso"]
    blank = VirtualOpticalMedia(name="blank1", size=Decimal("0.1"))
    await stored.run(request("update", with_media(stored.group(), old, blank), strict=True))
    made = media_of(stored)["blank1"]
    assert (made.udid, made.mount_type, made.size) == ("0eblank1", "rw", Decimal("0.100586"))
    assert stored.group().free_space == 38, "media take the repository's space"
    await stored.run(request("update", with_media(stored.group(), made)))
    assert list(media_of(stored)) == ["blank1"]


async def test_a_mounted_medium_stays_as_it_is(stored: Stored) -> None:
    old = media_of(stored)["old.iso"]
    await stored.map("optical_media", old)
    text = await stored.refused(request("update", with_media(stored.group())), say.MAPPED)
    assert "Medium old.iso is mapped to partition vm1 (vhost0 of vios1) and cannot be deleted" in text
    await stored.refused(request("update", with_media(stored.group(), old.evolve(mount_type="ro"))), say.MAPPED)
    await stored.refused(request("update", stored.group().evolve(vmedia_repos=())), say.REPOSITORY_IN_USE)


async def test_the_same_name_on_another_server_is_another_medium(stored: Stored) -> None:
    await stored.map("optical_media", media_of(stored)["old.iso"], VIOS2)
    await stored.run(request("update", with_media(stored.group())))
    assert not media_of(stored)


@pytest.mark.parametrize(
    ("media", "message"),
    [
        (VirtualOpticalMedia(name="a" * 38, size=Decimal(1)), say.BAD_NAME),
        (VirtualOpticalMedia(name="a/b", size=Decimal(1)), say.BAD_NAME),
        (VirtualOpticalMedia(name="..", size=Decimal(1)), say.BAD_NAME),
        (VirtualOpticalMedia(name="blank"), general.BAD_VALUE),
        (VirtualOpticalMedia(name="blank", size=Decimal(1), mount_type="wo"), general.BAD_VALUE),
        (VirtualOpticalMedia(name="old.iso", size=Decimal(1)), general.NAME_TAKEN),
        (VirtualOpticalMedia(name="blank", size=Decimal("1.6")), say.NO_SPACE),
        (VirtualOpticalMedia(name="blank", udid="0eblank"), say.CHOSEN_BY_VIOS),
    ],
)
async def test_bad_media_are_refused(stored: Stored, media: VirtualOpticalMedia, message: Any) -> None:
    await stored.refused(request("update", with_media(stored.group(), media_of(stored)["old.iso"], media)), message)


async def test_what_is_fixed_of_a_medium(stored: Stored) -> None:
    old = media_of(stored)["old.iso"]
    await stored.refused(request("update", with_media(stored.group(), old.evolve(name="new.iso"))), say.FIXED)
    await stored.refused(request("update", with_media(stored.group(), old.evolve(size=Decimal(1)))), say.FIXED)
    await stored.run(request("update", with_media(stored.group(), old.evolve(mount_type="ro"))))
    assert media_of(stored)["old.iso"].mount_type == "ro"


async def test_the_repository_grows_and_goes(stored: Stored) -> None:
    old = media_of(stored)["old.iso"]
    await stored.run(request("update", with_media(stored.group(), old, size=Decimal(5))))
    assert stored.group().free_space == 35
    await stored.refused(request("update", with_media(stored.group(), old, size=Decimal(4))), say.CANNOT_SHRINK)
    await stored.refused(request("update", with_media(stored.group(), old, name="other")), say.FIXED)
    await stored.run(request("update", stored.group().evolve(vmedia_repos=())))
    assert stored.group().free_space == 40


async def test_a_server_has_one_repository(stored: Stored) -> None:
    root = stored.group(ROOTVG).evolve(vmedia_repos=[VirtualMediaRepository(name="vopt", size=Decimal("1.01"))])
    text = await stored.refused(request("update", root), say.ONE_REPOSITORY)
    assert "vios1 has its media repository in volume group datavg" in text
    await stored.run(request("update", stored.group().evolve(vmedia_repos=())))
    await stored.run(request("update", root))
    made = stored.group(ROOTVG).vmedia_repos[0]
    assert (made.name, made.size, made.optical_media) == ("vopt", Decimal("1.0625"), ())
    await stored.run(request("update", stored.group(ROOTVG).evolve(vmedia_repos=())))
    empty = root.evolve(vmedia_repos=[VirtualMediaRepository(name="vopt")])
    await stored.refused(request("update", empty), general.BAD_VALUE)


async def test_an_upload_becomes_a_medium(stored: Stored) -> None:
    await stored.run(ImportMedia(VIOS1, "config.iso", 409_600, "upload"))
    made = media_of(stored)["config.iso"]
    assert (made.udid, made.size) == ("0econfig.iso", Decimal("0.000381"))
    await stored.refused(ImportMedia(VIOS1, "config.iso", 1, "upload"), general.NAME_TAKEN)
    await stored.refused(ImportMedia(VIOS1, "a b.iso", 1, "upload"), say.BAD_NAME)
    await stored.refused(ImportMedia(VIOS2, "config.iso", 1, "upload"), say.NO_REPOSITORY)
    text = await stored.refused(ImportMedia(VIOS1, "large.iso", 2 * GB, "upload"), say.NO_SPACE)
    assert "The media repository of Virtual I/O Server vios1 has 1.499619 GB free" in text


async def test_a_medium_takes_its_drives_along_when_it_is_renamed(stored: Stored) -> None:
    """Those of its own server: another one has a medium of that name too."""
    old = media_of(stored)["old.iso"]
    mine, other = await stored.map("optical_media", old), await stored.map("optical_media", old, VIOS2)
    await stored.run(RenameMedia(DATAVG, "old.iso", "new.iso"))
    (renamed,) = media_of(stored).values()
    assert renamed == old.evolve(name="new.iso", udid="0enew.iso")
    after = stored.state.get(VirtualSCSIMapping, mine.uuid)
    assert after.backing_storage.optical_media == renamed and after.storage_udid == renamed.udid
    assert after.server_adapter.backing_dev_name == "new.iso"
    assert stored.state.get(VirtualSCSIMapping, other.uuid) == other
    await stored.run(ImportMedia(VIOS1, "old.iso", 1024, "upload"))
    assert {medium.udid for medium in media_of(stored).values()} == {"0enew.iso", "0eold.iso"}


async def test_names_that_a_medium_cannot_have(stored: Stored) -> None:
    await stored.run(ImportMedia(VIOS1, "other.iso", 1024, "upload"))
    await stored.refused(RenameMedia(DATAVG, "none.iso", "new.iso"), general.NOT_FOUND)
    await stored.refused(RenameMedia(ROOTVG, "old.iso", "new.iso"), general.NOT_FOUND)
    await stored.refused(RenameMedia(DATAVG, "old.iso", "other.iso"), general.NAME_TAKEN)
    for name in ("", "a b", "../up", "a" * 38):
        await stored.refused(RenameMedia(DATAVG, "old.iso", name), say.BAD_NAME)


async def test_an_upload_fills_a_disk(stored: Stored) -> None:
    disk = stored.disk("old")
    await stored.run(ImportDiskImage(VIOS1, "image", 10 * GB, "upload", disk.udid))
    await stored.refused(ImportDiskImage(VIOS1, "image", 10 * GB + 1024, "upload", disk.udid), say.IMAGE_TOO_LARGE)
    await stored.refused(ImportDiskImage(VIOS1, "image", 1, "upload", "03none"), say.NO_SUCH_DEVICE)
    await stored.map("virtual_disk", disk)
    await stored.refused(ImportDiskImage(VIOS1, "image", 1, "upload", disk.udid), say.MAPPED)
