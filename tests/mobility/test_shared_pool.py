"""The account of a pool that two systems share: what one hears of with a partition, it counts, and it adds up on both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openlpar.ports.pool_space import taken_gb
from openlpar.ports.records import UnitUse
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from tests.closing.gannet import request
from tests.mobility.pair import Pair, Side
from tests.mobility.test_saga import TO_GANNET, TO_OSPREY, moved

_WRITTEN_GB = 2


def _pool(side: Side) -> SharedStoragePool:
    (pool,) = side.state.all(SharedStoragePool)
    return pool  # type: ignore[no-any-return]


def _unit(side: Side) -> LogicalUnit:
    return next(iter(side.state.where(LogicalUnit, name="lu_vm1")))  # type: ignore[no-any-return]


def _adds_up(side: Side, capacity: Decimal) -> bool:
    pool, units = _pool(side), list(side.state.all(LogicalUnit))
    used = sum((taken_gb(side.state, unit) for unit in units), Decimal(0))
    assert pool.total_lu_size == sum((unit.capacity for unit in units), Decimal(0))
    return pool.free_space + used == capacity == pool.capacity


async def test_what_comes_with_a_partition_is_taken_off_the_pool(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    capacity = _pool(there).capacity
    await here.loaded("vm1")
    with here.core.engine.alter() as change:
        change.put(UnitUse(uuid=_unit(here).uuid, written_kb=_WRITTEN_GB * 1024**2))
        change.put(_pool(here).evolve(free_space=_pool(here).free_space - _WRITTEN_GB))
    assert _adds_up(here, capacity) and _adds_up(there, capacity)
    assert _pool(there).free_space == capacity

    await moved(here, "vm1", **TO_OSPREY)
    await pair.quiet()
    assert _pool(there).free_space == capacity - _WRITTEN_GB == _pool(here).free_space
    assert _adds_up(here, capacity) and _adds_up(there, capacity)


async def test_what_it_became_there_is_known_when_it_returns(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    capacity = _pool(here).capacity
    await here.loaded("vm1")
    await moved(here, "vm1", **TO_OSPREY)
    await pair.quiet()
    there.do(request("update", _unit(there).evolve(capacity=Decimal(9))))
    with there.core.engine.alter() as change:
        change.put(UnitUse(uuid=_unit(there).uuid, written_kb=_WRITTEN_GB * 1024**2))
        change.put(_pool(there).evolve(free_space=_pool(there).free_space - _WRITTEN_GB))
    await moved(there, "vm1", **TO_GANNET)
    await pair.quiet()
    assert _unit(here).capacity == 9
    assert _pool(here).free_space == capacity - _WRITTEN_GB
    assert _adds_up(here, capacity) and _adds_up(there, capacity)


async def test_one_that_does_not_come_leaves_the_account_as_it_was(pair: Pair) -> None:
    """It is stopped when its place is there; so often that any loss would show."""
    here, there = pair.gannet, pair.osprey
    await here.loaded("vm1")
    with here.core.engine.alter() as change:
        change.put(UnitUse(uuid=_unit(here).uuid, written_kb=_WRITTEN_GB * 1024**2))
    before, ask = _pool(there), here.link.ask
    seen: list[Decimal] = []

    async def slow(system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await ask(system, question, values)
        if question == "prepare":
            seen.append(_pool(there).free_space)
            await here.job("vm1", "MigrateAbort")
        return answer

    here.link.ask = slow
    for _ in range(3):
        await here.job("vm1", "Migrate", **TO_OSPREY)
        await pair.quiet()
        assert _pool(there) == before
    assert seen == [before.free_space - _WRITTEN_GB] * 3
    assert not there.state.count(LogicalUnit) and not there.state.count(UnitUse)
