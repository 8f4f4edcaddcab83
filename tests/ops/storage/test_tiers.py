"""Tiers and failure groups of a shared storage pool, and logical units that move between them. The pool has hdisk3."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import Message, general
from openlpar.messages import storage as say
from openlpar.ops.shared_storage.tier_plan import MOST_TIERS
from openlpar.ops.shared_storage.unit_move import MoveUnit
from openlpar.ops.views import shown
from openlpar.ports.pool_space import free_gb
from openlpar.uom.shared_storage_pool import FailureGroup, LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume
from tests.ops.storage.conftest import CLUSTER_ID, POOL, TIER, VIOS1, VIOS2, Stored, request

IMAGE = "VirtualIO_Image"
OTHER_POOL = "aaaaaaaa-0000-4000-8000-00000000000a"


def group(name: str, *disks: str) -> FailureGroup:
    return FailureGroup(name=name, physical_volumes=[PhysicalVolume(name=disk) for disk in disks])


async def made(stored: Stored, name: str, *groups: FailureGroup) -> Tier:
    await stored.run(request("create", Tier(parent=POOL, name=name, failure_groups=groups)))
    found: Tier = next(stored.state.where(Tier, name=name))
    return found


async def unit(stored: Stored, name: str, gb: int, tier: str = TIER, **fields: Any) -> LogicalUnit:
    await stored.run(request("create", LogicalUnit(parent=tier, name=name, capacity=Decimal(gb), **fields)))
    return stored.unit(name)


def first(stored: Stored) -> Tier:
    tier: Tier = stored.state.get(Tier, TIER)
    return tier


def free(stored: Stored, tier: Tier) -> Decimal:
    return free_gb(stored.state, stored.state.get(Tier, tier.uuid), stored.pool())


async def test_a_tier_brings_its_disks_into_the_pool(stored: Stored) -> None:
    fast = await made(stored, "FAST", group("", "hdisk4", "hdisk5"))
    assert (fast.tier_type, fast.is_default, fast.mirror_state) == ("UserTier", False, "NotMirrored")
    assert fast.udid.startswith(f"25{CLUSTER_ID}") and fast.failure_groups[0].udid.startswith(f"26{CLUSTER_ID}")
    assert (fast.failure_groups[0].name, fast.failure_groups[0].capacity) == ("Default", Decimal("99.875"))
    assert (str(fast.capacity), fast.ssp_uri) == ("99.75", f"SharedStoragePool/{POOL}")
    pool = stored.pool()
    assert (pool.capacity, pool.free_space) == (Decimal("149.625"), Decimal("149.625"))
    assert [disk.name for disk in pool.physical_volumes] == ["hdisk3", "hdisk4", "hdisk5"]
    assert pool.multi_data_tier_configured
    seen = shown(stored.state, stored.state.get(VirtualIOServer, VIOS2))
    assert [disk.name for disk in seen.phys_vols if disk.avail_for_use and disk.is_fc_backed] == ["hdisk16", "hdisk17"]


async def test_a_removed_tier_gives_its_disks_back(stored: Stored) -> None:
    before = stored.pool()
    fast = await made(stored, "FAST", group("", "hdisk4"))
    lu = await unit(stored, "lu", 1, fast.uuid)
    assert "1 logical units" in await stored.refused(request("delete", fast), say.TIER_NEEDED)
    await stored.run(request("delete", lu))
    await stored.run(request("update", fast.evolve(is_default=True)))
    assert [tier.name for tier in stored.state.all(Tier) if tier.is_default] == ["FAST"]
    assert "default tier" in await stored.refused(request("delete", fast), say.TIER_NEEDED)
    await stored.run(request("update", first(stored).evolve(is_default=True)))
    await stored.run(request("delete", fast))
    after = stored.pool()
    assert not after.multi_data_tier_configured
    assert after.evolve(multi_data_tier_configured=None) == before
    system = first(stored).evolve(tier_type="UnrestrictedSystemTier")
    with stored.engine.alter() as change:
        change.put(system)
    assert "own data" in await stored.refused(request("delete", system), say.TIER_NEEDED)


async def test_each_tier_has_room_of_its_own(stored: Stored) -> None:
    fast = await made(stored, "FAST", group("", "hdisk4"))
    await unit(stored, "thick", 40, fast.uuid, is_thin=False)
    assert (free(stored, fast), free(stored, first(stored))) == (Decimal("9.875"), Decimal("49.875"))
    wish = LogicalUnit(parent=fast.uuid, name="more", capacity=Decimal(10), is_thin=False)
    assert "Tier FAST" in await stored.refused(request("create", wish), say.NO_SPACE)
    await stored.run(request("create", wish.evolve(parent=TIER)))
    grown = stored.unit("thick").evolve(capacity=Decimal(50))
    wishes = tuple(grown if one.name == "thick" else one for one in stored.pool().logical_units)
    await stored.refused(request("update", stored.pool().evolve(logical_units=wishes)), say.NO_SPACE)


async def test_a_second_failure_group_is_a_copy(stored: Stored) -> None:
    """The tier is as large as the smaller of both."""
    tier = first(stored)
    await stored.run(request("update", tier.evolve(failure_groups=[*tier.failure_groups, group("copy", "hdisk4")])))
    both = first(stored)
    assert (both.mirror_state, both.capacity) == ("Synced", Decimal("49.875"))
    assert (stored.pool().capacity, stored.pool().multi_failure_group_configured) == (Decimal("49.875"), True)
    large = both.failure_groups[1].evolve(
        name="NYC", physical_volumes=[PhysicalVolume(name="hdisk4"), PhysicalVolume(name="hdisk5")]
    )
    await stored.run(request("update", both.evolve(failure_groups=[both.failure_groups[0], large])))
    assert [(one.name, str(one.capacity)) for one in first(stored).failure_groups] == [
        ("Default", "49.9375"),
        ("NYC", "99.875"),
    ]
    assert first(stored).capacity == Decimal("49.875")
    await stored.run(request("update", first(stored).evolve(failure_groups=first(stored).failure_groups[1:])))
    alone = first(stored)
    assert (alone.mirror_state, alone.capacity, stored.pool().capacity) == (
        "NotMirrored",
        Decimal("99.75"),
        Decimal("99.75"),
    )
    assert [disk.name for disk in stored.pool().physical_volumes] == ["hdisk4", "hdisk5"]


async def test_a_copy_that_is_too_small_is_refused(stored: Stored) -> None:
    with stored.engine.alter() as change:
        for disk in change.all(PhysicalVolume):
            if disk.name in ("hdisk4", "hdisk14"):
                change.put(disk.evolve(capacity=20480))
    await unit(stored, "thick", 30, is_thin=False)
    tier = first(stored)
    small = tier.evolve(failure_groups=[*tier.failure_groups, group("copy", "hdisk4")])
    assert "has 19.875 GB free, but removing disks needs 30" in await stored.refused(
        request("update", small), say.NO_SPACE
    )


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ((), say.GROUP_COUNT),
        ((group("a", "hdisk4"), group("b", "hdisk5"), group("c", "hdisk6")), say.GROUP_COUNT),
        ((group("a", "hdisk4"), group("a", "hdisk5")), general.NAME_TAKEN),
        ((group("a", "hdisk4"), group("b", "hdisk4")), say.VOLUME_TAKEN),
        ((group("a", "hdisk3"),), say.VOLUME_TAKEN),
        ((group("a", "hdisk99"),), say.NO_SUCH_VOLUME),
        ((group("a/b", "hdisk4"),), say.BAD_NAME),
        ((group("a"),), say.LAST_VOLUME),
        ((group("a", "hdisk4").evolve(udid="26x"),), say.CHOSEN_BY_VIOS),
    ],
)
async def test_tiers_that_cannot_be(stored: Stored, groups: tuple[FailureGroup, ...], message: Message) -> None:
    await stored.refused(request("create", Tier(parent=POOL, name="FAST", failure_groups=groups)), message)


async def test_other_tiers_that_cannot_be(stored: Stored) -> None:
    wish = Tier(parent=POOL, name="FAST", failure_groups=[group("a", "hdisk4")])
    await stored.refused(request("create", wish.evolve(name="SYSTEM")), general.NAME_TAKEN)
    await stored.refused(request("create", wish.evolve(tier_type="UnrestrictedSystemTier")), general.BAD_VALUE)
    with stored.engine.alter() as change:
        change.remove(next(one for one in change.all(PhysicalVolume, VIOS2) if one.name == "hdisk14"))
    await stored.refused(request("create", wish), say.NODE_LACKS_DISK)
    with stored.engine.alter() as change:
        for number in range(MOST_TIERS - 1):
            change.put(Tier(uuid=f"t{number}", parent=POOL, name=f"t{number}"))
    await stored.refused(request("create", wish), say.TIER_COUNT)


async def test_a_pool_without_a_node_here_keeps_its_tiers(stored: Stored) -> None:
    with stored.engine.alter() as change:
        change.put(SharedStoragePool(uuid=OTHER_POOL, name="far", capacity=Decimal(1), free_space=Decimal(1)))
    wish = Tier(parent=OTHER_POOL, name="FAST", failure_groups=[group("a", "hdisk4")])
    await stored.refused(request("create", wish), say.NO_NODE_HERE)


async def test_disks_leave_the_failure_group_they_are_in(stored: Stored) -> None:
    """Through the pool, as clients that know no tiers do it."""
    fast = await made(stored, "FAST", group("", "hdisk4", "hdisk5"))
    pool = stored.pool()
    await stored.run(request("update", pool.evolve(physical_volumes=pool.physical_volumes[:2])))
    assert [disk.name for disk in stored.state.get(Tier, fast.uuid).failure_groups[0].physical_volumes] == ["hdisk4"]
    assert first(stored).capacity == Decimal("49.875") == stored.state.get(Tier, fast.uuid).capacity
    one = stored.pool().evolve(physical_volumes=pool.physical_volumes[:1])
    assert "tier FAST" in await stored.refused(request("update", one), say.LAST_VOLUME)


async def test_a_logical_unit_moves_while_it_is_used(stored: Stored) -> None:
    fast = await made(stored, "FAST", group("", "hdisk4"))
    lu = await unit(stored, "lu", 30, is_thin=False)
    await stored.map("logical_unit", lu)
    before = stored.pool()
    await stored.run(MoveUnit(lu.uuid, fast.uuid))
    assert stored.unit("lu").evolve(parent=TIER) == lu
    assert stored.unit("lu").parent == fast.uuid
    assert (free(stored, fast), free(stored, first(stored))) == (Decimal("19.875"), Decimal("49.875"))
    assert stored.pool() == before
    large = await unit(stored, "large", 40, is_thin=False)
    await stored.refused(MoveUnit(large.uuid, fast.uuid), say.NO_SPACE)
    await stored.run(MoveUnit(large.uuid, TIER))


async def test_an_image_takes_its_clones_along(stored: Stored) -> None:
    fast = await made(stored, "FAST", group("", "hdisk4"))
    image = await unit(stored, "image", 10, lu_type=IMAGE)
    clone = await unit(stored, "clone", 10, cloned_from_udid=image.udid)
    text = await stored.refused(MoveUnit(clone.uuid, fast.uuid), say.CLONE_STAYS)
    assert "it is a clone of image" in text
    await stored.run(MoveUnit(image.uuid, fast.uuid))
    assert {one.name for one in stored.state.all(LogicalUnit, fast.uuid)} == {"image", "clone"}
    other = Tier(uuid="t9", parent=OTHER_POOL, name="elsewhere")
    with stored.engine.alter() as change:
        change.put(SharedStoragePool(uuid=OTHER_POOL, name="far"))
        change.put(other)
    await stored.refused(MoveUnit(image.uuid, other.uuid), general.NOT_FOUND)


async def test_nothing_changes_while_the_nodes_are_down(stored: Stored) -> None:
    with stored.engine.alter() as change:
        for uuid in (VIOS1, VIOS2):
            change.put(change.get(VirtualIOServer, uuid).evolve(state="not activated"))
    await stored.refused(request("update", first(stored).evolve(name="x")), say.NOT_SERVING)
    await stored.refused(request("delete", first(stored)), say.NOT_SERVING)
