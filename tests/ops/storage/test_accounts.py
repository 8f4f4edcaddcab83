"""What is used and what is free add up to what there is, in pools and volume groups, whatever was done before."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from decimal import Decimal

import pytest

from openlpar.messages import Failure
from openlpar.ops.core import Operation
from openlpar.ops.shared_storage.accounts import units_of
from openlpar.ops.shared_storage.unit_move import MoveUnit
from openlpar.ports.pool_space import free_gb, taken_gb, used_gb
from openlpar.uom.shared_storage_pool import FailureGroup, LogicalUnit, LogicalUnitType, SharedStoragePool, Tier
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VirtualMediaRepository
from tests.ops.storage.conftest import DATAVG, POOL, TIER, Stored, request

STEPS = 80
_DISK_NAMES = ("hdisk4", "hdisk5", "hdisk6")


def assert_pool_adds_up(stored: Stored) -> None:
    """The pool, and each of its tiers."""
    pool, tiers = stored.pool(), list(stored.state.all(Tier, POOL))
    units = list(units_of(stored.state, pool))
    used = sum((taken_gb(stored.state, unit) for unit in units), Decimal(0))
    total = sum((unit.capacity for unit in units), Decimal(0))
    assert pool.free_space + used == pool.capacity == sum(tier.capacity for tier in tiers)
    for tier in tiers:
        assert free_gb(stored.state, tier, pool) + used_gb(stored.state, tier) == tier.capacity
        assert free_gb(stored.state, tier, pool) >= 0
    assert pool.total_lu_size == total
    assert pool.over_commit_space == max(Decimal(0), total - pool.capacity)
    groups = [group for tier in tiers for group in tier.failure_groups]
    disks = [disk.name for group in groups for disk in group.physical_volumes]
    assert sorted(disks) == sorted(disk.name for disk in pool.physical_volumes)
    assert len(disks) == len(set(disks))
    assert all(group.physical_volumes and len(tier.failure_groups) < 3 for tier in tiers for group in groups)
    assert sum(tier.is_default for tier in tiers) == 1


class PoolWalk:
    """Requests about the pool, as somebody without a plan sends them."""

    def __init__(self, stored: Stored, seed: int) -> None:
        self._stored = stored
        self._dice = random.Random(seed)
        self._made = 0

    def next(self) -> Operation:
        kinds: tuple[Callable[[], Operation], ...] = (
            self._create,
            self._create,
            self._clone,
            self._alter,
            self._delete,
            self._tier,
            self._mirror,
            self._move,
        )
        return self._dice.choice((*kinds, self._disks, self._several))()

    def _units(self) -> list[LogicalUnit]:
        return list(self._stored.state.all(LogicalUnit))

    def _a_tier(self) -> Tier:
        tiers: list[Tier] = list(self._stored.state.all(Tier, POOL))
        return self._dice.choice(tiers)

    def _a_group(self, name: str) -> FailureGroup:
        return FailureGroup(name=name, physical_volumes=[PhysicalVolume(name=self._dice.choice(_DISK_NAMES))])

    def _tier(self) -> Operation:
        """Makes, removes or prefers one."""
        chosen = self._a_tier()
        if self._dice.random() < 0.3:
            return request("update", chosen.evolve(is_default=True))
        if self._dice.random() < 0.4:
            return request("delete", chosen)
        self._made += 1
        return request("create", Tier(parent=POOL, name=f"tier{self._made}", failure_groups=[self._a_group("one")]))

    def _mirror(self) -> Operation:
        """A second failure group comes, or goes again, or either of them."""
        chosen = self._a_tier()
        groups = list(chosen.failure_groups)
        if len(groups) > 1:
            groups.remove(self._dice.choice(groups))
        else:
            groups.append(self._a_group("copy"))
        return request("update", chosen.evolve(failure_groups=groups))

    def _move(self) -> Operation:
        units = self._units()
        return MoveUnit(self._dice.choice(units).uuid, self._a_tier().uuid) if units else self._create()

    def _size(self) -> Decimal:
        return self._dice.choice(
            (Decimal("0.001"), Decimal("0.5"), Decimal(1), Decimal(7), Decimal("33.3"), Decimal(60))
        )

    def _new(self, **more: object) -> LogicalUnit:
        self._made += 1
        kind = self._dice.choice((LogicalUnitType.DISK, LogicalUnitType.DISK, LogicalUnitType.IMAGE)).value
        wish = {"is_thin": self._dice.random() < 0.5, "lu_type": kind, "capacity": self._size(), **more}
        return LogicalUnit(name=f"lu{self._made}", **wish)

    def _create(self) -> Operation:
        return request("create", self._new().evolve(parent=self._a_tier().uuid))

    def _clone(self) -> Operation:
        images = [unit for unit in self._units() if unit.lu_type == LogicalUnitType.IMAGE]
        if not images:
            return self._create()
        source = self._dice.choice(images)
        wish = self._new(is_thin=True, lu_type=LogicalUnitType.DISK.value, cloned_from_udid=source.udid)
        return request(
            "create", wish.evolve(capacity=self._dice.choice((Decimal(0), self._size())), parent=source.parent)
        )

    def _alter(self) -> Operation:
        units = self._units()
        if not units:
            return self._create()
        unit = self._dice.choice(units)
        return request("update", unit.evolve(capacity=unit.capacity + self._size()))

    def _delete(self) -> Operation:
        units = self._units()
        return request("delete", self._dice.choice(units)) if units else self._create()

    def _disks(self) -> Operation:
        """Adds, removes or replaces disks."""
        pool: SharedStoragePool = self._stored.state.get(SharedStoragePool, POOL)
        named = {disk.name for disk in pool.physical_volumes} ^ set(self._dice.sample(_DISK_NAMES, 2))
        kept = [disk for disk in pool.physical_volumes if disk.name in named]
        new = [PhysicalVolume(name=name) for name in sorted(named - {disk.name for disk in kept})]
        return request("update", pool.evolve(physical_volumes=(*kept, *new), logical_units=None))

    def _several(self) -> Operation:
        """In one change of the pool: some units go, some come."""
        pool = self._stored.pool()
        left = [unit for unit in pool.logical_units if self._dice.random() < 0.8]
        return request("update", pool.evolve(logical_units=(*left, self._new(), self._new())))


@pytest.mark.parametrize("seed", range(6))
async def test_used_and_free_space_of_a_pool_add_up(stored: Stored, seed: int) -> None:
    walk, done = PoolWalk(stored, seed), 0
    for _ in range(STEPS):
        operation = walk.next()
        with contextlib.suppress(Failure):
            await stored.run(operation)
            done += 1
        assert_pool_adds_up(stored)
    assert done > STEPS // 4, "most of it was refused: nothing was tried"


async def test_a_clone_that_is_made_and_deleted_changes_nothing(stored: Stored) -> None:
    await stored.run(
        request("create", LogicalUnit(name="image", capacity=Decimal(5), lu_type="VirtualIO_Image", parent=TIER))
    )
    before = stored.pool()
    wish = LogicalUnit(name="clone", capacity=Decimal(0), cloned_from_udid=stored.unit("image").udid, parent=TIER)
    await stored.run(request("create", wish))
    await stored.run(request("delete", stored.unit("clone")))
    assert stored.pool() == before


@pytest.mark.parametrize("seed", range(4))
async def test_used_and_free_space_of_a_volume_group_add_up(stored: Stored, seed: int) -> None:
    dice, done = random.Random(seed), 0
    capacity, free = stored.group(DATAVG).capacity, stored.group(DATAVG).free_space
    base = free + _used(stored)
    for number in range(STEPS // 2):
        group = stored.group(DATAVG)
        disks = [disk for disk in group.virtual_disks if dice.random() < 0.85]
        if disks and dice.random() < 0.5:
            place = dice.randrange(len(disks))
            disks[place] = disks[place].evolve(
                capacity=disks[place].capacity + dice.choice((Decimal("0.1"), Decimal(9)))
            )
        if dice.random() < 0.6:
            size = dice.choice((Decimal("0.01"), Decimal("2.5"), Decimal(20)))
            disks.append(VirtualDisk(name=f"disk{number}", capacity=size))
        media = dice.choice(((), (VirtualMediaRepository(name="VMLibrary", size=Decimal(dice.randint(1, 4))),)))
        wish = group.evolve(virtual_disks=disks, **({"vmedia_repos": media} if dice.random() < 0.3 else {}))
        with contextlib.suppress(Failure):
            await stored.run(request("update", wish))
            done += 1
        after = stored.group(DATAVG)
        assert after.capacity == capacity and after.free_space == after.available_size >= 0
        assert after.free_space + _used(stored) == base
    assert done > STEPS // 8


def _used(stored: Stored) -> Decimal:
    group = stored.group(DATAVG)
    disks = sum((disk.capacity for disk in group.virtual_disks), Decimal(0))
    return disks + sum((repository.size for repository in group.vmedia_repos), Decimal(0))
