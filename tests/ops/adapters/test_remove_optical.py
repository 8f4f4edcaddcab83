"""A virtual optical device that is unmapped after the boot it was wanted for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.messages import Failure, Message, general
from openlpar.messages import partition as say
from openlpar.ops.lpar import remove_optical
from openlpar.ops.lpar.power_on import PowerOn
from openlpar.ops.lpar.remove_optical import RemoveOptical
from openlpar.ops.scsi.storage import kind_of
from openlpar.ports.records import AfterBoot, Due, Job
from openlpar.uom.job import JobStatus
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from tests.ops.adapters.plant import VIOS1, VIOS2, VM1, VM2, VM3, StoragePlant, fresh
from tests.ops.small_system import open_system

BOOT_MS = 600_000


def routed(engine: Engine) -> Engine:
    engine.routines[remove_optical.DUE] = lambda _, due: engine.perform(remove_optical.removal(due))
    return engine


@pytest.fixture
async def vm1(plant: StoragePlant) -> AsyncIterator[StoragePlant]:
    """VM1 boots from a disk and has a medium in a drive of the same bus."""
    plant.add(fresh("vdisk1", slot=3), fresh("a.iso", slot=3, target="vtopt0"))
    await routed(plant.engine).start()
    yield plant
    await plant.engine.stop()


def lent(plant: StoragePlant, vios: str = VIOS1) -> list[str]:
    """What is mapped, by the name of its device, and that the devices agree."""
    rows = plant.scsi(vios)
    assert all(kind_of(row.backing_storage) == kind_of(row.target_dev) for row in rows)
    assert {row.uuid for row in rows} <= set(plant.vios.devices)
    return [row.backing_storage.virtual_disk.name or row.backing_storage.optical_media.name for row in rows]


async def power_on(plant: StoragePlant, **parameters: str) -> Job:
    job = await plant.jobs.submit("LogicalPartition", VM1, "PowerOn", parameters, NOBODY)
    await plant.engine.step(BOOT_MS)
    return plant.state.get(Job, job.uuid)


@pytest.mark.parametrize("name", ["vtopt0", "a.iso"])
@pytest.mark.parametrize("time", [{}, {"remove_optical_time": "0"}], ids=["without time", "at once"])
async def test_it_goes_when_the_partition_runs(vm1: StoragePlant, name: str, time: dict[str, str]) -> None:
    assert lent(vm1) == ["vdisk1", "a.iso"]
    assert (await power_on(vm1, remove_optical_name=name, **time)).status == JobStatus.COMPLETED_OK
    assert lent(vm1) == ["vdisk1"]
    assert not vm1.state.count(AfterBoot)
    media = [medium.name for group in vm1.seen().scsi_mappings for medium in [group.backing_storage.optical_media]]
    assert "a.iso" not in media


async def test_the_minutes_count_from_the_moment_it_runs(vm1: StoragePlant) -> None:
    await power_on(vm1, remove_optical_name="vtopt0", remove_optical_time="20")
    (due,) = vm1.state.where(Due, subject=VM1)
    ran = due.at - 20 * 60_000
    assert vm1.engine.clock.now() - BOOT_MS < ran < vm1.engine.clock.now(), "20 minutes after it came to run"
    await vm1.engine.step(due.at - 1 - vm1.engine.clock.now())
    assert lent(vm1) == ["vdisk1", "a.iso"]
    await vm1.engine.step(1)
    assert lent(vm1) == ["vdisk1"]


async def test_it_survives_a_restart_before_and_after_the_boot(plant: StoragePlant, tmp_path: Path) -> None:
    plant.add(fresh("a.iso", slot=3, target="vtopt0"))
    await routed(plant.engine).start()
    await plant.jobs.submit("LogicalPartition", VM1, "PowerOn", {"remove_optical_name": "vtopt0"}, NOBODY)
    await plant.engine.step(1)
    assert plant.state.count(AfterBoot) == 1
    await plant.engine.stop()
    engine, _ = open_system(tmp_path / "data", "stepped")
    await routed(engine).start()
    assert lent_names(engine) == ["vtopt0"]
    await engine.step(BOOT_MS)
    assert lent_names(engine) == [""], "the bus stays, without a device"
    await engine.stop()


def lent_names(engine: Engine) -> list[str]:
    return [row.target_dev.optical_media.name for row in engine.state.all(VirtualSCSIMapping, VIOS1)]


async def test_both_servers_drives_go(plant: StoragePlant) -> None:
    for vios in (VIOS1, VIOS2):
        plant.add(fresh("a.iso", slot=3 if vios == VIOS1 else 4), vios=vios)
    plant.do(RemoveOptical(VM1, "a.iso"))
    assert [lent(plant, vios) for vios in (VIOS1, VIOS2)] == [[""], [""]]


async def test_a_boot_that_stops_in_firmware_keeps_it(vm1: StoragePlant) -> None:
    await power_on(vm1, remove_optical_name="vtopt0", bootmode="sms")
    assert lent(vm1) == ["vdisk1", "a.iso"]
    await vm1.jobs.submit("LogicalPartition", VM1, "PowerOff", {"immediate": "true"}, NOBODY)
    await vm1.engine.step(BOOT_MS)
    assert not vm1.state.count(AfterBoot), "what was to follow that boot is forgotten"
    await power_on(vm1)
    assert lent(vm1) == ["vdisk1", "a.iso"]


async def test_only_its_own_drive_goes(vm1: StoragePlant) -> None:
    """Unmapped by the client meanwhile, and the name given to another partition's drive."""
    await power_on(vm1, remove_optical_name="vtopt0", remove_optical_time="1000")
    vm1.do(RemoveOptical(VM1, "vtopt0"))
    vm1.add(fresh("b.iso", client=VM3, target="vtopt0"))
    await vm1.engine.step(1001 * 60_000)
    assert lent(vm1) == ["vdisk1", "b.iso"]


