"""Snapshots of logical units, and what a rollback gives back to the pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from openlpar.messages import Failure, Message, general
from openlpar.ops.shared_storage.filling import write_image
from openlpar.ops.shared_storage.unit_snapshot import SnapshotTask, SnapshotUnit
from openlpar.ports.pool_space import taken_gb
from openlpar.ports.records import UnitSnapshot, UnitUse
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from tests.closing.gannet import Gannet, request
from tests.closing.samples import with_unit

GB = 1024**3


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    await made.engine.start()
    yield made
    await made.engine.stop()


def write(house: Gannet, unit: LogicalUnit, gb: int) -> None:
    """So much of it is written from now on."""
    with house.engine.alter() as change:
        write_image(change, house.only(SharedStoragePool), unit, gb * GB)


def free(house: Gannet) -> Decimal:
    pool: SharedStoragePool = house.only(SharedStoragePool)
    return pool.free_space


async def do(house: Gannet, unit: LogicalUnit, task: SnapshotTask, name: str) -> None:
    await house.engine.run(SnapshotUnit(unit.uuid, task, name))


async def refused(house: Gannet, unit: LogicalUnit, task: SnapshotTask, name: str, message: Message) -> None:
    with pytest.raises(Failure) as caught:
        await do(house, unit, task, name)
    assert caught.value.message is message


async def test_a_rollback_gives_back_what_was_written_since(house: Gannet) -> None:
    unit = with_unit(house, "lu", is_thin=True)
    empty = free(house)
    await do(house, unit, SnapshotTask.CREATE, "empty")
    write(house, unit, 1)
    house.engine.clock.step(1000)
    await do(house, unit, SnapshotTask.CREATE, "half")
    write(house, unit, 2)
    assert (free(house), taken_gb(house.state, unit)) == (empty - 2, Decimal(2))
    await do(house, unit, SnapshotTask.ROLLBACK, "half")
    assert (free(house), taken_gb(house.state, unit)) == (empty - 1, Decimal(1))
    await do(house, unit, SnapshotTask.ROLLBACK, "empty")
    assert (free(house), taken_gb(house.state, unit)) == (empty, Decimal(0))
    assert [one.name for one in house.state.all(UnitSnapshot)] == ["empty"]
    await refused(house, unit, SnapshotTask.ROLLBACK, "half", general.NOT_FOUND)
    await refused(house, unit, SnapshotTask.CREATE, "empty", general.NAME_TAKEN)
    await do(house, unit, SnapshotTask.REMOVE, "empty")
    assert not list(house.state.all(UnitSnapshot))


async def test_snapshots_go_with_their_unit(house: Gannet) -> None:
    unit = with_unit(house, "lu", is_thin=True)
    write(house, unit, 1)
    await do(house, unit, SnapshotTask.CREATE, "before")
    await house.engine.run(request("delete", unit))
    assert not list(house.state.all(UnitSnapshot)) and house.state.find(UnitUse, unit.uuid) is None


async def test_units_with_data_have_none(house: Gannet, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = with_unit(house, "lu", is_thin=True)
    monkeypatch.setattr(type(house.engine.edges.io_server), "takes_snapshots", False)
    await refused(house, unit, SnapshotTask.CREATE, "before", general.UNSUPPORTED)
