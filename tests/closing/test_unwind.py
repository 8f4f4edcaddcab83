"""Every operation is taken back as a whole, whichever of its steps fails, and when its change cannot be written."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar import ops
from openlpar.engine.engine import NOBODY
from openlpar.messages import Failure, general
from openlpar.ops.core import AlwaysRefused, Operation
from openlpar.ports.records import Fault, Job
from tests.closing.every_sample import ALWAYS_REFUSED, ONCE, READ_ONLY, SAMPLES
from tests.closing.gannet import LONG_MS, Gannet

ops.load()
MOST_STEPS = 30
PLACE = "tests/closing/samples.py"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    await made.engine.start()
    yield made
    await made.engine.stop()


def test_every_operation_has_a_sample() -> None:
    missing = set(Operation.registry) - set(SAMPLES) - set(ALWAYS_REFUSED)
    assert not missing, f"add a @sample for each of these to {PLACE}: {sorted(missing)}"


def test_the_exceptions_are_still_needed() -> None:
    """They may only shrink."""
    for names in (SAMPLES, ALWAYS_REFUSED, READ_ONLY, ONCE):
        gone = set(names) - set(Operation.registry)
        assert not gone, f"there are no such operations any more, take them out of {PLACE}: {gone}"
    both = set(SAMPLES) & set(ALWAYS_REFUSED)
    assert not both, f"these have a sample, take them out of ALWAYS_REFUSED in {PLACE}: {both}"


@pytest.mark.parametrize("name", sorted(ALWAYS_REFUSED))
def test_what_is_always_refused_has_no_steps(name: str) -> None:
    """What could alter something needs a sample: an operation without steps cannot."""
    kind = Operation.registry[name]
    assert issubclass(kind, AlwaysRefused) and kind.steps is AlwaysRefused.steps, (
        f"{name} can do something now: give it a sample in {PLACE}"
    )


@pytest.mark.parametrize("name", sorted(SAMPLES))
async def test_a_failing_step_leaves_nothing_behind(house: Gannet, name: str) -> None:
    """Step after step fails, until the operation gets through."""
    make = await SAMPLES[name](house)
    await house.engine.settled()
    before, outside = house.everything(), house.outside()
    assert make().name == name, f"the sample of {name} makes another operation"
    for count in range(MOST_STEPS):
        rule = Fault(uuid="rule", effect="fail", operation=name, step="?*", after=count, times=1)
        house.engine.put_record(rule)
        try:
            await house.engine.run(make())
        except Failure as failure:
            assert failure.message is general.INJECTED, f"the sample of {name} is refused: {failure}"
        else:
            break
        assert_same(house, before, outside, f"{name} fails before its step number {count + 1}")
    else:
        pytest.fail(f"the sample of {name} has {MOST_STEPS} steps or more, or never succeeds")
    if name in READ_ONLY:
        assert_same(house, before, outside, f"{name} succeeded")
    else:
        assert house.everything() != before, f"the sample of {name} changes nothing: it proves nothing either"


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - READ_ONLY))
async def test_a_commit_that_fails_leaves_nothing_behind(
    house: Gannet, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = await SAMPLES[name](house)
    await house.engine.settled()
    before, outside = house.everything(), house.outside()

    with full_disk(house, monkeypatch), pytest.raises(Failure) as caught:
        await house.engine.run(make())
    assert caught.value.message is general.STORE_FAILED
    assert_same(house, before, outside, f"the commit of {name} fails")
    await house.engine.run(make())
    assert house.everything() != before


@contextlib.contextmanager
def full_disk(house: Gannet, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def full(batch: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(house.engine._store, "write", full)
        yield


async def test_what_came_due_while_the_disk_was_full_is_done_later(
    house: Gannet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stage of a boot is lost, nor the job that waits for its end."""
    lpar = house.lpar("vm1")
    job = await house.jobs.submit("LogicalPartition", lpar.uuid, "PowerOn", {}, NOBODY)
    await house.engine.step(0)
    before = house.everything()
    for delay_ms in (5_000, LONG_MS):
        with full_disk(house, monkeypatch), pytest.raises(Failure):
            await house.engine.step(delay_ms)
        assert house.everything() == before
    await house.engine.step(LONG_MS)
    assert house.state.get(Job, job.uuid).status == "COMPLETED_OK"
    assert house.partition("vm1").rmc_state == "active"


@pytest.mark.parametrize("name", sorted(SAMPLES))
async def test_twice(house: Gannet, name: str) -> None:
    """The second run succeeds too, or is refused for what the first did and then changes nothing."""
    make = await SAMPLES[name](house)
    await house.engine.run(make())
    after, outside = house.everything(), house.outside()
    try:
        await house.engine.run(make())
    except Failure as failure:
        assert name in ONCE, f"{name} cannot be repeated: {failure}"
        assert_same(house, after, outside, f"{name} is refused the second time")
    else:
        assert name not in ONCE, f"{name} can be repeated: take it out of ONCE in {PLACE}"


def assert_same(house: Gannet, before: dict[str, list[Any]], outside: tuple[Any, ...], when: str) -> None:
    now = house.everything()
    for kind in before.keys() | now.keys():
        assert now.get(kind) == before.get(kind), (
            f"{when}: objects of type {kind} are not as before, or not in their order"
        )
    assert house.outside() == outside, f"{when}: devices or guests are not as before"