async def test_it_stays_and_is_logged_when_its_server_does_not_serve(
    vm1: StoragePlant, caplog: pytest.LogCaptureFixture
) -> None:
    await power_on(vm1, remove_optical_name="vtopt0", remove_optical_time="60")
    vm1.put(vm1.state.get(VirtualIOServer, VIOS1).evolve(rmc_state="inactive"))
    with caplog.at_level(logging.WARNING):
        await vm1.engine.step(61 * 60_000)
    assert lent(vm1) == ["vdisk1", "a.iso"]
    assert "vios1" in caplog.text


def test_removing_unwinds(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1", slot=3), fresh("a.iso", slot=3))
    plant.unwinds(lambda: RemoveOptical(VM1, "a.iso"))
    plant.same_after(RemoveOptical(VM1, "a.iso"))
    plant.same_after(RemoveOptical("none", "a.iso"))


@pytest.mark.parametrize("name", ["vtopt7", "vdisk1", "vtscsi0", "b.iso"])
def test_a_name_it_does_not_have_is_refused(plant: StoragePlant, name: str) -> None:
    plant.add(fresh("vdisk1", slot=3), fresh("a.iso", slot=3, target="vtopt0"), fresh("b.iso", client=VM3))
    wish = PowerOn.from_job(VM1, {"remove_optical_name": name})
    plant.refuses(wish, say.NO_OPTICAL, "vm1", name, "a.iso, vtopt0")


def test_a_partition_without_drives_says_so(plant: StoragePlant) -> None:
    plant.put(plant.client(VM2).evolve(state="not activated"))
    plant.refuses(PowerOn.from_job(VM2, {"remove_optical_name": "a.iso"}), say.NO_OPTICAL, "It has: none.")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"remove_optical_time": "5"}, general.MISSING_VALUE),
        ({"remove_optical_name": "vtopt0", "remove_optical_time": "soon"}, general.BAD_VALUE),
        ({"remove_optical_name": "vtopt0", "remove_optical_time": "-1"}, general.BAD_VALUE),
        ({"remove_optical_name": "vtopt0", "remove_optical_time": "1.5"}, general.BAD_VALUE),
        ({"remove_optical_name": "vtopt0", "remove_optical_time": "525601"}, general.BAD_VALUE),
    ],
)
def test_a_time_that_is_none_is_refused(parameters: dict[str, str], message: Message) -> None:
    with pytest.raises(Failure) as caught:
        PowerOn.from_job(VM1, parameters)
    assert caught.value.message is message
