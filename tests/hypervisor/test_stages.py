"""Stages of simulated partitions: each has its moment, and those of one moment are one change."""

from __future__ import annotations

from pathlib import Path

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.hypervisor.sim.behaviour import Stage, at_once, shipped
from openlpar.ops.core import partition_of
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ports.records import Console, EventRecord
from openlpar.uom.partition import PartitionState
from tests.ops.small_system import open_system, wished

LATER_MS = 600_000


def test_what_a_stage_only_tells_goes_with_the_one_before() -> None:
    stages = (
        Stage(0, state="starting", ref_code="A", console="a"),
        Stage(1, jitter=0.5, ref_code="B"),
        Stage(1, console="c"),
        Stage(2, state="running", ref_code="", booted=True),
        Stage(1, ref_code="D"),
        Stage(60, rmc="active"),
    )
    assert list(at_once(stages)) == [
        Stage(0, state="starting", ref_code="B", console="ac"),
        Stage(2, state="running", ref_code="", booted=True),
        Stage(1, ref_code="D"),  # a guest that is up has its prompt below what was written before
        Stage(60, rmc="active"),
    ]


async def _powered_on(path: Path, clock: str) -> tuple[Engine, str, list[EventRecord]]:
    engine, jobs = open_system(path, clock=clock)
    await engine.start()
    created = await engine.run(CreatePartition(wished("vm1")), NOBODY)
    assert created.subject is not None
    uuid = created.subject[1]
    position = engine.events._published
    await jobs.submit("LogicalPartition", uuid, "PowerOn", {}, NOBODY)
    await engine.step(LATER_MS)
    told = [event for event in engine.events.since(position) or () if uuid in event.data]
    return engine, uuid, told


@pytest.mark.parametrize(("clock", "changes"), [("immediate", 2), ("stepped", 10)])
async def test_a_boot_is_as_many_changes_as_it_has_moments(tmp_path: Path, clock: str, changes: int) -> None:
    engine, uuid, told = await _powered_on(tmp_path, clock)
    partition = partition_of(engine.state, uuid)
    assert partition is not None
    assert (partition.state, partition.rmc_state) == (PartitionState.RUNNING, "active")
    assert len(told) == changes
    shown = engine.state.get(Console, uuid).text
    texts = [stage.console for name in ("firmware", "linux") for stage in shipped().stages[name] if stage.console]
    assert [shown.find(text) for text in texts] == sorted(shown.find(text) for text in texts)
    assert all(text in shown for text in texts)
    await engine.stop()
