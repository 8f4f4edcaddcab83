"""A partition moves, with all that belongs to it; running, off, back again, and many at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openlpar.messages import Failure, Message
from openlpar.messages import mobility as say
from openlpar.messages import partition as say_partition
from openlpar.ops.core import JobOperation
from openlpar.ops.scsi.storage import target_of
from openlpar.ops.views import shown
from openlpar.ports.records import Migration, Phase
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.system_configuration import AssociatedSystemMemoryConfiguration
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.uom.volume_group import PhysicalVolume
from tests.closing.gannet import request
from tests.mobility.disks import virtual_disk
from tests.mobility.pair import Pair, Side, until

TO_OSPREY = {"TargetManagedSystemName": "osprey"}
TO_GANNET = {"TargetManagedSystemName": "gannet"}


async def moved(side: Side, name: str, **parameters: str) -> None:
    job = await side.job(name, "Migrate", **parameters)
    assert job.status == "COMPLETED_OK", job.message


async def test_a_running_partition_takes_everything_along(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    before = await here.loaded("vm1")
    adapter = next(here.state.all(ClientNetworkAdapter, before.uuid))
    addresses = sorted(target_of(disk.target_dev).lua for disk in here.disks(before))
    channel = next(m for m in here.state.all(VirtualFibreChannelMapping) if m.client_lpar_href.endswith(before.uuid))

    await moved(here, "vm1", **TO_OSPREY)
    await pair.quiet()

    after = there.get("vm1")
    assert pair.owners("vm1") == ["osprey"]
    assert here.find("vm1") is None
    assert (after.uuid, after.state, after.migration_state) == (before.uuid, "running", "Not_Migrating")
    assert after.mem_config == before.mem_config
    assert after.logical_serial_number.startswith("212F4DB")
    arrived = next(there.state.all(ClientNetworkAdapter, after.uuid))
    assert (arrived.mac, arrived.pvid, arrived.slot) == (adapter.mac, adapter.pvid, adapter.slot)
    assert arrived.loc_code == f"U8247.21L.212F4DB-V{after.id}-C{adapter.slot}"
    disks = there.disks(after)
    assert sorted(target_of(disk.target_dev).lua for disk in disks) == addresses
    assert sorted(disk.backing_storage.physical_volume.udid for disk in disks)[-1] == "01SAN-hdisk4"
    assert {there.state.get(VirtualIOServer, d.parent).name for d in disks} == {"vios1", "vios2"}
    there_channel = next(
        m for m in there.state.all(VirtualFibreChannelMapping) if m.client_lpar_href.endswith(after.uuid)
    )
    assert there_channel.client_adapter.wwpns.split() == channel.client_adapter.wwpns.split()[::-1]
    await until(lambda: there.get("vm1").rmc_state == "active")


async def test_nothing_is_left_behind(pair: Pair) -> None:
    here = pair.gannet
    lpar = await here.loaded("vm1")
    await moved(here, "vm1", **TO_OSPREY)
    await pair.quiet()
    assert not here.disks(lpar)
    assert not list(here.state.all(ClientNetworkAdapter, lpar.uuid))
    unit = next(here.state.where(LogicalUnit, name="lu_vm1"))
    assert unit.in_use, "the pool is shared: nobody may delete the unit here"
    with pytest.raises(Failure, match="another managed system"):
        here.do(request("delete", unit))


async def test_there_and_back(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    before = await here.loaded("vm1")
    names = _port_names(here)
    for _ in range(5):
        await moved(here, "vm1", **TO_OSPREY)
        await until(lambda: there.get("vm1").rmc_state == "active")
        await pair.quiet()
        assert _port_names(there) == names[::-1], "the second one logs in"
        await moved(there, "vm1", **TO_GANNET)
        await until(lambda: here.get("vm1").rmc_state == "active")
        await pair.quiet()
        assert _port_names(here) == names
    assert here.get("vm1").evolve(nvram=None) == before.evolve(nvram=None)
    assert not next(here.state.where(LogicalUnit, name="lu_vm1")).in_use
    assert there.find("vm1") is None


def _port_names(side: Side) -> list[str]:
    """Of vm1's virtual Fibre Channel adapter, the one that logs in first."""
    uuid = side.get("vm1").uuid
    mapping = next(m for m in side.state.all(VirtualFibreChannelMapping) if m.client_lpar_href.endswith(uuid))
    wwpns: str = mapping.client_adapter.wwpns
    return wwpns.split()


async def test_one_that_is_off(pair: Pair) -> None:
    await pair.gannet.loaded("vm1", running=False)
    free = pair.osprey.state.tally("memory")
    await moved(pair.gannet, "vm1", **TO_OSPREY)
    await pair.quiet()
    assert pair.osprey.get("vm1").state == "not activated"
    assert pair.osprey.state.tally("memory") == free
    await pair.osprey.boot("vm1")


