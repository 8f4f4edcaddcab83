"""Readings: when they are taken, what they carry on, and what is kept of them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import Engine
from openlpar.hypervisor.backend import Backend
from openlpar.messages import Failure
from openlpar.messages import metrics as say
from openlpar.ops.core import Edges
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.metrics import rates, sampling
from openlpar.ops.metrics.preferences import SWITCHES, UpdatePreferences
from openlpar.ops.metrics.sampling import DUE, KEPT_MS, LONG_MS, SHORT_MS, TIERS, Sampler
from openlpar.ports.records import Due, Reading, Rollup, Surveyed
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.metering import COUNTERS
from openlpar.uom.pcm import ManagedSystemPcmPreference
from tests.ops.small_system import SYSTEM, open_system, wished

START_S = 1_700_000_010.0
"""Ten seconds into an interval."""


async def opened(directory: Path, clock: str = "stepped") -> Engine:
    engine, _ = open_system(directory, clock, wall=lambda: START_S)
    await engine.start()
    return engine


async def switch(engine: Engine, **switches: bool) -> None:
    """Those that are not named are switched off."""
    wish = ManagedSystemPcmPreference(uuid=SYSTEM.uuid, **(dict.fromkeys(SWITCHES, False) | switches))
    await engine.run(UpdatePreferences(SYSTEM.uuid, wish))
    engine.apply_due()


def readings(engine: Engine) -> list[Reading]:
    return sampling.readings(engine.state)


def counters(engine: Engine, reading: Reading, uuid: str) -> dict[str, int]:
    survey, numbers = rates.survey_of(engine.state, reading), reading.counters
    start = next(start for key, start, _ in survey.places() if key == uuid)
    return dict(zip(COUNTERS, numbers[start : start + len(COUNTERS)], strict=True))


async def partition(engine: Engine, name: str) -> str:
    done = await engine.run(CreatePartition(wished(name)))
    assert done.subject is not None
    return done.subject[1]


def running(engine: Engine, uuid: str, state: str = "running") -> None:
    """As an activation would leave it."""
    with engine.alter() as change:
        change.put(change.get(LogicalPartition, uuid).evolve(state=state))


async def test_nothing_is_measured_while_no_monitor_is_on(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await engine.step(3_600_000)
    assert not readings(engine) and not list(engine.state.where(Due, subject=DUE))
    await switch(engine, ltm_enabled=True)
    assert engine.state.count(Due) == 1
    await switch(engine)
    assert not readings(engine) and not engine.state.count(Surveyed)
    await engine.step(60_000)
    assert not readings(engine) and not engine.state.count(Due)
    await engine.stop()


async def test_a_reading_is_taken_at_each_half_minute(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await switch(engine, ltm_enabled=True)
    await engine.step(120_000)
    begin = int(START_S * 1000) // LONG_MS * LONG_MS
    assert [one.at for one in readings(engine)] == [begin + n * LONG_MS for n in range(5)]
    assert [one.elapsed for one in readings(engine)] == [n * LONG_MS for n in range(5)]
    assert len(list(engine.state.where(Due, subject=DUE))) == 1
    await engine.stop()


async def test_the_short_term_monitor_reads_every_five_seconds_and_keeps_less(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await switch(engine, ltm_enabled=True, stm_enabled=True)
    await engine.step(1_200_000)
    times = [one.at for one in readings(engine)]
    recent = [at for at in times if at > times[-1] - 60_000]
    assert [b - a for a, b in itertools.pairwise(recent)] == [SHORT_MS] * (len(recent) - 1)
    old = [at for at in times if at < times[-1] - sampling.SHORT_KEPT_MS]
    assert old and all(at % LONG_MS == 0 for at in old)
    await switch(engine, ltm_enabled=True)
    await engine.step(60_000)
    assert readings(engine)[-1].at - readings(engine)[-2].at == LONG_MS
    await engine.stop()


async def test_both_monitors_measure_the_same(tmp_path: Path) -> None:
    totals = []
    for name, short in (("a", False), ("b", True)):
        engine = await opened(tmp_path / name)
        running(engine, await partition(engine, "same"))
        await switch(engine, ltm_enabled=True, stm_enabled=short)
        await engine.step(600_000)
        last = [one for one in readings(engine) if one.at % LONG_MS == 0][-1]
        totals.append((last.elapsed, sum(last.counters[:2])))
        await engine.stop()
    # Begun ten seconds into an interval, the short term monitor has two readings more; the rates are the same.
    assert totals[0][1] / totals[0][0] == pytest.approx(totals[1][1] / totals[1][0], rel=0.02)


async def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await switch(engine, ltm_enabled=True, aggregation_enabled=True)
    sizes = []
    for _ in range(3):
        await engine.step(4 * 3_600_000)
        kinds = {seconds: len(sampling.rollups(engine.state, seconds)) for seconds in TIERS}
        sizes.append((len(readings(engine)), kinds[300], engine.state.count(Surveyed)))
    assert sizes[0] == sizes[1] == sizes[2] == (KEPT_MS // LONG_MS + 1, KEPT_MS // 300_000, 1)
    assert kinds[7_200] == 6 and kinds[86_400] == 1
    await engine.stop()


async def test_a_tier_is_the_average_the_least_and_the_most_of_the_one_below(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    running(engine, await partition(engine, "busy"))
    await switch(engine, ltm_enabled=True, aggregation_enabled=True)
    await engine.step(4 * 3_600_000)
    last = sampling.rollups(engine.state, 7_200)[-1]
    day = rates.read_back(engine.state, last)
    parts = [
        rates.read_back(engine.state, one)
        for one in sampling.rollups(engine.state, 300)
        if last.at - 7_200_000 < one.at <= last.at
    ]
    parts = [part for part in parts if part.at <= last.at]
    assert last.samples == 240
    place = 2  # entitled cycles of the first partition
    assert all(low <= average <= high for average, low, high in zip(*day.rows, strict=True))
    assert day.rows[1][place] <= min(part.rows[1][place] for part in parts)
    assert day.rows[2][place] >= max(part.rows[2][place] for part in parts)
    await engine.stop()


async def test_what_is_gathered_as_it_comes_is_what_would_be_drawn_together_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes between: then all is drawn together from what is kept, and otherwise nothing is."""
    made: list[tuple[int, bool, bool]] = []
    complete = Sampler._complete

    def compared(self: Sampler, change: Any, tier: int, reading: Reading, survey: Any) -> Any:
        found: list[Any] = []
        drawn_together = sampling._drawn_together

        def late(*given: Any) -> Any:
            found.append(drawn_together(*given))
            return found[0]

        with monkeypatch.context() as patch:
            patch.setattr(sampling, "_drawn_together", late)
            drawn = complete(self, change, tier, reading, survey)
        later = drawn_together(change, reading, survey, tier)
        is_same = drawn is later or (
            drawn is not None
            and later is not None
            and (drawn.at, drawn.count) == (later.at, later.count)
            and all(list(one) == list(other) for one, other in zip(drawn.rows, later.rows, strict=True))
        )
        made.append((tier, is_same, not found))
        return drawn

    monkeypatch.setattr(Sampler, "_complete", compared)
    engine = await opened(tmp_path)
    running(engine, await partition(engine, "first"))
    await switch(engine, ltm_enabled=True, aggregation_enabled=True)
    await engine.step(4 * 3_600_000)
    assert made[0][2] is False, "the first one has no whole interval"
    assert {tier for tier, _, gathered in made if gathered} == {300, 7_200}
    for monitors in ({"stm_enabled": True}, {}):
        before = len(made)
        await engine.step(100_000)
        running(engine, await partition(engine, f"vm{before}"))  # another survey
        await switch(engine, ltm_enabled=True, aggregation_enabled=True, **monitors)
        await engine.step(1_200_000)
        assert not all(gathered for _, _, gathered in made[before:])
    engine.clock.step(86_400_000)  # the service was down for a day
    engine.apply_due()
    await engine.step(1_200_000)
    await engine.stop()
    engine = await opened(tmp_path)
    await engine.step(49 * 3_600_000)
    assert {tier for tier, _, gathered in made if gathered} == set(TIERS)
    assert all(is_same for _, is_same, _ in made)
    await engine.stop()


