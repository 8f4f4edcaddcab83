"""A Virtual I/O Server is taken out of service and put back, and nobody loses anything by it."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.engine.maintenance import MaintenanceLead
from openlpar.messages import Failure
from openlpar.messages import maintenance as say
from openlpar.messages import partition as say_partition
from openlpar.ops.maintenance.begin import BeginMaintenance, RestServer
from openlpar.ops.maintenance.end import EndMaintenance
from openlpar.ops.maintenance.status import status
from openlpar.ports.records import Absence, Fault, Job, Maintenance
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup
from tests.closing.gannet import LONG_MS
from tests.closing.samples import adapter, with_unit
from tests.redundancy.conftest import Plant


@pytest.fixture
async def house(plant: Plant) -> Plant:
    """vm1 has hdisk4 by both servers, vm2 hdisk5 by vios2 alone; somebody leads maintenances."""
    MaintenanceLead(plant.engine)
    for name in ("vm1", "vm2"):
        await plant.running(name)
    plant.lend("vios1", "vm1", physical_volume="hdisk4")
    plant.lend("vios2", "vm1", physical_volume="hdisk4")
    plant.lend("vios2", "vm2", physical_volume="hdisk5")
    return plant


async def job(house: Plant, name: str, vios: str = "vios2", **parameters: str) -> Job:
    return await house.job("VirtualIOServer", house.partition(vios).uuid, name, **parameters)


async def begun(house: Plant, **parameters: str) -> Maintenance:
    ended = await job(house, "BeginMaintenance", **parameters)
    assert ended.status == "COMPLETED_OK", ended.message
    return house.state.get(Maintenance, house.partition("vios2").uuid)


def refused(house: Plant, vios: str = "vios2", **wish: Any) -> Failure:
    failure = house.refusal(BeginMaintenance(house.partition(vios).uuid, **wish))
    assert failure is not None
    return failure


def mappings(house: Plant) -> list[tuple[str, str]]:
    """(server, disk) of all there are."""
    found = house.state.all(VirtualSCSIMapping)
    return sorted((house.state.get(VirtualIOServer, one.parent or "").name, one.storage_udid) for one in found)


# before


async def test_a_client_with_its_only_path_there_keeps_a_server_in_service(house: Plant) -> None:
    failure = refused(house)
    assert failure.message is say.UNSAFE
    assert "Problems found: 1.\n(1) partition vm2 would lose disk hdisk5." in failure.text
    assert house.partition("vios2").state == "running"
    assert list(house.state.all(Maintenance)) == []


async def test_all_problems_are_named_at_once(house: Plant) -> None:
    house.create(adapter(house.partition("vm1").uuid, pvid=1, slot=10))
    house.connect("vios1", "vm2")
    house.lend("vios1", "vm2", physical_volume="hdisk6")
    await house.off("vios2")
    text = refused(house, "vios1").text
    for words in (
        "vm1 would lose disk hdisk4",
        "vm2 would lose disk hdisk6",
        "vm2 would lose its last Fibre Channel port (fcs0 of vios1)",
        "vm1 would lose the untagged network",
        "cluster cluster1 would have no node that runs",
    ):
        assert words in text


async def test_a_second_shared_ethernet_adapter_saves_the_network(house: Plant) -> None:
    """Before, and after: the way out is by the peer while vios1 is away, and by vios1 again when it is back."""
    house.create(adapter(house.partition("vm1").uuid, pvid=1, slot=10))

    def way_out() -> str:
        return " ".join(house.redundancy("vm1")["networks"][0]["via"])

    assert "of vios1" in way_out()
    assert (await job(house, "BeginMaintenance", "vios1")).status == "COMPLETED_OK"
    assert "of vios2" in way_out()
    assert (await job(house, "EndMaintenance", "vios1")).status == "COMPLETED_OK"
    assert "of vios1" in way_out()


async def test_partitions_that_are_off_lose_nothing(house: Plant) -> None:
    vm2 = house.partition("vm2").uuid
    await house.job("LogicalPartition", vm2, "PowerOff", operation="shutdown", immediate="true")
    await begun(house)


async def test_a_disk_that_only_this_server_has_cannot_be_evacuated(house: Plant) -> None:
    group = house.below(VolumeGroup, "vios2", name="datavg")
    disk = VirtualDisk(name="local", capacity=Decimal(1))
    house.update(group.evolve(virtual_disks=[*group.virtual_disks, disk]))
    house.lend("vios2", "vm1", virtual_disk=VirtualDisk(name="local"))
    text = refused(house, evacuate=True).text
    assert "vm1 would lose disk local (no other Virtual I/O Server that runs has it unreserved)" in text
    assert "hdisk5" not in text


async def test_a_disk_that_is_reserved_by_one_path_cannot_be_evacuated(house: Plant) -> None:
    volume = house.below(PhysicalVolume, "vios2", name="hdisk5")
    with house.engine.alter() as change:
        change.put(volume.evolve(reserve_policy="SinglePath"))
    assert "vm2 would lose disk hdisk5 (no other" in refused(house, evacuate=True).text


async def test_nobody_is_given_a_path_that_its_operating_system_would_refuse(house: Plant) -> None:
    house.engine.put_record(Fault(uuid="f", effect="lpar-rmc-lost", operation="", subject="vm2"))
    vm2 = house.partition("vm2")
    with house.engine.alter() as change:
        change.put(vm2.evolve(rmc_state="inactive", capabilities=vm2.capabilities.evolve(io_dlpar=False)))
    text = refused(house, evacuate=True).text
    assert "vm2 would lose disk hdisk5 (" in text
    assert "RMC" in text


# out and back


async def test_evacuation_gives_each_disk_a_second_path_and_takes_it_back_afterwards(house: Plant) -> None:
    before = mappings(house)
    now = await begun(house, evacuate="true")
    assert now.phase == Absence.OUT
    assert len(now.added) == 1
    assert house.partition("vios2").state == "not activated"
    assert house.paths("vm2", "hdisk5") == {"vios2": "failed", "vios1": "active"}
    await house.engine.settled()
    assert "I/O error" not in house.console("vm2")
    assert "Failing path" in house.console("vm2")
    ended = await job(house, "EndMaintenance")
    assert (ended.status, ended.results["result"]) == ("COMPLETED_OK", "Virtual I/O Server vios2 is in service.")
    assert house.partition("vios2").rmc_state == "active"
    assert mappings(house) == before
    assert list(house.state.all(Maintenance)) == []


async def test_the_other_paths_are_there_before_the_server_goes(house: Plant) -> None:
    lost = []
    vios = house.partition("vios2").uuid
    await house.jobs.submit("VirtualIOServer", vios, "BeginMaintenance", {"evacuate": "true"}, NOBODY)
    for _ in range(400):
        await house.engine.step(1000)
        lost += [name for name in ("vm1", "vm2") if "lost" in house.disks(name).values()]
    assert house.partition("vios2").state == "not activated"
    assert lost == []


async def test_logical_units_are_evacuated_to_another_node(house: Plant) -> None:
    house.lend("vios2", "vm1", logical_unit=with_unit(house, "lu1"))
    now = await begun(house, evacuate="true")
    assert len(now.added) == 2
    assert house.disks("vm1") == {"hdisk4": "degraded", "lu1": "degraded"}


async def test_force_takes_the_disk_away(house: Plant) -> None:
    await begun(house, force="true")
    assert house.disks("vm2") == {"hdisk5": "lost"}


async def test_an_added_path_that_has_become_the_only_one_stays(house: Plant) -> None:
    await begun(house, evacuate="true")
    vm2 = house.partition("vm2").id
    with house.engine.alter() as change:
        for mapping in list(change.all(VirtualSCSIMapping, house.partition("vios2").uuid)):
            if mapping.client_adapter.lpar_id == vm2:
                change.remove(mapping)
    assert (await job(house, "EndMaintenance")).status == "COMPLETED_OK"
    assert house.paths("vm2", "hdisk5") == {"vios1": "active"}


async def test_a_path_that_somebody_removed_is_not_missed(house: Plant) -> None:
    now = await begun(house, evacuate="true")
    with house.engine.alter() as change:
        change.remove(change.get(VirtualSCSIMapping, now.added[0]))
    assert (await job(house, "EndMaintenance")).status == "COMPLETED_OK"
    assert house.disks("vm2") == {"hdisk5": "single path"}


async def test_a_server_that_somebody_powered_on_comes_back_with_end(house: Plant) -> None:
    await begun(house, evacuate="true")
    await house.power("vios2", "PowerOn")
    assert house.state.find(Maintenance, house.partition("vios2").uuid) is not None
    assert (await job(house, "EndMaintenance")).status == "COMPLETED_OK"
    assert house.paths("vm2", "hdisk5") == {"vios2": "active"}


# refusals and failures


async def test_what_is_in_the_wrong_state_is_refused(house: Plant) -> None:
    vios1, vios2 = house.partition("vios1").uuid, house.partition("vios2").uuid
    assert getattr(house.refusal(EndMaintenance(vios2)), "message", None) is say.NOT_BEGUN
    assert getattr(house.refusal(RestServer(vios2)), "message", None) is say.NOT_BEGUN
    await begun(house, evacuate="true")
    assert refused(house).message is say.BEGUN
    await house.off("vios1")
    assert refused(house, "vios1").message is say.NOT_RUNNING
    with house.engine.alter() as change:
        change.put(change.get(VirtualIOServer, vios1).evolve(is_mgmt_partition=True, state="running"))
    assert refused(house, "vios1").message is say_partition.MANAGEMENT_PARTITION


async def test_two_servers_do_not_go_at_the_same_time(house: Plant) -> None:
    """vios2 still runs, but will not for long."""
    house.engine.put_record(Maintenance(uuid=house.partition("vios2").uuid, phase=Absence.STOPPING.value))
    assert "Virtual I/O Server vios2 is in maintenance too (stopping)" in refused(house, "vios1").text


async def test_a_server_that_is_going_down_is_not_asked_back(house: Plant) -> None:
    vios = house.partition("vios2").uuid
    await house.jobs.submit("VirtualIOServer", vios, "BeginMaintenance", {"evacuate": "true"}, NOBODY)
    await house.engine.step(1000)
    await house.engine.settled()
    assert house.state.get(Maintenance, vios).phase == Absence.STOPPING
    assert getattr(house.refusal(EndMaintenance(vios)), "message", None) is say.STOPPING


async def test_when_the_power_off_fails_what_was_added_goes_again(house: Plant) -> None:
    before = mappings(house)
    house.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.power_off", step="stop the partition"))
    ended = await job(house, "BeginMaintenance", evacuate="true")
    assert ended.status == "COMPLETED_WITH_ERROR"
    assert ended.message.startswith(f"[{say.GIVEN_UP.id}]")
    assert house.partition("vios2").state == "running"
    assert mappings(house) == before
    assert list(house.state.all(Maintenance)) == []


async def test_when_the_way_back_fails_it_waits_to_be_asked_again(house: Plant) -> None:
    await begun(house, evacuate="true")
    house.engine.put_record(Fault(uuid="f", effect="fail", operation="maintenance.rebalance", step="*", times=1))
    ended = await job(house, "EndMaintenance")
    assert ended.status == "COMPLETED_WITH_ERROR"
    assert ended.message.startswith(f"[{say.STUCK.id}]")
    (stuck,) = (one for one in status(house.state) if one["name"] == "vios2")
    assert stuck["stalled"] == ended.message
    assert house.paths("vm2", "hdisk5") == {"vios1": "active", "vios2": "active"}
    assert (await job(house, "EndMaintenance")).status == "COMPLETED_OK"
    assert house.paths("vm2", "hdisk5") == {"vios2": "active"}


async def test_a_server_that_does_not_go_off_in_time_can_be_taken_back(house: Plant) -> None:
    vios = house.partition("vios2").uuid
    submitted = await house.jobs.submit("VirtualIOServer", vios, "BeginMaintenance", {"evacuate": "true"}, NOBODY)
    await house.engine.step(1000)
    with house.engine.alter() as change:
        change.cancel(vios, "hypervisor")  # it hangs
    await house.engine.step(2_000_000)
    assert house.state.get(Job, submitted.uuid).status == "COMPLETED_WITH_ERROR"
    await house.engine.settled()
    assert say.NOT_STOPPED.id in house.state.get(Maintenance, vios).stalled
    await house.off("vios2")
    assert (await job(house, "EndMaintenance")).status == "COMPLETED_OK"
    assert house.paths("vm2", "hdisk5") == {"vios2": "active"}


# a restart of the service


async def _reopened(folder: Path) -> Plant:
    """Another service on a copy of what is on disk now."""
    shutil.copytree(folder / "data", folder / "again")
    again = Plant(folder / "again")
    again.engine.followers.append(again.hypervisor.committed)
    lead = MaintenanceLead(again.engine)
    await again.engine.start()
    await again.hypervisor.open()
    lead.start()
    return again


@pytest.mark.parametrize("seconds", [0, 1, 3, 10, 60, 300])
@pytest.mark.parametrize("way", ["out", "back"])
async def test_a_service_that_is_killed_goes_on_with_it(house: Plant, tmp_path: Path, way: str, seconds: int) -> None:
    """Whatever was on disk at that moment."""
    uuid = house.partition("vios2").uuid
    if way == "back":
        await begun(house, evacuate="true")
    name, wish = ("EndMaintenance", {}) if way == "back" else ("BeginMaintenance", {"evacuate": "true"})
    submitted = await house.jobs.submit("VirtualIOServer", uuid, name, wish, NOBODY)
    await house.engine.step(seconds * 1000)
    await house.engine.settled()
    again = await _reopened(tmp_path)
    try:
        await again.engine.step(LONG_MS)
        assert again.state.get(Job, submitted.uuid).status == "COMPLETED_OK"
        left = again.state.find(Maintenance, uuid)
        if way == "out":
            assert left is not None
            assert left.phase == Absence.OUT
            assert again.paths("vm2", "hdisk5") == {"vios1": "active", "vios2": "failed"}
        else:
            assert left is None
            assert again.paths("vm2", "hdisk5") == {"vios2": "active"}
    finally:
        await again.engine.stop()
