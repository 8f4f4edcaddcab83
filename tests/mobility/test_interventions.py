"""Stopping a migration, recovering one that has come to a standstill, and what each of them refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine import mobility
from openlpar.messages import Failure, Message
from openlpar.messages import mobility as say
from openlpar.ops.simulation import faults
from openlpar.ports.records import Fault, Migration, Phase
from tests.mobility.pair import Loop, Pair, Side, until

TO_OSPREY = {"TargetManagedSystemName": "osprey"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A side that does not answer is given up at once; the target does not ask by itself."""
    monkeypatch.setattr(mobility, "PAUSES_S", ())
    monkeypatch.setattr(mobility, "WATCH_S", 3600.0)


async def _stepped(folder: Path) -> Pair:
    """vm1 runs on gannet."""
    pair = Pair(folder, clock="stepped")
    await pair.start()
    pair.gannet.lpar("vm1")
    await pair.gannet.submit("vm1", "PowerOn")
    await pair.gannet.core.engine.step(600_000)
    assert pair.gannet.get("vm1").rmc_state == "active"
    return pair


def _phase(side: Side) -> str:
    return next((move.phase for move in side.moves()), "")


async def _run(side: Side, name: str, operation: str, /, **parameters: str) -> str:
    """A job's message, "" when it succeeded; the clock is stepped to let it run."""
    job = await side.submit(name, operation, **parameters)
    await side.core.engine.step(0)
    ended = await side.ended(job)
    assert (ended.status == "COMPLETED_OK") == (not ended.message)
    return ended.message


def _cut_at(link: Any, question: str) -> Callable[[], None]:
    """The link breaks when this question is asked; returns what mends it."""
    ask = link.ask

    async def breaking(system: str, asked: str, values: dict[str, Any]) -> dict[str, Any]:
        link.cut = link.cut or asked == question
        answer: dict[str, Any] = await ask(system, asked, values)
        return answer

    link.ask = breaking

    def mend() -> None:
        link.ask = ask
        link.cut = False

    return mend


async def test_stopped_while_it_is_sent(tmp_path: Path, hasty: None) -> None:
    pair = await _stepped(tmp_path)
    here, there = pair.gannet, pair.osprey
    job = await here.submit("vm1", "Migrate", **TO_OSPREY)
    await here.core.engine.step(0)
    await until(lambda: _phase(here) == Phase.SENDING)
    await here.core.engine.step(2_500)
    assert there.get("vm1").state == "migrating running"

    assert await _run(here, "vm1", "MigrateAbort") == ""

    ended = await here.ended(job)
    assert (ended.status, say.STOPPED.id in ended.message) == ("COMPLETED_WITH_ERROR", True)
    await pair.quiet()
    vm1 = here.get("vm1")
    assert (vm1.state, vm1.rmc_state, vm1.progress_partition_data_total) == ("running", "active", 0)
    assert there.find("vm1") is None
    await here.core.engine.step(600_000)
    assert pair.owners("vm1") == ["gannet"], "what was scheduled for the sending goes on"
    await pair.stop()