async def test_counters_follow_what_becomes_of_a_partition(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await switch(engine, ltm_enabled=True)
    await engine.step(30_000)
    uuid = await partition(engine, "late")
    await engine.step(60_000)
    assert not any(counters(engine, readings(engine)[-1], uuid).values())
    running(engine, uuid)
    await engine.step(60_000)
    on = counters(engine, readings(engine)[-1], uuid)
    assert on["entitled"] > 0 and on["capped"] > 0
    running(engine, uuid, "not activated")
    await engine.step(60_000)
    assert counters(engine, readings(engine)[-1], uuid) == on, "off: nothing more, and nothing less"
    running(engine, uuid)
    await engine.step(30_000)
    again = counters(engine, readings(engine)[-1], uuid)
    assert all(again[name] >= on[name] for name in COUNTERS) and again["capped"] > on["capped"]
    with engine.alter() as change:
        change.remove(change.get(LogicalPartition, uuid))
    await engine.step(30_000)
    survey = rates.survey_of(engine.state, readings(engine)[-1])
    assert uuid not in {one.uuid for one in survey.partitions}
    assert engine.state.count(Surveyed) > 1, "older readings are still told by what there was then"
    await engine.stop()


async def test_dlpar_changes_what_is_entitled_from_then_on(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    uuid = await partition(engine, "grows")
    running(engine, uuid)
    await switch(engine, ltm_enabled=True)
    await engine.step(60_000)
    before = (
        counters(engine, readings(engine)[-1], uuid)["entitled"]
        - counters(engine, readings(engine)[-2], uuid)["entitled"]
    )
    with engine.alter() as change:
        lpar = change.get(LogicalPartition, uuid)
        share = lpar.proc_config.current_shared_proc_cfg
        double = share.evolve(current_units=share.current_units * 2)
        change.put(lpar.evolve(proc_config=lpar.proc_config.evolve(current_shared_proc_cfg=double)))
    await engine.step(30_000)
    after = (
        counters(engine, readings(engine)[-1], uuid)["entitled"]
        - counters(engine, readings(engine)[-2], uuid)["entitled"]
    )
    assert after == 2 * before
    await engine.stop()


async def test_a_restart_carries_on(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    uuid = await partition(engine, "stays")
    running(engine, uuid)
    await switch(engine, ltm_enabled=True, aggregation_enabled=True)
    await engine.step(900_000)
    before = [(one.at, one.numbers) for one in readings(engine)]
    rolled = list(engine.state.all(Rollup))
    await engine.stop()
    engine = await opened(tmp_path)
    assert [(one.at, one.numbers) for one in readings(engine)] == before
    assert list(engine.state.all(Rollup)) == rolled and rolled
    await engine.step(60_000)
    last, now = counters(engine, readings(engine)[-2], uuid), counters(engine, readings(engine)[-1], uuid)
    assert all(now[name] >= last[name] for name in COUNTERS) and now["capped"] > last["capped"]
    await engine.stop()


async def test_time_in_which_nobody_could_read_is_not_made_up_for_without_end(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await switch(engine, ltm_enabled=True)
    await engine.step(60_000)
    last = readings(engine)[-1]
    engine.clock.step(86_400_000)  # the service was down for a day
    engine.apply_due()
    assert readings(engine)[-1].elapsed - last.elapsed == 60 * LONG_MS
    assert readings(engine)[-1].at > last.at + 86_000_000
    await engine.stop()


async def test_with_an_immediate_clock_readings_are_taken_when_somebody_looks(tmp_path: Path) -> None:
    engine = await opened(tmp_path, "immediate")
    sampler = Sampler(engine.edges.hypervisor, waits=False)  # type: ignore[arg-type]
    await switch(engine, ltm_enabled=True)
    assert not engine.state.count(Due), "nothing would ever wait"
    before = len(readings(engine))
    engine.clock.step(90_000)
    assert sampler.is_late(engine.state, engine.clock.now())
    with engine.alter() as change:
        sampler.catch_up(change)
    assert len(readings(engine)) == before + 3
    assert not sampler.is_late(engine.state, engine.clock.now())
    await engine.stop()


async def test_monitors_that_an_inventory_switched_on_are_taken_up(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    with engine.alter() as change:
        change.put(ManagedSystemPcmPreference(uuid=SYSTEM.uuid, ltm_enabled=True))
    sampler = Sampler(engine.edges.hypervisor, waits=True)  # type: ignore[arg-type]
    for _ in range(2):
        with engine.alter() as change:
            sampler.resume(change)
        assert engine.state.count(Due) == 1
    await engine.step(60_000)
    assert len(readings(engine)) == 3
    await engine.stop()


async def test_no_event_tells_of_the_preferences(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await engine.settled()
    before = engine.events.custom("", "").number
    await switch(engine, ltm_enabled=True)
    assert engine.events.custom("", "").number == before + 1
    await engine.stop()


async def test_drawing_together_switches_the_long_term_monitor_on(tmp_path: Path) -> None:
    engine = await opened(tmp_path)
    await switch(engine, aggregation_enabled=True)
    assert sampling.preference(engine.state).ltm_enabled
    await engine.stop()


async def test_a_hypervisor_that_does_not_measure_says_so(tmp_path: Path) -> None:
    engine = await opened(tmp_path)

    class Real:
        name = "other"

    real: object = Real()
    engine.edges = Edges(real, engine.edges.io_server)  # type: ignore[arg-type]
    with pytest.raises(Failure) as refused:
        await switch(engine, ltm_enabled=True)
    assert refused.value.message is say.NOT_METERED and "other" in str(refused.value)
    await switch(engine, ltm_enabled=False)
    await engine.stop()


@pytest.mark.parametrize(("name", "by_workload"), [("qemu", False), ("sim", True)])
def test_every_back_end_measures(name: str, by_workload: bool) -> None:
    backend: Any = Backend.named(name)
    assert callable(backend.used) and backend.by_workload == by_workload
