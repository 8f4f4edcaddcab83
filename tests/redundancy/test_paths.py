"""What a Virtual I/O Server serves stops and returns with it, and the partitions notice."""

from __future__ import annotations

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.hypervisor.sim import disks, shell
from openlpar.ports.records import GuestDisks
from openlpar.ports.state import Change
from openlpar.uom.disk_paths import Paths
from openlpar.uom.logical_partition import LogicalPartition
from tests.closing.gannet import request
from tests.redundancy.conftest import Plant


def typed(plant: Plant, name: str, command: str) -> str:
    """What the guest's shell prints."""
    with plant.engine.alter() as change:
        partition = change.get(LogicalPartition, plant.partition(name).uuid)
        return shell.run(change, partition, command).text


async def two_partitions(plant: Plant) -> None:
    """vm1 has hdisk4 by both servers, vm2 hdisk5 by vios2 alone."""
    for name in ("vm1", "vm2"):
        await plant.running(name)
    plant.lend("vios1", "vm1", physical_volume="hdisk4")
    plant.lend("vios2", "vm1", physical_volume="hdisk4")
    plant.lend("vios2", "vm2", physical_volume="hdisk5")


async def test_powering_vios2_off_leaves_vm1_with_one_path_and_vm2_without_its_disk(plant: Plant) -> None:
    await two_partitions(plant)
    assert plant.disks("vm1") == {"hdisk4": "redundant"}
    assert plant.disks("vm2") == {"hdisk5": "single path"}
    await plant.off("vios2")
    assert plant.disks("vm1") == {"hdisk4": "degraded"}
    assert plant.paths("vm1", "hdisk4") == {"vios1": "active", "vios2": "failed"}
    assert plant.disks("vm2") == {"hdisk5": "lost"}
    fault = plant.redundancy("vm2")["disks"][0]["paths"][0]["fault"]
    assert fault == "Virtual I/O Server vios2 is not activated"


async def test_the_disk_is_back_when_its_server_is(plant: Plant) -> None:
    await two_partitions(plant)
    await plant.off("vios2")
    await plant.power("vios2", "PowerOn")
    assert plant.disks("vm1") == {"hdisk4": "redundant"}
    assert plant.disks("vm2") == {"hdisk5": "single path"}


async def test_a_guest_says_which_paths_fail_and_which_disks_it_cannot_write(plant: Plant) -> None:
    await two_partitions(plant)
    await plant.off("vios2")
    await plant.engine.settled()
    assert "Failing path 8:16." in plant.console("vm1")
    assert "I/O error" not in plant.console("vm1")
    assert "I/O error, dev sda" in plant.console("vm2")
    await plant.power("vios2", "PowerOn")
    await plant.engine.settled()
    assert "Reinstating path 8:16." in plant.console("vm1")
    assert "partner initialization complete" in plant.console("vm2")
    lines = typed(plant, "vm1", "dmesg | grep path")
    assert lines.index("Failing path") < lines.index("Reinstating path")


async def test_a_disk_with_two_paths_fails_when_both_servers_are_off(plant: Plant) -> None:
    await two_partitions(plant)
    await plant.off("vios2")
    await plant.off("vios1")
    await plant.engine.settled()
    assert plant.disks("vm1") == {"hdisk4": "lost"}
    assert "I/O error, dev dm-0" in plant.console("vm1")


async def test_event_clients_hear_of_the_partitions_whose_disks_change(plant: Plant) -> None:
    await two_partitions(plant)
    await plant.engine.settled()
    before = (await plant.engine.events.poll(None, 0))[0].number
    await plant.off("vios2")
    await plant.engine.settled()
    after = plant.engine.events.since(before) or []
    told = {event.data.rpartition("/")[2] for event in after if "LogicalPartition" in event.data}
    assert {plant.partition("vm1").uuid, plant.partition("vm2").uuid} <= told


async def test_multipath_shows_the_state_of_each_path(plant: Plant) -> None:
    await two_partitions(plant)
    assert typed(plant, "vm1", "multipath -ll").count("active ready running") == 2
    await plant.off("vios2")
    shown = typed(plant, "vm1", "multipath -ll").splitlines()
    assert shown[1:] == [
        "size=100G features='0' hwhandler='0' wp=rw",
        "`-+- policy='service-time 0' prio=1 status=active",
        "  |- 2:0:1:0 sda 8:0 active ready running",
        "  `- 3:0:2:0 sdb 8:16 failed faulty running",
    ]
    assert shown[0].startswith("mpatha (")
    assert typed(plant, "vm2", "multipath -ll") == ""


