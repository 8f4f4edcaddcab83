"""Volume groups and their virtual disks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.storage.view import shown_physical_volumes
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup
from tests.ops.storage.conftest import DATAVG, ROOTVG, VIOS1, VIOS2, Stored, request, san_udid


def with_disk(group: VolumeGroup, **fields: Any) -> VolumeGroup:
    """As pypowervm asks for one."""
    disk = VirtualDisk(**{"capacity": Decimal("1.000000"), "label": "None", "name": "new", **fields})
    return group.evolve(virtual_disks=[*group.virtual_disks, disk])


async def test_a_disk_gets_its_identity_and_takes_whole_partitions(stored: Stored) -> None:
    await stored.run(request("update", with_disk(stored.group(), capacity=Decimal("0.1")), strict=True))
    disk = stored.disk("new")
    assert disk.udid == "030012e3ca00004c000000014a54555cd9.2"
    assert disk.capacity == Decimal("0.125"), "two partitions of 64 MB"
    assert (disk.label, disk.vdtype) == ("None", "LogicalVolume")
    assert disk.vg_uri == f"VirtualIOServer/{VIOS1}/VolumeGroup/{DATAVG}"
    group = stored.group()
    assert (group.capacity, group.free_space, group.available_size) == (
        Decimal(50),
        Decimal("37.875"),
        Decimal("37.875"),
    )


async def test_numbers_of_logical_volumes_are_used_again(stored: Stored) -> None:
    await stored.run(request("update", with_disk(stored.group())))
    first = stored.disk("new").udid
    await stored.run(request("update", stored.group().evolve(virtual_disks=stored.group().virtual_disks[:1])))
    assert stored.group().free_space == 38
    await stored.run(request("update", with_disk(stored.group(), name="other")))
    assert stored.disk("other").udid == first


async def test_all_space_can_be_used_and_no_more(stored: Stored) -> None:
    text = await stored.refused(request("update", with_disk(stored.group(), capacity=Decimal("38.01"))), say.NO_SPACE)
    assert (
        "Volume group datavg of Virtual I/O Server vios1 has 38 GB free, but virtual disk new needs 38.0625 GB" in text
    )
    await stored.run(request("update", with_disk(stored.group(), capacity=Decimal(38))))
    assert stored.group().free_space == 0


async def test_a_copy_is_as_large_as_its_image(stored: Stored) -> None:
    image = stored.disk("old")
    await stored.run(request("update", with_disk(stored.group(), capacity=Decimal(1), base_image=image.udid)))
    assert stored.disk("new").capacity == 10
    assert not stored.disk("new").has("base_image")
    await stored.refused(
        request("update", with_disk(stored.group(), name="copy2", base_image="03nothing.1")), say.NO_SUCH_DEVICE
    )


async def test_a_disk_grows_also_while_it_is_mapped(stored: Stored) -> None:
    disk = stored.disk("old")
    mapping = await stored.map("virtual_disk", disk)
    larger = stored.group().evolve(virtual_disks=[disk.evolve(capacity=Decimal(12))])
    await stored.run(request("update", larger))
    assert stored.disk("old").capacity == 12
    assert stored.group().free_space == 36
    now = stored.state.get(type(mapping), mapping.uuid)
    assert now.backing_storage.virtual_disk.capacity == 12
    smaller = stored.group().evolve(virtual_disks=[disk.evolve(capacity=Decimal(11))])
    await stored.refused(request("update", smaller), say.CANNOT_SHRINK)


async def test_a_mapped_disk_is_not_deleted(stored: Stored) -> None:
    await stored.map("virtual_disk", stored.disk("old"))
    text = await stored.refused(request("update", stored.group().evolve(virtual_disks=())), say.MAPPED)
    assert "Virtual disk old of volume group datavg is mapped to partition vm1 (vhost0 of vios1)" in text


async def test_containers_that_were_not_sent_stay(stored: Stored) -> None:
    before = stored.group()
    await stored.run(request("update", VolumeGroup(uuid=DATAVG, parent=VIOS1, name="datavg")))
    assert stored.group() == before


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "a" * 16}, say.BAD_NAME),
        ({"name": ""}, say.BAD_NAME),
        ({"name": "../etc"}, say.BAD_NAME),
        ({"name": "-f"}, say.BAD_NAME),
        ({"name": "old"}, general.NAME_TAKEN),
        ({"capacity": Decimal(0)}, general.BAD_VALUE),
        ({"capacity": Decimal(-1)}, general.BAD_VALUE),
        ({"vdtype": "File"}, general.BAD_VALUE),
        ({"file_format": "vmdk"}, general.BAD_VALUE),
        ({"encryption_state": "Formatted"}, general.UNSUPPORTED),
        ({"udid": "03unknown.9"}, say.CHOSEN_BY_VIOS),
    ],
)
async def test_bad_disks_are_refused(stored: Stored, fields: dict[str, Any], message: Any) -> None:
    await stored.refused(request("update", with_disk(stored.group(), **fields)), message)


async def test_a_disk_name_is_taken_for_all_groups_of_a_server(stored: Stored) -> None:
    text = await stored.refused(request("update", with_disk(stored.group(ROOTVG), name="old")), general.NAME_TAKEN)
    assert "Virtual disk of Virtual I/O Server vios1 old exists already" in text


async def test_a_client_that_saw_the_present_group_cannot_change_its_sizes(stored: Stored) -> None:
    changed = stored.group().evolve(free_space=Decimal(99))
    await stored.run(request("update", changed))  # old news
    await stored.refused(request("update", changed, strict=True), general.READ_ONLY)


async def test_a_group_is_made_of_free_volumes(stored: Stored) -> None:
    wish = VolumeGroup(parent=VIOS1, name="vg2", phys_vols=[PhysicalVolume(name=n) for n in ("hdisk4", "hdisk5")])
    operation = request("create", wish)
    await stored.run(operation)
    assert operation.subject is not None
    group = stored.group(operation.subject[1])
    assert (group.capacity, group.free_space, group.partition_size) == (Decimal(100), Decimal(100), 64)
    assert group.udid == f"04{group.serial_id}"
    assert group.serial_id.startswith("0012e3ca00004c00")
    shown = {volume.name: volume.avail_for_use for volume in shown_physical_volumes(stored.state, VIOS1)}
    assert [name for name, free in shown.items() if free] == ["hdisk6", "hdisk7"]
    text = await stored.refused(request("create", wish.evolve(name="vg3")), say.VOLUME_TAKEN)
    assert "hdisk4 of Virtual I/O Server vios1 is not available: it is in volume group vg2" in text
    elsewhere = {volume.name: volume.avail_for_use for volume in shown_physical_volumes(stored.state, VIOS2)}
    assert not elsewhere["hdisk14"], "the same disk on the SAN"
    assert elsewhere["hdisk16"]
    await stored.run(request("delete", group))
    assert all(v.avail_for_use for v in shown_physical_volumes(stored.state, VIOS1) if v.name == "hdisk4")


async def test_a_group_comes_with_disks_and_repository(stored: Stored) -> None:
    wish = VolumeGroup(parent=VIOS2, name="vg2", partition_size=128, phys_vols=[PhysicalVolume(udid=san_udid(5))])
    repository = stored.group().vmedia_repos[0].evolve(name=None, optical_media=(), size=Decimal(1))
    operation = request("create", with_disk(wish.evolve(virtual_disks=(), vmedia_repos=[repository]), name="d1"))
    await stored.run(operation)
    assert operation.subject is not None
    group = stored.group(operation.subject[1])
    assert group.virtual_disks[0].udid == f"03{group.serial_id}.1"
    assert group.vmedia_repos[0].name == "VMLibrary"
    assert group.free_space == 48


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "datavg"}, general.NAME_TAKEN),
        ({"name": "a b"}, say.BAD_NAME),
        ({"phys_vols": ()}, general.MISSING_VALUE),
        ({"phys_vols": [PhysicalVolume(name="hdisk99")]}, say.NO_SUCH_VOLUME),
        ({"phys_vols": [PhysicalVolume(name="hdisk2")]}, say.VOLUME_TAKEN),
        ({"phys_vols": [PhysicalVolume(name="hdisk3")]}, say.VOLUME_TAKEN),
        ({"phys_vols": [PhysicalVolume(name="hdisk4"), PhysicalVolume(name="hdisk4")]}, say.VOLUME_TAKEN),
        ({"partition_size": 100}, general.BAD_VALUE),
        ({"parent": "NOBODY"}, general.NOT_FOUND),
    ],
)
async def test_bad_groups_are_refused(stored: Stored, fields: dict[str, Any], message: Any) -> None:
    wish = VolumeGroup(parent=VIOS1, name="vg2", phys_vols=[PhysicalVolume(name="hdisk4")])
    await stored.refused(request("create", wish.evolve(**fields)), message)


async def test_a_volume_that_is_lent_is_not_overwritten(stored: Stored) -> None:
    disk = next(v for v in stored.state.all(PhysicalVolume, VIOS2) if v.name == "hdisk14")
    await stored.map("physical_volume", disk, VIOS2)
    wish = VolumeGroup(parent=VIOS1, name="vg2", phys_vols=[PhysicalVolume(name="hdisk4")])
    text = await stored.refused(request("create", wish), say.VOLUME_TAKEN)
    assert "it is mapped to partition vm1 (vhost0 of vios2)" in text
    available = {v.name: v.avail_for_use for v in shown_physical_volumes(stored.state, VIOS1)}
    assert available["hdisk4"], "the other server may lend it as second path"


async def test_volumes_join_and_leave(stored: Stored) -> None:
    group = stored.group()
    await stored.run(request("update", group.evolve(phys_vols=[*group.phys_vols, PhysicalVolume(name="hdisk4")])))
    assert (stored.group().capacity, stored.group().free_space) == (Decimal(100), Decimal(88))
    await stored.run(request("update", with_disk(stored.group(), capacity=Decimal(45))))
    one = stored.group().evolve(phys_vols=stored.group().phys_vols[:1])
    await stored.refused(request("update", one), say.NO_SPACE)
    await stored.run(request("update", stored.group().evolve(virtual_disks=stored.group().virtual_disks[:1])))
    await stored.run(request("update", stored.group().evolve(phys_vols=stored.group().phys_vols[:1])))
    assert stored.group() == group
    await stored.refused(request("update", group.evolve(phys_vols=())), say.LAST_VOLUME)


async def test_deleting_groups(stored: Stored) -> None:
    text = await stored.refused(request("delete", stored.group()), say.GROUP_IN_USE)
    assert "holds virtual disk old, media repository VMLibrary" in text
    await stored.refused(request("delete", stored.group(ROOTVG)), say.HOLDS_SYSTEM)
    await stored.run(request("update", stored.group().evolve(virtual_disks=(), vmedia_repos=())))
    assert stored.group().free_space == 50
    await stored.run(request("delete", stored.group()))
    assert stored.state.find(VolumeGroup, DATAVG) is None


async def test_only_an_empty_group_is_renamed(stored: Stored) -> None:
    await stored.refused(request("update", stored.group().evolve(name="newvg")), say.GROUP_IN_USE)
    await stored.refused(request("update", stored.group(ROOTVG).evolve(name="newvg")), say.HOLDS_SYSTEM)
    await stored.run(request("update", stored.group().evolve(virtual_disks=(), vmedia_repos=())))
    await stored.run(request("update", stored.group().evolve(name="newvg")))
    assert stored.group().name == "newvg"


async def test_a_server_that_is_down_changes_nothing(stored: Stored) -> None:
    with stored.engine.alter() as change:
        change.put(change.get(VirtualIOServer, VIOS1).evolve(rmc_state="inactive"))
    text = await stored.refused(request("update", with_disk(stored.group())), say.NOT_SERVING)
    assert "vios1 cannot change its storage: it is running, its RMC connection is inactive" in text