async def test_stopped_while_the_place_is_prepared(pair: Pair) -> None:
    here = pair.gannet
    await here.loaded("vm1")
    ask, link = here.link.ask, here.link

    async def slow(system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await ask(system, question, values)
        if question == "prepare":
            assert pair.osprey.find("vm1") is not None
            assert (await here.job("vm1", "MigrateAbort")).status == "COMPLETED_OK"
        return answer

    link.ask = slow
    job = await here.job("vm1", "Migrate", **TO_OSPREY)
    assert say.STOPPED.id in job.message
    await pair.quiet()
    assert pair.owners("vm1") == ["gannet"]
    assert pair.osprey.find("vm1") is None


async def test_too_late_to_stop(pair: Pair, impatient: None) -> None:
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    mend = _cut_at(here.link, "take")
    job = await here.job("vm1", "Migrate", **TO_OSPREY)
    assert say.INCOMPLETE.id in job.message
    assert (_phase(here), _phase(there)) == (Phase.GIVEN, Phase.RESERVED)

    assert say.TOO_LATE.id in (await here.job("vm1", "MigrateAbort")).message
    assert say.NOT_HERE.id in (await there.job("vm1", "MigrateAbort")).message

    assert say.PEER_AWAY.id in (await here.job("vm1", "MigrateRecover")).message
    mend()
    recovered = await here.job("vm1", "MigrateRecover")
    assert recovered.status == "COMPLETED_OK", recovered.message
    await until(lambda: not here.moves())
    assert pair.owners("vm1") == ["osprey"]


async def test_recovered_from_the_other_side(pair: Pair, impatient: None) -> None:
    """The target asks whose the partition is, and takes it."""
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    mend = _cut_at(here.link, "take")
    await here.job("vm1", "Migrate", **TO_OSPREY)
    assert (await there.job("vm1", "MigrateRecover")).status == "COMPLETED_OK"
    assert pair.owners("vm1") == ["osprey"]
    mend()
    assert (await here.job("vm1", "MigrateRecover")).status == "COMPLETED_OK"
    assert pair.owners("vm1") == ["osprey"]
    assert here.find("vm1") is None


async def test_a_place_that_was_released_by_force(pair: Pair, impatient: None) -> None:
    """The target cannot ask: it lets go. The source hears that nobody took the partition, and keeps it."""
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    mend = _cut_at(here.link, "take")
    await here.job("vm1", "Migrate", **TO_OSPREY)
    there.link.cut = True
    assert say.PEER_AWAY.id in (await there.job("vm1", "MigrateRecover")).message
    assert (await there.job("vm1", "MigrateRecover", Force="true")).status == "COMPLETED_OK"
    assert there.find("vm1") is None
    mend()
    assert (await here.job("vm1", "MigrateRecover")).status == "COMPLETED_OK"
    assert pair.owners("vm1") == ["gannet"]
    assert here.get("vm1").state == "not activated"


async def test_a_source_that_comes_back_to_a_released_place(pair: Pair, impatient: None) -> None:
    """It asks by itself, and hears that nobody took what it gave away."""
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    _cut_at(here.link, "take")
    await here.job("vm1", "Migrate", **TO_OSPREY)
    await here.kill()
    there.link.cut = True
    assert (await there.job("vm1", "MigrateRecover", Force="true")).status == "COMPLETED_OK"
    await here.start(Loop(here, there))
    await pair.quiet()
    assert pair.owners("vm1") == ["gannet"]
    assert here.get("vm1").state == "not activated"


async def test_taken_back_by_force(pair: Pair, impatient: None) -> None:
    """Nobody knows whether it runs there: it comes back powered off."""
    here, there = pair.gannet, pair.osprey
    await here.loaded("vm1")
    mend = _cut_at(here.link, "take")
    await here.job("vm1", "Migrate", **TO_OSPREY)
    assert _phase(here) == Phase.GIVEN
    assert (await here.job("vm1", "MigrateRecover", Force="true")).status == "COMPLETED_OK"
    await until(lambda: here.get("vm1").state == "not activated")
    mend()
    await here.kill()
    await here.start(Loop(here, there))
    await pair.quiet()
    assert pair.owners("vm1") == ["gannet"]
    assert there.find("vm1") is None


async def test_recovering_one_that_stands_still_before_it_was_given(pair: Pair, impatient: None) -> None:
    here, there = pair.gannet, pair.osprey
    lpar = here.lpar("vm1")
    with here.core.engine.alter() as change:
        change.put(
            Migration(
                uuid="m1",
                partition=lpar.uuid,
                name="vm1",
                other="osprey",
                phase=Phase.PREPARING,
                was="not activated",
                stalled="the disk was full",
            )
        )
        change.put(lpar.evolve(state="migrating not active"))
    assert (await here.job("vm1", "MigrateRecover")).status == "COMPLETED_OK"
    await pair.quiet()
    assert here.get("vm1").state == "not activated"
    assert there.find("vm1") is None


async def test_nothing_to_recover(tmp_path: Path, hasty: None) -> None:
    pair = await _stepped(tmp_path)
    here, there = pair.gannet, pair.osprey
    for operation in ("MigrateAbort", "MigrateRecover"):
        assert say.NOT_MOVING.id in await _run(here, "vm1", operation)
    await here.submit("vm1", "Migrate", **TO_OSPREY)
    await here.core.engine.step(0)
    await until(lambda: _phase(here) == Phase.SENDING)
    for side in pair.sides:
        assert say.UNDER_WAY.id in await _run(side, "vm1", "MigrateRecover")
    assert there.get("vm1").state == "migrating running"
    await pair.stop()


async def test_a_target_that_never_answers(pair: Pair, impatient: None) -> None:
    here = pair.gannet
    here.lpar("vm1")
    here.link.cut = True
    job = await here.job("vm1", "Migrate", **TO_OSPREY)
    assert say.NOT_MOVABLE.id in job.message
    assert say.PEER_AWAY.id in job.message
    assert here.get("vm1").state == "not activated"
    assert not here.moves()


async def test_a_target_that_is_lost_while_it_prepares(pair: Pair, impatient: None) -> None:
    """The place may be there or not: it is released as soon as the two can speak."""
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    mend = _cut_at(here.link, "prepare")
    job = await here.job("vm1", "Migrate", **TO_OSPREY)
    assert say.NOT_MOVED.id in job.message
    assert here.get("vm1").state == "not activated"
    assert pair.owners("vm1") == ["gannet"]
    mend()
    await here.kill()
    await here.start(Loop(here, there))
    await pair.quiet()
    assert there.find("vm1") is None


async def test_a_restart_takes_up_the_job_that_was_asking(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    there.alive = False
    asked = len(here.link.asked)

    async def never(system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        here.link.asked.append(question)
        await until(lambda: False, 3600)
        raise AssertionError

    here.link.ask = never
    job = await here.submit("vm1", "Migrate", **TO_OSPREY)
    await until(lambda: len(here.link.asked) > asked)
    await here.core.engine.settled()
    await here.kill()
    there.alive = True
    await here.start(Loop(here, there))
    assert (await here.ended(job)).status == "COMPLETED_OK"
    assert pair.owners("vm1") == ["osprey"]


@pytest.mark.parametrize(
    ("side", "operation", "owner"),
    [
        ("osprey", "migration.prepare", "gannet"),
        ("gannet", "migration.send", "gannet"),
        ("osprey", "migration.take", "osprey"),
        ("gannet", "migration.depart", "osprey"),
    ],
)
async def test_fault_rules_strike(pair: Pair, side: str, operation: str, owner: str) -> None:
    """Once: what has not been given away stays, and what has goes on."""
    pair.gannet.lpar("vm1")
    struck: Side = getattr(pair, side)
    with struck.core.engine.alter() as change:
        faults.add(change, {"operation": operation, "effect": "fail", "times": 1})
    job = await pair.gannet.job("vm1", "Migrate", **TO_OSPREY)
    if owner == "osprey" and job.status != "COMPLETED_OK":
        assert say.INCOMPLETE.id in job.message
        assert (await pair.gannet.job("vm1", "MigrateRecover")).status == "COMPLETED_OK"
    await until(lambda: not pair.gannet.moves())
    assert pair.owners("vm1") == [owner]


async def test_a_rule_delays_a_job_once(pair: Pair) -> None:
    pair.gannet.lpar("vm1")
    with pair.gannet.core.engine.alter() as change:
        faults.add(change, {"operation": "Migrate", "effect": "delay", "seconds": 5})
    assert (await pair.gannet.job("vm1", "Migrate", **TO_OSPREY)).status == "COMPLETED_OK"
    assert [rule.struck for rule in pair.gannet.state.all(Fault)] == [1]


async def test_what_the_job_refuses(pair: Pair) -> None:
    pair.gannet.lpar("vm1")
    wrong: list[tuple[dict[str, str], Message]] = [
        ({"TargetManagedSystemName": "heron"}, say.UNKNOWN_SYSTEM),
        ({"TargetManagedSystemName": "gannet"}, say.SAME_SYSTEM),
        ({**TO_OSPREY, "VlanMappings": "001122334455/7"}, say.BAD_MAPPING),
        ({**TO_OSPREY, "VirtualSCSIMappings": "9/vios1/"}, say.BAD_MAPPING),
    ]
    for parameters, message in wrong:
        assert message.id in (await pair.gannet.job("vm1", "Migrate", **parameters)).message
    for parameters in (
        {},
        {**TO_OSPREY, "PMEMVolumes": "1"},
        {**TO_OSPREY, "VlanMappings": "zz/7"},
        {**TO_OSPREY, "VlanMappings": "001122334455"},
        {**TO_OSPREY, "VirtualSCSIMappings": "4/vios1/2"},
        {**TO_OSPREY, "VirtualSCSIMappings": "4/vios1"},
        {**TO_OSPREY, "VirtualFCMappings": "four/vios1/"},
        {**TO_OSPREY, "VirtualFCMappings": "4/vios1/,4/vios2/"},
        {**TO_OSPREY, "OVSOverride": "3"},
        {**TO_OSPREY, "Unknown": "1"},
    ):
        with pytest.raises(Failure):
            await pair.gannet.submit("vm1", "Migrate", **parameters)