async def test_another_id_when_its_own_is_taken(pair: Pair) -> None:
    lpar, other = pair.gannet.lpar("vm1"), pair.osprey.lpar("other")
    assert lpar.id == other.id
    await moved(pair.gannet, "vm1", **TO_OSPREY)
    assert pair.osprey.get("vm1").id not in (other.id, 0)


async def test_by_mtms_and_with_mappings(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    lpar = await here.loaded("vm1")
    mac = next(here.state.all(ClientNetworkAdapter, lpar.uuid)).mac
    disk = next(d for d in here.disks(lpar) if d.backing_storage.physical_volume)
    slot = disk.client_adapter.lpar_slot_num
    vios2 = next(there.state.where(VirtualIOServer, name="vios2")).id
    await moved(
        here,
        "vm1",
        TargetManagedSystemName="8247-21L*212F4DB",
        VlanMappings=f"{mac.lower()}/77/78 79",
        VLANBridgeOverride="2",
        VirtualSCSIMappings=f"{slot}//{vios2}/40",
        DestMSPIPaddr="",
    )
    adapter = next(there.state.all(ClientNetworkAdapter, lpar.uuid))
    assert (adapter.pvid, adapter.tagged_vlans) == (77, "78 79")
    arrived = next(d for d in there.disks(lpar) if d.backing_storage.physical_volume)
    assert arrived.client_adapter.lpar_slot_num == slot
    assert (there.state.get(VirtualIOServer, arrived.parent).name, arrived.server_adapter.vios_slot_num) == (
        "vios2",
        40,
    )


async def test_all_problems_are_found_at_once(pair: Pair) -> None:
    """On either side, and nothing has changed."""
    here, there = pair.gannet, pair.osprey
    lpar = here.lpar("vm1", memory_mb=8192)
    here.adapter(lpar, pvid=1)
    here.adapter(lpar, pvid=4094, vswitch_id=1)
    unit = here.unit("lu1")
    here.serve("vios1", lpar, logical_unit=LogicalUnit(udid=unit.udid, name="lu1"))
    here.serve("vios2", lpar, virtual_disk=virtual_disk(here))
    await here.job("vm1", "PowerOn", bootmode="sms")
    there.lpar("vm1")
    system = there.system
    with there.core.engine.alter() as change:
        memory = system.memory_config
        assert isinstance(memory, AssociatedSystemMemoryConfiguration)
        change.put(system.evolve(memory_config=memory.evolve(memory_configurable=12_288)))
        for vios in there.state.all(VirtualIOServer):
            change.put(vios.evolve(rmc_state="inactive"))
        for switch in there.state.all(VirtualSwitch):
            if switch.name == "MGMTSWITCH":
                change.put(switch.evolve(name="OTHER"))

    job = await here.job("vm1", "MigrateValidate", **TO_OSPREY)

    assert job.status == "COMPLETED_WITH_ERROR"
    for message in (
        say.BAD_STATE,
        say.LOCAL_STORAGE,
        say.NO_SWITCH,
        say.NO_PATH,
        say.NO_MOVER,
        say_partition.NO_MEMORY,
    ):
        assert message.id in job.message, message.id
    assert "Partition vm1 exists already" in job.message
    assert "(7)" in job.message
    assert here.get("vm1").state == "open firmware"
    assert not here.moves()
    assert not there.moves()


async def test_a_good_one_validates(pair: Pair) -> None:
    await pair.gannet.loaded("vm1")
    before = pair.osprey.state.version
    job = await pair.gannet.job("vm1", "MigrateValidate", **TO_OSPREY)
    assert (job.status, job.results["result"]) == (
        "COMPLETED_OK",
        "Partition vm1 can be moved to system osprey.",
    )
    assert pair.osprey.state.version == before


async def test_what_was_valid_and_no_longer_is(pair: Pair) -> None:
    """The target finds it when it prepares the place: the partition stays, and runs on."""
    await pair.gannet.loaded("vm1")
    ask, there = pair.gannet.link.ask, pair.osprey

    async def ask_late(system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        if question == "prepare":
            there.lpar("vm1")
        answer: dict[str, Any] = await ask(system, question, values)
        return answer

    pair.gannet.link.ask = ask_late
    job = await pair.gannet.job("vm1", "Migrate", **TO_OSPREY)
    assert job.status == "COMPLETED_WITH_ERROR"
    assert say.NOT_MOVED.id in job.message
    assert "exists already" in job.message
    await pair.quiet()
    assert pair.gannet.get("vm1").state == "running"
    assert pair.gannet.owns("vm1")


async def test_progress_and_state_are_shown(tmp_path: Any, hasty: None) -> None:
    pair = Pair(tmp_path, clock="stepped")
    await pair.start()
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    job = await here.submit("vm1", "PowerOn")
    await here.core.engine.step(600_000)
    assert here.get("vm1").rmc_state == "active"
    job = await here.submit("vm1", "Migrate", **TO_OSPREY)
    await here.core.engine.step(0)
    await until(lambda: any(move.phase == Phase.SENDING for move in here.moves()))
    shares = []
    while any(move.phase == Phase.SENDING for move in here.moves()):
        seen = here.get("vm1")
        shares.append(seen.progress_partition_data_remaining)
        assert (seen.state, there.get("vm1").state) == ("migrating running", "migrating running")
        counts = [shown(side.state, side.system).migration_info.active_migrations_in_progress for side in pair.sides]
        assert counts == [1, 1]
        await here.core.engine.step(300)
    assert shares[0] == seen.progress_partition_data_total == 1024
    assert shares == sorted(shares, reverse=True)
    assert len(set(shares)) >= 4
    assert (await here.ended(job)).status == "COMPLETED_OK"
    await there.core.engine.step(60_000)
    assert there.get("vm1").rmc_state == "active"
    await pair.stop()


async def test_a_moving_partition_is_left_alone(tmp_path: Any, hasty: None) -> None:
    pair = Pair(tmp_path, clock="stepped")
    await pair.start()
    here, there = pair.gannet, pair.osprey
    lpar = here.lpar("vm1")
    adapter = here.adapter(lpar, pvid=1)
    here.serve("vios1", lpar, physical_volume=PhysicalVolume(name="hdisk4"))
    await here.submit("vm1", "PowerOn")
    await here.core.engine.step(600_000)
    await here.submit("vm1", "Migrate", **TO_OSPREY)
    await here.core.engine.step(0)
    await until(lambda: any(move.phase == Phase.SENDING for move in here.moves()))
    moving = here.get("vm1")

    def refused(side: Side, operation: Any, message: Message) -> None:
        with pytest.raises(Failure) as caught:
            side.do(operation)
        assert caught.value.message is message

    for side in (here, there):
        off = JobOperation.by_job["LogicalPartition", "PowerOff"].from_job(moving.uuid, {})
        refused(side, off, say.MOVING)
        seen = side.get("vm1")
        wish = seen.evolve(mem_config=seen.mem_config.evolve(desired=512))
        refused(side, request("update", wish), say.MOVING)
        network = next(side.state.all(ClientNetworkAdapter, seen.uuid))
        refused(side, request("update", network.evolve(pvid=9)), say.MOVING)
        refused(side, request("delete", seen), say_partition.MUST_BE_OFF)
        refused(side, _again(moving), say.MOVING)
    assert adapter.pvid == 1
    with pytest.raises(Failure):
        here.serve("vios1", moving, physical_volume=PhysicalVolume(name="hdisk5"))
    await pair.stop()


def _again(partition: LogicalPartition) -> Any:
    return JobOperation.by_job["LogicalPartition", "Migrate"].from_job(partition.uuid, TO_OSPREY)


async def test_many_at_a_time(pair: Pair) -> None:
    here, there, count = pair.gannet, pair.osprey, 100
    for side in pair.sides:
        with side.core.engine.alter() as change:
            limits = side.system.migration_info
            change.put(side.system.evolve(migration_info=limits.evolve(max_inactive_migrations=count)))
    names = [f"vm{number}" for number in range(count)]
    for name in names:
        here.adapter(here.lpar(name), pvid=1)
    jobs = await asyncio.gather(*(here.submit(name, "Migrate", **TO_OSPREY) for name in names))
    ended = [await here.ended(job) for job in jobs]
    assert {job.status for job in ended} == {"COMPLETED_OK"}, [job.message for job in ended if job.message][:1]
    await pair.quiet()
    assert all(pair.owners(name) == ["osprey"] for name in names)
    assert len({there.get(name).id for name in names}) == count


async def test_not_more_than_the_system_can(pair: Pair) -> None:
    here = pair.gannet
    here.lpar("vm1")
    with here.core.engine.alter() as change:
        for number in range(16):
            change.put(
                Migration(
                    uuid=str(number),
                    partition="x",
                    name="x",
                    other="osprey",
                    phase=Phase.GIVEN,
                    was="not activated",
                    stalled="x",
                )
            )
    job = await here.job("vm1", "Migrate", **TO_OSPREY)
    assert say.LIMIT.id in job.message
