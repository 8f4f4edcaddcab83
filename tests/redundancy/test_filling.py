"""Thin logical units fill with what partitions write, and who writes to a full pool sees I/O errors."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import storage as say
from openlpar.ops.metrics import workloads
from openlpar.ops.redundancy.losses import paths_of
from openlpar.ops.shared_storage import filling, thresholds
from openlpar.ops.shared_storage.filling import STEP_MS, Filler
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ports.pool_space import CHUNK_KB, free_gb, taken_gb, used_gb
from openlpar.ports.records import Due, Filling, GuestDisks, UnitUse
from openlpar.ports.state import World
from openlpar.uom.disk_paths import Paths
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from tests.closing.gannet import request
from tests.redundancy.conftest import Plant

HOUR_MS = 3_600_000
# A partition of one virtual processor, its entitlement used to 95 … 105 %, writes this much each hour.
BUSY = {"kind": "steady", "level": 1.0, "disk": 100.0, "fresh": 1.0}


@pytest.fixture
def pools(plant: Plant) -> Plant:
    plant.engine.routines[filling.DUE] = Filler(plant.hypervisor, waits=True).due
    return plant


def unit(plant: Plant, name: str, gb: int, **fields: Any) -> LogicalUnit:
    wish = LogicalUnit(parent=plant.only(Tier).uuid, name=name, capacity=Decimal(gb), **fields)
    made: LogicalUnit = plant.create(wish)
    return made


async def writing(plant: Plant, name: str, gb: int, *servers: str, **rule: Any) -> LogicalUnit:
    """A running partition with a thin disk of its own that it writes to."""
    await plant.running(name)
    disk = unit(plant, f"disk_{name}", gb)
    for server in servers or ("vios1",):
        plant.lend(server, name, logical_unit=LogicalUnit(udid=disk.udid, name=disk.name))
    load(plant, name, **rule)
    return disk


def load(plant: Plant, name: str, **rule: Any) -> None:
    hypervisor: Any = plant.hypervisor
    with plant.engine.alter() as change:
        workloads.set_rule(change, hypervisor, {"partition": name, **BUSY, **rule})


def taken(plant: Plant, disk: LogicalUnit) -> Decimal:
    return taken_gb(plant.state, disk)


def assert_adds_up(plant: Plant) -> None:
    pool = plant.only(SharedStoragePool)
    tiers = list(plant.state.all(Tier, pool.uuid))
    assert pool.free_space + sum((used_gb(plant.state, tier) for tier in tiers), Decimal(0)) == pool.capacity
    assert all(free_gb(plant.state, tier, pool) >= 0 for tier in tiers)


async def test_nothing_grows_unless_a_workload_says_so(pools: Plant) -> None:
    disk = await writing(pools, "vm1", 50, fresh=0.0)
    await pools.engine.step(HOUR_MS)
    assert taken(pools, disk) == 0 and not list(pools.state.all(Filling))
    assert not list(pools.state.where(Due, subject=filling.DUE))


async def test_a_thin_disk_takes_what_was_written_to_it(pools: Plant) -> None:
    disk = await writing(pools, "vm1", 400)
    pool = pools.only(SharedStoragePool)
    await pools.engine.step(HOUR_MS)
    full_speed_mb = 100 * (1 - 0.7) * 3600 * 1e6 / 1024**2  # what is not read is written
    written_mb = pools.state.get(UnitUse, disk.uuid).written_kb / 1024
    assert 0.9 * full_speed_mb < written_mb < 1.06 * full_speed_mb, "the rates are of one entitlement"
    assert (
        taken(pools, disk) * 1024 % (CHUNK_KB // 1024) == 0
        and 0 <= taken(pools, disk) * 1024 - Decimal(written_mb) < 16
    )
    assert pools.only(SharedStoragePool).free_space == pool.free_space - taken(pools, disk)
    assert_adds_up(pools)


async def test_it_is_the_same_however_time_passes(pools: Plant) -> None:
    disk = await writing(pools, "vm1", 500, kind="bursty", level=0.2, peak=2.0)
    await pools.engine.step(HOUR_MS)
    first = pools.state.get(UnitUse, disk.uuid).written_kb
    filler = Filler(pools.hypervisor, waits=False)
    with pools.engine.alter() as change:
        pools_filling = change.get(Filling, "pools")
        change.cancel(filling.DUE)
        change.put(UnitUse(uuid=disk.uuid, written_kb=0))
    pools.engine.clock.step(HOUR_MS)
    assert filler.is_late(pools.state, pools.engine.clock.now())
    with pools.engine.alter() as change:
        filler.catch_up(change)
    second = pools.state.get(UnitUse, disk.uuid).written_kb
    assert pools_filling.at < pools.state.get(Filling, "pools").at == pools.engine.clock.now()
    assert first and second and not filler.is_late(pools.state, pools.engine.clock.now())


async def test_what_stops_writing_stops_growing(pools: Plant) -> None:
    disk = await writing(pools, "vm1", 500)
    await pools.engine.step(STEP_MS)
    before = taken(pools, disk)
    assert before
    assert (
        await pools.job("LogicalPartition", pools.partition("vm1").uuid, "PowerOff", immediate="true")
    ).message == ""
    off = taken(pools, disk)
    await pools.engine.step(HOUR_MS)
    assert taken(pools, disk) == off >= before
    with pools.engine.alter() as change:
        workloads.remove_rule(change, "vm1")
    await pools.engine.step(STEP_MS)
    assert not list(pools.state.all(Filling)) and not list(pools.state.where(Due, subject=filling.DUE))


async def test_a_disk_that_is_written_all_over_is_written_again(pools: Plant) -> None:
    disk = await writing(pools, "vm1", 3)
    await pools.engine.step(HOUR_MS)
    assert taken(pools, disk) == disk.capacity
    assert not any(seen.full for seen in pools.state.all(GuestDisks))


async def test_a_full_pool_takes_no_more_and_its_clients_notice(pools: Plant) -> None:
    """vm1 by both servers, vm2 by one. Another disk, which is thick, has all its space already."""
    first = await writing(pools, "vm1", 900, "vios1", "vios2", fresh=0.0)
    second = await writing(pools, "vm2", 900, fresh=0.0)
    unit(pools, "thick", 490, is_thin=False)
    for name in ("vm1", "vm2"):
        load(pools, name)
    assert_adds_up(pools)
    await pools.engine.step(HOUR_MS)
    assert pools.only(SharedStoragePool).free_space == 0
    assert taken(pools, first) + taken(pools, second) == Decimal(10)
    assert_adds_up(pools)
    for name, device in (("vm1", "dm-0"), ("vm2", "sda")):
        assert f"I/O error, dev {device}, sector" in pools.console(name)
        assert any("I/O error" in entry["line"] for entry in pools.redundancy(name)["log"])
    text = next(str(one) for one in thresholds.findings(pools.state) if one.message is say.TIER_FULL)
    assert "vm1, vm2" in text and "Tier SYSTEM" in text
    (tier,) = thresholds.report(pools.state)[0]["tiers"]
    assert (tier["refused"], tier["free"], tier["full_in"]) == (["vm1", "vm2"], 0.0, 0) and tier["growth"] > 1000
    said = pools.console("vm2").count("I/O error")
    await pools.engine.step(HOUR_MS)
    assert pools.console("vm2").count("I/O error") == said, "a kernel does not repeat itself each five minutes"
    refused = pools.refusal(request("create", LogicalUnit(parent=first.parent, name="no", capacity=Decimal(1))))
    assert refused is not None and refused.message is say.NO_SPACE


async def test_a_pool_that_gets_space_again_takes_writes_again(pools: Plant) -> None:
    disk = await writing(pools, "vm1", 900)
    thick = unit(pools, "thick", 495, is_thin=False)
    await pools.engine.step(HOUR_MS)
    uuid = pools.partition("vm1").uuid
    assert pools.state.get(GuestDisks, uuid).full
    pools.do(request("delete", thick))
    await pools.engine.step(STEP_MS)
    assert not pools.state.get(GuestDisks, uuid).full and taken(pools, disk) > 5
    assert not [one for one in thresholds.findings(pools.state) if one.message is say.TIER_FULL]
    assert_adds_up(pools)


async def test_a_deleted_disk_gives_back_what_it_took(pools: Plant) -> None:
    free = pools.only(SharedStoragePool).free_space
    disk = await writing(pools, "vm1", 50)
    await pools.engine.step(HOUR_MS)
    server = pools.partition("vios1")
    kept = [one for one in server.scsi_mappings if one.storage_udid != disk.udid]
    pools.update(server.evolve(scsi_mappings=kept), "ViosSCSIMapping")
    pools.do(request("delete", disk))
    assert pools.only(SharedStoragePool).free_space == free and not list(pools.state.all(UnitUse))


@pytest.mark.parametrize(
    ("lu_type", "takes"), [("VirtualIO_Disk", Decimal("0.109375")), ("VirtualIO_Image", Decimal(2))]
)
async def test_an_image_that_is_uploaded_takes_its_size(pools: Plant, lu_type: str, takes: Decimal) -> None:
    """100 MB and a byte are seven chunks of 16 MB; what is an image has its space from the start."""
    disk = unit(pools, "lu", 2, lu_type=lu_type)
    upload = _upload(pools, disk)
    pools.do(upload(100 * 1024**2 + 1))
    assert taken(pools, disk) == takes
    pools.do(upload(1))
    assert taken(pools, disk) == takes, "what was written stays written"
    assert_adds_up(pools)


async def test_an_image_for_which_there_is_no_space(pools: Plant) -> None:
    disk = unit(pools, "lu", 20)
    unit(pools, "thick", 490, is_thin=False)
    refused = pools.refusal(_upload(pools, disk)(11 * 1024**3))
    assert refused is not None and refused.message is say.NO_SPACE


def _upload(plant: Plant, disk: LogicalUnit) -> Callable[[int], ImportDiskImage]:
    return lambda size: ImportDiskImage(plant.partition("vios1").uuid, "file.raw", size, "", disk.udid)


async def test_a_thousand_partitions_are_one_look_at_the_paths(pools: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is worked out at once for all of them is done once for all of them."""
    for name in ("vm1", "vm2", "vm3"):
        await writing(pools, name, 10)
    looked: list[World] = []

    def counted(world: World) -> Paths:
        looked.append(world)
        return paths_of(world)

    monkeypatch.setattr(filling, "paths_of", counted)
    await pools.engine.step(STEP_MS)
    assert len(looked) == 1
