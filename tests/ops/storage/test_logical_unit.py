"""Logical units, pools and tiers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.views import shown
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume
from tests.ops.storage.conftest import CLUSTER_ID, POOL, TIER, VIOS1, VIOS2, Stored, request

IMAGE = "VirtualIO_Image"


def unit(name: str, gb: str = "1.000000", **fields: Any) -> LogicalUnit:
    return LogicalUnit(parent=TIER, name=name, capacity=Decimal(gb), **fields)


async def created(stored: Stored, wish: LogicalUnit) -> LogicalUnit:
    operation = request("create", wish)
    await stored.run(operation)
    assert operation.subject is not None
    found: LogicalUnit = stored.state.get(LogicalUnit, operation.subject[1])
    return found


async def test_a_unit_is_a_thin_disk_unless_asked_otherwise(stored: Stored) -> None:
    made = await created(stored, unit("vdisk_vm1", "20.000000"))
    assert made.udid.startswith(f"27{CLUSTER_ID}")
    assert len(made.udid) == 66 and int(made.udid[2:], 16)
    assert (str(made.capacity), made.is_thin, made.lu_type, made.in_use) == ("20", True, "VirtualIO_Disk", False)
    pool = stored.pool()
    assert (pool.free_space, pool.total_lu_size, pool.over_commit_space) == (Decimal("49.875"), Decimal(20), Decimal(0))
    assert [(shown.uuid, shown.parent, shown.name) for shown in pool.logical_units] == [("", None, "vdisk_vm1")]


async def test_thin_units_promise_more_than_there_is(stored: Stored) -> None:
    await created(stored, unit("a", "30"))
    await created(stored, unit("b", "40"))
    assert (stored.pool().total_lu_size, stored.pool().over_commit_space) == (Decimal(70), Decimal("20.125"))
    await created(stored, unit("c", "49.875", is_thin=False))
    assert stored.pool().free_space == 0
    text = await stored.refused(request("create", unit("d")), say.NO_SPACE)
    assert "Tier SYSTEM of shared storage pool pool1 has 0 GB free" in text
    await stored.run(request("delete", stored.unit("c")))
    assert stored.pool().free_space == Decimal("49.875")


async def test_a_thin_unit_is_no_larger_than_a_unit_can_be(stored: Stored) -> None:
    """It may be larger than its pool, which is then over-committed."""
    for size in ("4096.001", "99999999"):
        await stored.refused(request("create", unit("huge", size)), say.UNIT_TOO_LARGE)
    made = await created(stored, unit("huge", "4096"))
    assert stored.pool().over_commit_space == Decimal(4096) - stored.pool().capacity
    await stored.refused(request("update", made.evolve(capacity=Decimal(4097))), say.UNIT_TOO_LARGE)


async def test_thick_units_must_fit(stored: Stored) -> None:
    text = await stored.refused(request("create", unit("big", "50", is_thin=False)), say.NO_SPACE)
    assert "has 49.875 GB free, but logical unit big needs 50 GB" in text


async def test_a_clone_depends_on_its_image(stored: Stored) -> None:
    image = await created(stored, unit("image", "5", lu_type=IMAGE))
    assert image.udid.startswith("29")
    assert stored.pool().free_space == Decimal("44.875"), "images are made to be filled"
    clone = await created(stored, unit("boot", "0", cloned_from_udid="27" + image.udid[2:]))
    assert (clone.cloned_from_udid, clone.capacity) == (image.udid, Decimal(5))
    larger = await created(stored, unit("boot2", "8", cloned_from_udid=image.udid))
    assert larger.capacity == 8
    text = await stored.refused(request("delete", image), say.HAS_CLONES)
    assert "Image image has 2 clones and cannot be deleted: boot, boot2" in text
    await stored.run(request("delete", clone))
    await stored.run(request("delete", larger))
    await stored.run(request("delete", image))
    assert stored.pool().free_space == Decimal("49.875")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (unit("present"), general.NAME_TAKEN),
        (unit("a b"), say.BAD_NAME),
        (unit("a" * 128), say.BAD_NAME),
        (unit("zero", "0"), general.BAD_VALUE),
        (unit("boundless", "524289"), general.BAD_VALUE),
        (unit("odd", lu_type="VirtualIO_Tape"), general.BAD_VALUE),
        (unit("orphan", cloned_from_udid="29" + "0" * 64), say.NOT_AN_IMAGE),
        (unit("lost").evolve(parent="nowhere"), general.NOT_FOUND),
    ],
)
async def test_bad_units_are_refused(stored: Stored, wish: LogicalUnit, message: Any) -> None:
    await created(stored, unit("present"))
    await stored.refused(request("create", wish), message)


async def test_bad_clones_are_refused(stored: Stored) -> None:
    disk = await created(stored, unit("disk"))
    image = await created(stored, unit("image", lu_type=IMAGE))
    await stored.refused(request("create", unit("c", cloned_from_udid=disk.udid)), say.NOT_AN_IMAGE)
    thick = unit("c", cloned_from_udid=image.udid, is_thin=False)
    await stored.refused(request("create", thick), say.THICK_CLONE)


async def test_a_mapped_unit_is_in_use(stored: Stored) -> None:
    made = await created(stored, unit("boot"))
    mapping = await stored.map("logical_unit", made, VIOS2)
    assert shown(stored.state, made).in_use
    assert stored.pool().logical_units[0].in_use
    text = await stored.refused(request("delete", made), say.MAPPED)
    assert "Logical unit boot is mapped to partition vm1 (vhost0 of vios2) and cannot be deleted" in text
    upload = ImportDiskImage(VIOS1, "image", 1, "upload", made.udid)
    await stored.refused(upload, say.MAPPED)
    grown = made.evolve(name="boot_disk", capacity=Decimal(2), in_use=True)
    await stored.run(request("update", grown, strict=True))
    now = stored.state.get(type(mapping), mapping.uuid).backing_storage.logical_unit
    assert (now.name, now.capacity) == ("boot_disk", 2)
    assert stored.pool().total_lu_size == 2
    with stored.engine.alter() as change:
        change.remove(mapping)
    assert not shown(stored.state, stored.unit("boot_disk")).in_use
    await stored.run(upload)
    await stored.run(request("delete", made))
    assert stored.pool().total_lu_size == 0


async def test_a_unit_that_another_system_uses_is_kept(stored: Stored) -> None:
    made = await created(stored, unit("boot"))
    with stored.engine.alter() as change:
        change.put(made.evolve(in_use=True))
    await stored.refused(request("delete", made), say.IN_USE_ELSEWHERE)


async def test_a_unit_does_not_grow_beyond_all_bounds(stored: Stored) -> None:
    made = await created(stored, unit("a", "2"))
    text = await stored.refused(request("update", made.evolve(capacity=Decimal("1e12"))), general.BAD_VALUE)
    assert "UnitCapacity of logical unit a cannot be 1000000000000: no disk can be so large." in text


async def test_what_is_fixed_of_a_unit(stored: Stored) -> None:
    made = await created(stored, unit("boot", "2", is_thin=False))
    await created(stored, unit("other"))
    await stored.refused(request("update", made.evolve(is_thin=True)), say.FIXED)
    await stored.refused(request("update", made.evolve(lu_type=IMAGE)), say.FIXED)
    await stored.refused(request("update", made.evolve(capacity=Decimal(1))), say.CANNOT_SHRINK)
    await stored.refused(request("update", made.evolve(capacity=Decimal(60))), say.NO_SPACE)
    await stored.refused(request("update", made.evolve(name="other")), general.NAME_TAKEN)
    await stored.refused(request("update", made.evolve(udid="27" + "0" * 64), strict=True), general.READ_ONLY)
    before = stored.pool()
    await stored.run(request("update", made))
    assert stored.pool() == before


async def test_a_pool_takes_units_in_and_lets_them_go(stored: Stored) -> None:
    image = await created(stored, unit("image", lu_type=IMAGE))
    await created(stored, unit("boot", cloned_from_udid=image.udid))
    pool = stored.pool()
    new = LogicalUnit(name="data", capacity=Decimal(3))
    await stored.run(request("update", pool.evolve(logical_units=[*pool.logical_units, new])))
    assert stored.unit("data").parent == TIER
    assert stored.pool().total_lu_size == 5
    await stored.refused(
        request("update", pool.evolve(logical_units=[u for u in stored.pool().logical_units if u.name != "image"])),
        say.HAS_CLONES,
    )
    kept = [u for u in stored.pool().logical_units if u.name == "data"]
    await stored.run(request("update", pool.evolve(logical_units=kept)))
    assert [u.name for u in stored.pool().logical_units] == ["data"]
    assert (stored.pool().total_lu_size, stored.pool().free_space) == (Decimal(3), Decimal("49.875"))


async def test_a_pool_refuses_units_that_do_not_go_together(stored: Stored) -> None:
    thick = [LogicalUnit(name=name, capacity=Decimal(30), is_thin=False) for name in ("a", "b")]
    await stored.refused(request("update", stored.pool().evolve(logical_units=thick)), say.NO_SPACE)
    twice = [LogicalUnit(name="a", capacity=Decimal(1)) for _ in range(2)]
    await stored.refused(request("update", stored.pool().evolve(logical_units=twice)), general.NAME_TAKEN)
    unknown = [LogicalUnit(name="a", udid="27" + "0" * 64, capacity=Decimal(1))]
    await stored.refused(request("update", stored.pool().evolve(logical_units=unknown)), say.CHOSEN_BY_VIOS)


async def test_disks_join_and_leave_a_pool(stored: Stored) -> None:
    pool = stored.pool()
    both = [*pool.physical_volumes, PhysicalVolume(name="hdisk4")]
    await stored.run(request("update", pool.evolve(physical_volumes=both)))
    assert (stored.pool().capacity, stored.pool().free_space) == (Decimal("99.75"), Decimal("99.75"))
    tier = stored.state.get(Tier, TIER)
    assert (tier.capacity, tier.failure_groups[0].capacity) == (Decimal("99.75"), Decimal("99.875"))
    assert [v.name for v in tier.failure_groups[0].physical_volumes] == ["hdisk3", "hdisk4"]
    await created(stored, unit("thick", "60", is_thin=False))
    one = stored.pool().evolve(physical_volumes=pool.physical_volumes)
    await stored.refused(request("update", one), say.NO_SPACE)
    await stored.run(request("delete", stored.unit("thick")))
    await stored.run(request("update", one.evolve(logical_units=())))
    assert stored.pool() == pool
    assert stored.state.get(Tier, TIER).capacity == Decimal("49.875")
    await stored.refused(request("update", pool.evolve(physical_volumes=())), say.LAST_VOLUME)
    taken = pool.evolve(physical_volumes=[*pool.physical_volumes, PhysicalVolume(name="hdisk1")])
    await stored.refused(request("update", taken), say.VOLUME_TAKEN)
    with stored.engine.alter() as change:
        change.remove(next(v for v in change.all(PhysicalVolume, VIOS2) if v.name == "hdisk14"))
    await stored.refused(request("update", pool.evolve(physical_volumes=both)), say.NODE_LACKS_DISK)


async def test_pools_and_tiers_are_renamed(stored: Stored) -> None:
    changed = stored.pool().evolve(name="pool2", alert_threshold=Decimal(10))
    await stored.run(request("update", changed))
    assert (stored.pool().name, stored.pool().alert_threshold) == ("pool2", Decimal(10))
    await stored.refused(request("update", changed.evolve(name="a/b")), say.BAD_NAME)
    await stored.refused(request("update", changed.evolve(alert_threshold=Decimal(0))), general.BAD_VALUE)
    tier = stored.state.get(Tier, TIER)
    await stored.run(request("update", tier.evolve(name="FAST")))
    assert stored.state.get(Tier, TIER).name == "FAST"
    await stored.refused(request("update", tier.evolve(is_default=False)), say.FIXED)
    with stored.engine.alter() as change:
        change.put(Tier(uuid="t2", parent=POOL, name="SLOW", capacity=Decimal(1)))
    await stored.refused(request("update", tier.evolve(name="SLOW")), general.NAME_TAKEN)
    text = await stored.refused(
        request("create", LogicalUnit(parent="t2", name="x", capacity=Decimal(2), is_thin=False)), say.NO_SPACE
    )
    assert "Tier SLOW of shared storage pool pool2 has 1 GB free" in text


async def test_a_pool_needs_a_node_that_serves(stored: Stored) -> None:
    for vios in (VIOS1, VIOS2):
        await created(stored, unit(f"before_{vios[0]}"))
        with stored.engine.alter() as change:
            change.put(change.get(VirtualIOServer, vios).evolve(state="not activated"))
    await stored.refused(request("create", unit("after")), say.NOT_SERVING)
