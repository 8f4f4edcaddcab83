"""Volume groups whose I/O waits, and those whose disks have grown: what ``chvg`` of a Virtual I/O Server does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Failure, Message
from openlpar.messages import storage as say
from openlpar.ops.redundancy.losses import paths_of
from openlpar.ops.simulation import san
from openlpar.ops.storage.group_grow import GrowGroup, SetGroupPolicy
from openlpar.ops.storage.group_redefine import RedefineGroup
from openlpar.ops.storage.group_suspend import SuspendGroup
from openlpar.ops.storage.group_vary import VaryGroup
from openlpar.ops.vios.configure_devices import ConfigureDevices
from openlpar.ports.group_layouts import layout_of, lost_storage, policy_of
from openlpar.ports.records import GroupPolicy
from openlpar.uom.partition import PartitionState
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup
from tests.closing.gannet import Gannet, request
from tests.closing.samples import group as datavg
from tests.closing.samples import mapped, scsi, with_disk, with_everything
from tests.closing.vios_samples import group_on_network


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    await made.engine.start()
    yield made
    await made.engine.stop()


@pytest.fixture
async def group(house: Gannet) -> VolumeGroup:
    """With a virtual disk on each of its two disks."""
    group = await group_on_network(house)
    disks = [VirtualDisk(name="first", capacity=Decimal(19)), VirtualDisk(name="second", capacity=Decimal(15))]
    await house.engine.run(request("update", group.evolve(virtual_disks=disks)))
    return again(house, group)


def again(house: Gannet, group: VolumeGroup) -> VolumeGroup:
    return house.state.get(VolumeGroup, group.uuid)


async def refused(house: Gannet, operation: Any, message: Message) -> None:
    before = house.everything()
    with pytest.raises(Failure) as caught:
        await house.engine.run(operation)
    assert caught.value.message is message
    assert house.everything() == before


def volume(house: Gannet, name: str, size_gb: int) -> None:
    with house.engine.alter() as change:
        san.put(change, "volumes", {"name": name, "size_gb": size_gb})


async def test_what_is_in_a_suspended_group_is_lost_until_it_goes_on(house: Gannet, group: VolumeGroup) -> None:
    udids = {disk.udid for disk in group.virtual_disks}
    await house.engine.run(SuspendGroup(group.uuid, suspended=True))
    lost = lost_storage(house.state)
    assert {udid for _, udid in lost} == udids
    assert set(lost.values()) == {"Virtual I/O Server vios1 has suspended volume group sanvg"}
    await house.engine.run(SuspendGroup(group.uuid, suspended=True))
    for operation in (
        VaryGroup(group.uuid, active=False),
        request("update", again(house, group).evolve(virtual_disks=())),
        request("delete", again(house, group)),
        SetGroupPolicy(group.uuid, factor=2),
        GrowGroup(group.uuid),
    ):
        await refused(house, operation, say.GROUP_SUSPENDED)
    await house.engine.run(VaryGroup(group.uuid, active=True))
    assert lost_storage(house.state), "that is not what activatevg is for"
    await house.engine.run(SuspendGroup(group.uuid, suspended=False))
    assert not lost_storage(house.state)
    assert again(house, group) == group


async def test_the_path_of_a_client_fails_and_works_again(house: Gannet) -> None:
    await with_everything(house, "vm1")
    disk = with_disk(house, "lent")
    await house.engine.run(mapped(house, scsi(house.partition("vm1"), virtual_disk=disk))())

    def failed() -> set[str]:
        paths = paths_of(house.state)
        return {path.mapping.storage_udid for number in paths.clients() for path in paths.lost(number)}

    assert not failed()
    await house.engine.run(SuspendGroup(datavg(house).uuid, suspended=True))
    assert failed() == {one.udid for one in datavg(house).virtual_disks} >= {disk.udid}
    await house.engine.run(SuspendGroup(datavg(house).uuid, suspended=False))
    assert not failed()


async def test_nothing_is_copied_from_a_suspended_group(house: Gannet, group: VolumeGroup) -> None:
    copy = VirtualDisk(name="copy", capacity=Decimal(19), base_image=group.virtual_disks[0].udid)
    await house.engine.run(SuspendGroup(group.uuid, suspended=True))
    there = datavg(house)
    wish = request("update", there.evolve(virtual_disks=[*there.virtual_disks, copy]))
    await refused(house, wish, say.GROUP_SUSPENDED)


async def test_a_server_that_starts_has_its_groups_as_usual(house: Gannet, group: VolumeGroup) -> None:
    await house.engine.run(SuspendGroup(group.uuid, suspended=True))
    with house.engine.alter() as change:
        change.put(house.partition("vios1").evolve(state=PartitionState.NOT_ACTIVATED.value))
    assert again(house, group) == group


async def test_a_group_that_cannot_be_suspended(house: Gannet, group: VolumeGroup) -> None:
    root = next(one for one in house.state.all(VolumeGroup, group.parent) if one.name == "rootvg")
    await refused(house, SuspendGroup(root.uuid, suspended=True), say.HOLDS_SYSTEM)
    await refused(house, GrowGroup(root.uuid), say.HOLDS_SYSTEM)
    with house.engine.alter() as change:
        change.put(group.evolve(group_state="inactive"))
    await refused(house, SuspendGroup(group.uuid, suspended=True), say.GROUP_OFF)
    await refused(house, SuspendGroup(group.uuid, suspended=False), say.GROUP_OFF)


async def test_a_disk_that_has_grown(house: Gannet, group: VolumeGroup) -> None:
    """What is on it stays where it is, and so does what is on the disks behind it."""
    before = layout_of(house.state, group)
    growing = GrowGroup(group.uuid)
    await house.engine.run(growing)
    assert (growing.results, again(house, group)) == ({"disks": ""}, group)
    volume(house, "ds8k/vol1", 26)
    growing = GrowGroup(group.uuid)
    await house.engine.run(growing)
    after = again(house, group)
    assert growing.results == {"disks": group.phys_vols[0].name}
    assert (after.capacity, after.free_space) == (group.capacity + 6, group.free_space + 6)
    assert layout_of(house.state, after).volumes == before.volumes
    assert not layout_of(house.state, after).overlaps()
    known = next(d for d in house.state.all(PhysicalVolume, group.parent) if d.name == group.phys_vols[0].name)
    assert known.capacity == 26 * 1024
    more = VirtualDisk(name="third", capacity=Decimal(6))
    await house.engine.run(request("update", after.evolve(virtual_disks=(*after.virtual_disks, more))))
    assert layout_of(house.state, again(house, group)).volumes["first"] == before.volumes["first"]


async def test_looking_for_devices_notices_the_size(house: Gannet, group: VolumeGroup) -> None:
    """The group takes it into use only when it is told to."""
    volume(house, "ds8k/vol2", 40)
    await house.engine.run(ConfigureDevices(group.parent or ""))
    known = next(d for d in house.state.all(PhysicalVolume, group.parent) if d.name == group.phys_vols[1].name)
    assert known.capacity == 40 * 1024
    assert again(house, group) == group
    await house.engine.run(GrowGroup(group.uuid))
    assert again(house, group).capacity == group.capacity + 20


async def test_more_partitions_need_a_higher_factor(house: Gannet, group: VolumeGroup) -> None:
    size = layout_of(house.state, group).partition_mb
    assert policy_of(house.state, group).factor == 1
    volume(house, "ds8k/vol1", size * 1016 * 3 // 1024)
    await house.engine.run(GrowGroup(group.uuid))
    assert policy_of(house.state, again(house, group)).factor == 3
    await refused(house, SetGroupPolicy(group.uuid, factor=2), say.WRONG_FACTOR)
    await refused(house, SetGroupPolicy(group.uuid, factor=17), say.WRONG_FACTOR)
    await house.engine.run(SetGroupPolicy(group.uuid, factor=16))
    more = (*again(house, group).phys_vols, PhysicalVolume(name="hdisk5"))
    await refused(house, request("update", again(house, group).evolve(phys_vols=more)), say.WRONG_FACTOR)
    await house.engine.run(SetGroupPolicy(group.uuid, factor=0))
    assert policy_of(house.state, again(house, group)).factor == 3
    await house.engine.run(request("update", again(house, group).evolve(phys_vols=more)))
    volume(house, "ds8k/vol1", size * 1016 * 11 // 1024)
    await refused(house, GrowGroup(group.uuid), say.DISK_TOO_LARGE)
    await house.engine.run(request("update", again(house, group).evolve(virtual_disks=())))
    await house.engine.run(request("delete", again(house, group)))
    assert not list(house.state.all(GroupPolicy)), "what was chosen for a group goes with it"


async def test_definitions_follow_the_disks(house: Gannet, group: VolumeGroup) -> None:
    """Except for their size, which is for -chksize."""
    told = RedefineGroup(group.uuid)
    await house.engine.run(told)
    assert (told.results, again(house, group)) == ({"redefined": "", "missing": ""}, group)
    first, second = group.phys_vols
    with house.engine.alter() as change:
        disk = next(one for one in change.all(PhysicalVolume, group.parent) if one.name == first.name)
        change.put(disk.evolve(name="hdisk77", capacity=2 * disk.capacity))
        change.remove(next(one for one in change.all(PhysicalVolume, group.parent) if one.name == second.name))
    told = RedefineGroup(group.uuid)
    await house.engine.run(told)
    assert told.results == {"redefined": "hdisk77", "missing": second.name}
    assert again(house, group) == group.evolve(phys_vols=(first.evolve(name="hdisk77"), second))
