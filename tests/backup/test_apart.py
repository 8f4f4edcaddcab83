"""Backups are made while others are served, of one moment, and none is forgotten when the service ends meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.backups import BackupSchedule
from openlpar.ops.backup.take import BackUpSystem, TakeBackup
from openlpar.ports.records import BackupOutcome, Due
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin import backup as viosbr
from openlpar.wire import profile_bak
from tests.backup.conftest import Site
from tests.closing.gannet import Gannet

HOUR_MS = 3_600_000


class Held:
    """Lets whoever calls ``function`` wait for ``go_on``: were it the loop itself, it would wait in vain."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function, self.begun, self.go_on = function, threading.Event(), threading.Event()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.begun.set()
        assert self.go_on.wait(20), "the loop had no turn"
        return self._function(*arguments, **named)


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> Held:
    """Writing the text of a profile.bak."""
    held = Held(profile_bak._line)
    monkeypatch.setattr(profile_bak, "_line", held)
    return held


@pytest.fixture
def going_on(site: Site) -> Site:
    """With a clock that goes on by itself."""
    site.engine.clock.mode = "real"
    site.schedule = BackupSchedule(site.engine)
    return site


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


async def test_a_backup_is_of_one_moment_and_others_are_served_meanwhile(site: Site, writing: Held) -> None:
    backup = BackUpSystem("hourly_01", keep=True, apart=True)
    making = asyncio.create_task(site.engine.run(backup))
    await _until(writing.begun.is_set)
    site.lpar("web1")
    await site.engine.settled()
    assert not making.done(), "somebody else was served while it was being written"
    writing.go_on.set()
    await making
    names = [one.partition.name for one in profile_bak.load(backup.content.decode()).partitions]
    assert len(names) > 1 and "web1" not in names, "it came afterwards"
    assert (site.place / "system_hourly_01.bak").read_bytes() == backup.content


async def test_so_is_that_of_a_virtual_io_server(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(viosbr._document)
    monkeypatch.setattr(viosbr, "_document", held)
    making = asyncio.create_task(_made(site, keep=False))
    await _until(held.begun.is_set)
    site.lpar("web1")
    await site.engine.settled()
    held.go_on.set()
    made = await making
    assert [one.about(site.state) for one in made][1:] == ["vios1", "vios2"]
    assert all(one.content for one in made)


async def _made(site: Site, *, keep: bool) -> list[TakeBackup]:
    """All of them, as ``openlpar backup run`` asks for them."""
    made = list(site.schedule.operations("hourly_02", keep=keep, apart=True))
    for operation in made:
        await site.engine.run(operation)
    return made


async def test_it_is_the_same_as_one_made_in_between_everything_else(site: Site) -> None:
    apart = [one.content for one in await _made(site, keep=False)]
    within = list(site.schedule.operations("hourly_02", keep=False))
    for operation in within:
        site.engine.perform(operation)
    assert apart == [one.content for one in within]


async def test_what_is_altered_on_the_copy_is_lost(site: Site) -> None:
    before = site.state.version, list(site.state.all(VirtualIOServer))

    def work(change: Any) -> None:
        vios = next(change.all(VirtualIOServer))
        change.put(vios.evolve(name="other"))
        change.remove(vios)
        assert change.count(VirtualIOServer) == len(before[1]) - 1

    await site.engine.apart(work)
    assert (site.state.version, list(site.state.all(VirtualIOServer))) == before


async def test_by_a_clock_that_goes_on_the_hourly_ones_are_made_beside_everything_else(
    going_on: Site, writing: Held
) -> None:
    site = going_on
    site.engine.clock.step(HOUR_MS)
    site.engine.apply_due()
    await _until(writing.begun.is_set)
    assert {due.uuid for due in site.state.where(Due, what="backup")} > {"backup-unfinished"}
    writing.go_on.set()
    await _until(lambda: site.state.count(BackupOutcome) == 3)
    await _until(lambda: site.state.find(Due, "backup-unfinished") is None)
    assert len(site.names()) == 3 and site.state.count(Due) == 1


async def test_what_was_not_finished_when_the_service_ended_is_made_by_the_next(tmp_path: Path, writing: Held) -> None:
    first = Site(tmp_path)
    await first.engine.start()
    first.engine.clock.mode = "real"
    first.schedule = BackupSchedule(first.engine)
    first.engine.clock.step(HOUR_MS)
    first.engine.apply_due()
    await _until(writing.begun.is_set)
    await first.engine.settled()
    stopping = asyncio.create_task(first.engine.stop())
    await _until(lambda: not first.engine._beside)
    writing.go_on.set()
    await stopping
    assert not first.place.exists()
    second = Site(tmp_path)
    second.engine.clock.step(2 * HOUR_MS)
    await second.engine.start()
    second.engine.apply_due()
    await second.engine.settled()
    assert "system_hourly_23.bak" in second.names(), "under the name that it would have had"
    assert second.state.find(Due, "backup-unfinished") is None
    await second.engine.stop()


async def test_a_copy_of_a_state_answers_as_the_state_does(tmp_path: Path) -> None:
    state = Gannet(tmp_path / "data").state
    copy = state.copy()
    vios = next(state.all(VirtualIOServer))
    for one in (state, copy):
        assert next(one.where(VirtualIOServer, id=vios.id)) is vios
    for slot in ("_objects", "_children", "_index", "_totals", "_stamps", "version"):
        assert getattr(copy, slot) == getattr(state, slot)
    copy.swap(VirtualIOServer, vios.uuid, None)
    assert state.find(VirtualIOServer, vios.uuid) is vios
