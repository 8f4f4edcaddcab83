"""Whichever side is killed, and when: after it has come back the partition is in exactly one place, and nothing else is left.

A side dies at its n-th commit, either before or after that has reached the disk; n runs until the migration gets through.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from openlpar.ports.records import Job
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from tests.mobility.pair import Loop, Pair, Side, until

MOST_COMMITS = 40


async def _killed_at(folder: Path, victim: str, number: int, *, reaches: bool, running: bool, both: bool) -> bool:
    """Moves a partition while one side dies at a commit of its. False: it never came to that commit."""
    pair = Pair(folder)
    await pair.start()
    await pair.gannet.loaded("vm1", running=running)
    await pair.gannet.core.engine.settled()
    side: Side = getattr(pair, victim)
    side.commits, side.dies_at = 0, (number, reaches)
    asking = asyncio.create_task(pair.gannet.submit("vm1", "Migrate", TargetManagedSystemName="osprey"))
    await until(lambda: not side.alive or (asking.done() and _is_over(pair) and side.core.engine.is_settled))
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    if died := not side.alive:
        await asyncio.sleep(0)
        _assert_never_two(pair, side)
        for one in pair.sides if both else (side,):
            await one.kill()
        for one in pair.sides if both else (side,):
            await one.start(Loop(one, pair.osprey if one is pair.gannet else pair.gannet))
    else:
        side.dies_at = None
    await until(lambda: _is_over(pair))
    _assert_whole(pair, running=running)
    await pair.stop()
    return died


def _is_over(pair: Pair) -> bool:
    jobs = [job for job in pair.gannet.state.all(Job) if job.operation == "Migrate"]
    waiting = any(job.status in ("RUNNING", "NOT_STARTED") for job in jobs)
    return not waiting and not any(side.moves() for side in pair.sides)


def _assert_never_two(pair: Pair, dead: Side) -> None:
    """What the living side believes, and what the dead one had on disk."""
    owners = pair.owners("vm1")
    assert len(owners) <= 1 or dead.name in owners, owners


def _assert_whole(pair: Pair, *, running: bool) -> None:
    owners = pair.owners("vm1")
    assert len(owners) == 1, owners
    home, other = sorted(pair.sides, key=lambda side: side.name != owners[0])
    partition = home.get("vm1")
    assert other.find("vm1") is None
    assert partition.state == ("running" if running else "not activated")
    assert partition.migration_state == "Not_Migrating"
    assert len(home.disks(partition)) == 3
    assert len(list(home.state.all(ClientNetworkAdapter, partition.uuid))) == 1
    assert not other.disks(partition)
    assert not list(other.state.all(ClientNetworkAdapter, partition.uuid))


@pytest.mark.parametrize("both", [True, False], ids=["both", "one"])
@pytest.mark.parametrize("running", [True, False], ids=["running", "off"])
@pytest.mark.parametrize("reaches", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("victim", ["gannet", "osprey"])
async def test_a_side_is_killed_at_each_of_its_commits(
    tmp_path: Path, hasty: None, victim: str, reaches: bool, running: bool, both: bool
) -> None:
    for number in range(1, MOST_COMMITS):
        if not await _killed_at(tmp_path / str(number), victim, number, reaches=reaches, running=running, both=both):
            assert number > 3, "the victim hardly took part"
            return
    pytest.fail("the migration never gets through")