async def test_lsblk_shows_one_multipath_device_above_both_paths(plant: Plant) -> None:
    await two_partitions(plant)
    assert typed(plant, "vm1", "lsblk").splitlines() == [
        "NAME     MAJ:MIN RM  SIZE RO TYPE  MOUNTPOINTS",
        "sda      8:0      0  100G  0 disk",
        "└─mpatha 253:0    0  100G  0 mpath",
        "sdb      8:16     0  100G  0 disk",
        "└─mpatha 253:0    0  100G  0 mpath",
    ]


async def test_a_server_that_restarts_serves_nothing_until_it_is_up(plant: Plant) -> None:
    await two_partitions(plant)
    vios = plant.partition("vios2").uuid
    job = await plant.jobs.submit(
        "VirtualIOServer", vios, "PowerOff", {"operation": "shutdown", "restart": "true"}, NOBODY
    )
    states = set()
    for _ in range(600):
        states.add((plant.partition("vios2").state == "running", plant.disks("vm2")["hdisk5"]))
        await plant.engine.step(1000)
    assert states == {(True, "single path"), (False, "lost")}
    assert job.uuid


async def test_a_partition_that_boots_has_nothing_to_complain_about(plant: Plant) -> None:
    plant.lpar("vm1")
    plant.lend("vios2", "vm1", physical_volume="hdisk4")
    await plant.off("vios2")
    vm1 = plant.partition("vm1").uuid
    await plant.job("LogicalPartition", vm1, "PowerOn")
    noticed = plant.state.get(GuestDisks, vm1)
    assert len(noticed.failed) == 1
    assert noticed.log == ()
    await plant.power("vios2", "PowerOn")
    await plant.engine.settled()
    assert plant.state.get(GuestDisks, vm1).failed == ()


async def test_what_a_guest_noticed_goes_with_its_partition(plant: Plant) -> None:
    await two_partitions(plant)
    await plant.off("vios2")
    await plant.engine.settled()
    uuid = plant.partition("vm2").uuid
    assert plant.state.find(GuestDisks, uuid)
    await plant.power("vios2", "PowerOn")
    await plant.job("LogicalPartition", uuid, "PowerOff", operation="shutdown", immediate="true")
    plant.do(request("delete", plant.partition("vm2")))
    assert plant.state.find(GuestDisks, uuid) is None


@pytest.mark.parametrize("port", ["fcs0", ""])
async def test_fibre_channel_ports_fail_with_their_server_and_without_a_port(plant: Plant, port: str) -> None:
    await plant.running("vm1")
    plant.connect("vios1", "vm1")
    plant.connect("vios2", "vm1", port)
    states = {one["vios"]: one["state"] for one in plant.redundancy("vm1")["fibre_channel"]}
    assert states == {"vios1": "active", "vios2": "active" if port else "failed"}
    points = plant.redundancy("vm1")["single_points"]
    assert bool(points) == (not port)
    await plant.off("vios2")
    states = {one["vios"]: one["state"] for one in plant.redundancy("vm1")["fibre_channel"]}
    assert states == {"vios1": "active", "vios2": "failed"}
    await plant.engine.settled()
    assert plant.console("vm1").count("Host partner adapter deregistered") == 1


async def test_only_guests_that_have_something_to_see_look(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_partitions(plant)
    looked: list[str] = []
    look = disks.look

    def counted(change: Change, paths: Paths, partition: LogicalPartition) -> None:
        looked.append(partition.name)
        look(change, paths, partition)

    def all_look() -> list[str]:
        looked.clear()
        with plant.engine.alter() as change:
            disks.look_all(change)
        return sorted(looked)

    monkeypatch.setattr(disks, "look", counted)
    assert all_look() == []
    await plant.off("vios1")
    assert all_look() == ["novalink_212E3CA", "vm1"], "vm2 has its disk by vios2 alone"
    await plant.power("vios1", "PowerOn")
    await plant.engine.settled()
    assert all_look() == [], "and once it has seen that all is well, it need not look again"
