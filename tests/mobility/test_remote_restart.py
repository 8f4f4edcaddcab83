"""A server dies, and another one restarts its partitions; then the dead one comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from openlpar.engine import remote_restart
from openlpar.engine.engine import NOBODY
from openlpar.messages import Failure
from openlpar.messages import remote_restart as say
from openlpar.ops.core import JobOperation
from openlpar.ports.records import Deposit, Entrusted, Job
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.shared_storage_pool import LogicalUnit
from tests.mobility.pair import Loop, Pair, Side, until

MOST_COMMITS = 40


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_restart, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(remote_restart, "LONGEST_PAUSE_S", 0.02)


def capable(side: Side, name: str, wanted: bool = True) -> None:
    with side.core.engine.alter() as change:
        change.put(side.get(name).evolve(srr_enabled=wanted))


def is_entrusted(source: Side, name: str) -> bool:
    """All that there is of it is at the refuge."""
    deposit = source.state.find(Deposit, source.get(name).uuid)
    return bool(deposit and deposit.digest) and source.get(name).rr_state == "Remote_Restartable"


async def entrusted(pair: Pair, *, running: bool = True) -> None:
    await pair.gannet.loaded("vm1", running=running)
    capable(pair.gannet, "vm1")
    await settled(pair.gannet, "vm1")


async def settled(side: Side, name: str) -> None:
    """The refuge has what there is now."""
    for _ in range(2):  # the last change may not have been noticed yet
        await side.core.engine.settled()
        await asyncio.sleep(0)
        await until(lambda: is_entrusted(side, name))


async def restart(side: Side, operation: str = "RemoteRestart", **parameters: str) -> Job:
    jobs = side.core.novalink.jobs._jobs
    given = {"SourceManagedSystemName": "gannet", "PartitionName": "vm1", **parameters}
    return await side.ended(await jobs.submit("ManagedSystem", side.system.uuid, operation, given, NOBODY))


async def back(pair: Pair, side: Side) -> None:
    await side.start(Loop(side, pair.osprey if side is pair.gannet else pair.gannet))


async def test_a_partition_of_a_dead_server_is_restarted_and_given_up(pair: Pair) -> None:
    await entrusted(pair)
    macs = [one.mac for one in pair.gannet.state.all(ClientNetworkAdapter, pair.gannet.get("vm1").uuid)]
    await pair.gannet.kill()
    job = await restart(pair.osprey, SourceIsOff="true")
    assert job.status == "COMPLETED_OK", job.message
    assert job.results["result"] == "Partition vm1 is on this system now and starts."
    await until(lambda: pair.osprey.get("vm1").rmc_state == "active")
    partition = pair.osprey.get("vm1")
    assert (partition.state, partition.rr_state) == ("running", "Remote_Restarted")
    assert len(pair.osprey.disks(partition)) == 3
    assert [one.mac for one in pair.osprey.state.all(ClientNetworkAdapter, partition.uuid)] == macs
    await back(pair, pair.gannet)
    assert pair.gannet.find("vm1") is None or pair.gannet.get("vm1").state == "suspended"
    await until(lambda: pair.gannet.find("vm1") is None and not list(pair.gannet.state.all(Deposit)))
    await settled(pair.osprey, "vm1")  # now gannet is osprey's refuge
    unit = next(iter(pair.gannet.state.where(LogicalUnit, name="lu_vm1")))
    assert unit.in_use, "another system uses it"


async def test_one_that_was_off_stays_off(pair: Pair) -> None:
    await entrusted(pair, running=False)
    await pair.gannet.kill()
    job = await restart(pair.osprey, SourceIsOff="true")
    assert job.results["result"] == "Partition vm1 is on this system now, powered off as it was."
    assert pair.osprey.get("vm1").state == "not activated"


async def test_what_changes_is_entrusted_anew(pair: Pair) -> None:
    await entrusted(pair)
    pair.gannet.adapter(pair.gannet.get("vm1"), pvid=7)
    await settled(pair.gannet, "vm1")
    kept = next(iter(pair.osprey.state.all(Entrusted)))
    assert len(kept.baggage["adapters"]) == 2
    asked = len(pair.gannet.link.asked)
    await settled(pair.gannet, "vm1")
    assert len(pair.gannet.link.asked) == asked, "nothing has changed since"
    capable(pair.gannet, "vm1", wanted=False)
    await until(lambda: not list(pair.gannet.state.all(Deposit)))
    assert not next(iter(pair.osprey.state.all(Entrusted))).baggage
    assert pair.gannet.get("vm1").rr_state == "Invalid"


async def test_a_refuge_that_is_away_is_told_later(pair: Pair) -> None:
    await entrusted(pair)
    pair.gannet.link.cut = True
    pair.gannet.adapter(pair.gannet.get("vm1"), pvid=7)
    await until(lambda: pair.gannet.get("vm1").rr_state == "Stale_Data")
    pair.gannet.link.cut = False
    await settled(pair.gannet, "vm1")


async def test_a_server_that_was_only_away_goes_on(pair: Pair) -> None:
    await entrusted(pair)
    await pair.gannet.kill()
    await back(pair, pair.gannet)
    await until(lambda: pair.gannet.get("vm1").state == "running")
    await until(lambda: pair.gannet.get("vm1").rmc_state == "active")
    await settled(pair.gannet, "vm1")


async def test_it_does_not_run_before_its_refuge_has_answered(pair: Pair) -> None:
    await entrusted(pair)
    await pair.gannet.kill()
    await pair.osprey.kill()
    await back(pair, pair.gannet)
    assert pair.gannet.get("vm1").state == "suspended"
    assert pair.gannet.get("vm1").rr_state == "Source_Remote_Restarting_Suspended"
    refused = await pair.gannet.job("vm1", "RemoteRestartRecover")
    assert say.HELD.id in refused.message
    assert (await pair.gannet.job("vm1", "PowerOff", immediate="true")).status == "COMPLETED_OK"
    refused = await pair.gannet.job("vm1", "PowerOn")
    assert say.HELD.id in refused.message
    await back(pair, pair.osprey)
    await until(lambda: pair.gannet.state.find(Deposit, pair.gannet.get("vm1").uuid).hold == "")
    assert pair.gannet.get("vm1").state == "not activated"
    assert (await pair.gannet.job("vm1", "PowerOn")).status == "COMPLETED_OK"


async def test_somebody_knows_that_it_does_not_run_there(pair: Pair) -> None:
    await entrusted(pair)
    refused = await pair.gannet.job("vm1", "RemoteRestartRecover", Force="true")
    assert say.NOT_HELD.id in refused.message
    await pair.gannet.kill()
    assert (await restart(pair.osprey, SourceIsOff="true")).status == "COMPLETED_OK"
    await pair.osprey.kill()
    await back(pair, pair.gannet)
    assert (await pair.gannet.job("vm1", "RemoteRestartRecover", Force="true")).status == "COMPLETED_OK"
    assert pair.gannet.get("vm1").state == "running"
    await back(pair, pair.osprey)  # which has it too: this was wrong, and is not mended behind anybody's back
    await until(lambda: "entrust" in pair.gannet.link.asked)
    await asyncio.sleep(0.05)
    assert pair.gannet.get("vm1").rr_state == "Forced_Source_Side_Restart"
    assert pair.gannet.get("vm1").state == "running"


async def test_a_server_that_was_thought_dead_gives_way(pair: Pair) -> None:
    await entrusted(pair)
    pair.gannet.link.cut = pair.osprey.link.cut = True
    assert (await restart(pair.osprey, SourceIsOff="true")).status == "COMPLETED_OK"
    pair.gannet.link.cut = pair.osprey.link.cut = False
    pair.gannet.adapter(pair.gannet.get("vm1"), pvid=7)
    await until(lambda: pair.gannet.find("vm1") is None)
    assert pair.owners("vm1") == ["osprey"]


async def test_everything_in_the_way_is_named(pair: Pair) -> None:
    await entrusted(pair)
    assert (await restart(pair.osprey, "RemoteRestartValidate")).results["result"] == (
        "Partition vm1 of system gannet can be restarted here."
    )
    refused = await restart(pair.osprey, SourceIsOff="true")
    assert say.SOURCE_LIVES.id in refused.message and say.NOT_RESTARTABLE.id in refused.message
    await pair.gannet.kill()
    pair.osprey.lpar("vm1")
    refused = await restart(pair.osprey)
    assert say.NOT_CERTAIN.id in refused.message
    assert "Problems found: 2." in refused.message
    refused = await restart(pair.osprey, "RemoteRestartValidate")
    assert "Problems found: 1." in refused.message
    refused = await restart(pair.osprey, PartitionName="vm9")
    assert say.NOT_ENTRUSTED.id in refused.message and "Entrusted: vm1." in refused.message


async def test_it_is_restarted_once(pair: Pair) -> None:
    await entrusted(pair)
    await pair.gannet.kill()
    assert (await restart(pair.osprey, SourceIsOff="true")).status == "COMPLETED_OK"
    refused = await restart(pair.osprey, SourceIsOff="true")
    assert say.ALREADY_RESTARTED.id in refused.message


async def test_a_partition_that_moves_is_taken_back_first(pair: Pair) -> None:
    await entrusted(pair)
    job = await pair.gannet.job("vm1", "Migrate", TargetManagedSystemName="osprey")
    assert job.status == "COMPLETED_OK", job.message
    await pair.quiet()
    assert pair.osprey.get("vm1").state == "running"
    assert not any(one.baggage for one in pair.osprey.state.all(Entrusted))
    await settled(pair.osprey, "vm1")
    await until(lambda: not list(pair.gannet.state.all(Deposit)))


async def test_one_that_runs_elsewhere_already_does_not_move(pair: Pair) -> None:
    await entrusted(pair)
    pair.gannet.link.cut = pair.osprey.link.cut = True
    assert (await restart(pair.osprey, SourceIsOff="true")).status == "COMPLETED_OK"
    pair.gannet.link.cut = pair.osprey.link.cut = False
    with pytest.raises(Failure) as refused:
        await pair.gannet.core.mobility._restarts.withdraw(pair.gannet.get("vm1").uuid)
    assert refused.value.message is say.GONE_ELSEWHERE


async def test_a_hypervisor_whose_partitions_outlive_it_restarts_none(pair: Pair) -> None:
    operation = JobOperation.by_job["ManagedSystem", "RemoteRestart"].from_job(
        pair.osprey.system.uuid, {"SourceManagedSystemName": "gannet", "PartitionName": "vm1"}
    )
    operation.edges = replace(pair.osprey.core.engine.edges, hypervisor=type("Other", (), {"name": "other"})())
    with pytest.raises(Failure) as refused:
        operation.check(pair.osprey.state)
    assert refused.value.message is say.NO_REMOTE_RESTART


async def test_a_late_question_counts_for_nothing(pair: Pair) -> None:
    await entrusted(pair)
    kept = next(iter(pair.osprey.state.all(Entrusted)))
    late = {"partition": kept.partition, "serial": kept.serial - 1}
    answer = await pair.osprey.core.mobility.answer("gannet", "withdraw", late)
    assert answer == {"restarted": False, "serial": kept.serial}
    assert pair.osprey.state.get(Entrusted, kept.uuid) == kept


async def _killed_at(folder: Path, victim: str, number: int, *, reaches: bool) -> bool:
    """vm1 is restarted after gannet's death, and gannet comes back; victim dies on the way. False: it never came that far."""
    pair = Pair(folder)
    await pair.start()
    await entrusted(pair)
    await pair.gannet.kill()
    side: Side = getattr(pair, victim)
    if side is pair.osprey:
        side.commits, side.dies_at = 0, (number, reaches)
    restarting = asyncio.create_task(restart(pair.osprey, SourceIsOff="true"))
    await until(lambda: restarting.done() or not pair.osprey.alive)
    pair.gannet.commits, pair.gannet.dies_at = 0, (number, reaches) if side is pair.gannet else None
    coming = asyncio.create_task(back(pair, pair.gannet))
    await until(lambda: coming.done() or pair.gannet.commits >= number)
    await until(
        lambda: _has_died(side, number) or (is_over(pair) and all(s.core.engine.is_settled for s in pair.sides))
    )
    for task in (restarting, coming):
        task.cancel()
    await asyncio.gather(restarting, coming, return_exceptions=True)
    if died := _has_died(side, number):
        await side.kill()
        await back(pair, side)
    side.dies_at = None
    await until(lambda: is_over(pair))
    owners = pair.owners("vm1")
    assert len(owners) == 1, owners
    home = pair.gannet if owners == ["gannet"] else pair.osprey
    await until(lambda: home.get("vm1").state == "running")
    assert len(home.disks(home.get("vm1"))) == 3
    await pair.stop()
    return died


def _has_died(side: Side, number: int) -> bool:
    return side.dies_at is not None and side.commits >= number and not side.alive


def is_over(pair: Pair) -> bool:
    """Nobody waits for anybody's word."""
    return not any(one.hold for side in pair.sides for one in side.state.all(Deposit))


@pytest.mark.parametrize("reaches", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("victim", ["gannet", "osprey"])
async def test_a_side_is_killed_at_each_of_its_commits(tmp_path: Path, hasty: None, victim: str, reaches: bool) -> None:
    for number in range(1, MOST_COMMITS):
        if not await _killed_at(tmp_path / str(number), victim, number, reaches=reaches):
            assert number > 2, "the victim hardly took part"
            return
    pytest.fail("it never gets through")
