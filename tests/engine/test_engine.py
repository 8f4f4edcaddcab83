"""The promises of the engine: all or nothing, durable before the answer, in order."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from openlpar.engine.engine import Engine, Requester
from openlpar.messages import Failure
from openlpar.ports.records import Due, Fault
from openlpar.ports.state import Batch, Change
from openlpar.store.sqlite import SqliteStore
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.engine.switches import AddSwitches, make_engine


def _names(engine: Engine) -> list[str]:
    return [switch.name for switch in engine.state.all(VirtualSwitch)]


async def test_an_acknowledged_change_is_in_the_file(engine: Engine, tmp_path: Path) -> None:
    await engine.run(AddSwitches(("a", "b"), []))
    rows = sqlite3.connect(tmp_path / "state.db").execute("SELECT count(*) FROM objects WHERE kind='VirtualSwitch'")
    assert rows.fetchone() == (2,)


async def test_a_restart_finds_everything_again(tmp_path: Path) -> None:
    first = make_engine(tmp_path / "state.db")
    await first.start()
    await first.run(AddSwitches(("a",), []), Requester("neo", "why not"))
    before = list(first.state.all(VirtualSwitch))
    await first.stop()
    second = make_engine(tmp_path / "state.db")
    assert list(second.state.all(VirtualSwitch)) == before
    assert second.state.tally("switches") == 1
    second._store.close()


async def test_concurrent_changes_share_commits(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = 0
    sync = engine._store.sync

    def counted() -> None:
        nonlocal commits
        commits += 1
        sync()

    monkeypatch.setattr(engine._store, "sync", counted)
    await asyncio.gather(*(engine.run(AddSwitches((f"s{n}",), [])) for n in range(50)))
    assert len(_names(engine)) == 50
    assert commits <= 3


async def test_a_refusal_changes_nothing(engine: Engine) -> None:
    version = engine.state.version
    with pytest.raises(Failure, match="exists already"):
        await engine.run(AddSwitches(("bad",), []))
    assert engine.state.version == version
    assert engine.is_settled


async def test_a_failing_step_undoes_the_ones_before_it_backwards(engine: Engine) -> None:
    undone: list[str] = []
    with pytest.raises(Failure, match="ValueError: boom"):
        await engine.run(AddSwitches(("a", "b", "boom"), undone))
    assert undone == ["b", "a"]
    assert _names(engine) == []
    assert engine.state.tally("switches") == 0


@pytest.mark.parametrize("when", ["write", "sync"])
async def test_a_store_that_cannot_write_takes_everything_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    undone: list[str] = []
    store = engine._store
    assert isinstance(store, SqliteStore)

    def full(*batch: object) -> None:
        if not batch:
            store._take_back()  # as it does when SQLite says so
        raise sqlite3.OperationalError("database or disk is full")

    await engine.run(AddSwitches(("kept",), []))
    with monkeypatch.context() as patched:
        patched.setattr(engine._store, when, full)
        with pytest.raises(Failure, match="disk is full"):
            await engine.run(AddSwitches(("a", "b"), undone))
    assert _names(engine) == ["kept"]
    assert undone == ["b", "a"]
    await engine.run(AddSwitches(("later",), []))
    assert _names(engine) == ["kept", "later"]


async def test_what_came_and_went_in_one_commit_is_not_written(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[Batch] = []
    monkeypatch.setattr(engine._store, "write", batches.append)
    monkeypatch.setattr(engine._store, "sync", lambda: None)
    switch = VirtualSwitch(uuid="s1", name="s1")
    with engine.alter() as change:
        change.put(switch)
    with engine.alter() as change:
        change.remove(switch)
    await engine.settled()
    assert [(batch.puts, batch.removes) for batch in batches] == [([], [])]
    with engine.alter() as change:
        change.put(switch)
    await engine.settled()
    with engine.alter() as change:
        change.remove(switch)
    await engine.settled()
    assert batches[-1].removes == [(VirtualSwitch, "s1")]


async def test_what_follows_a_change_waits_for_the_disk(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    with engine.alter() as change:
        change.put(VirtualSwitch(uuid="s1", name="s1"))
        change.afterwards(lambda: done.append("followed"))
        assert not done
    assert not done
    await engine.settled()
    assert done == ["followed"]

    def full(batch: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine._store, "write", full)
    with engine.alter() as change:
        change.put(VirtualSwitch(uuid="s2", name="s2"))
        change.afterwards(lambda: done.append("followed what was taken back"))
    with pytest.raises(Failure):
        await engine.settled()
    with pytest.raises(Failure, match="ZeroDivisionError"), engine.alter() as change:
        change.afterwards(lambda: done.append("followed what was never done"))
        raise ZeroDivisionError
    assert done == ["followed"]


async def test_followers_hear_of_what_is_on_disk_and_one_that_fails_does_not_keep_the_others_from_it(
    engine: Engine,
) -> None:
    heard: list[tuple[str, str]] = []

    def failing(altered: object) -> None:
        raise RuntimeError("this follower fails")

    engine.followers += [failing, lambda altered: heard.extend((kind.__name__, uuid) for kind, uuid in altered)]
    with engine.alter() as change:
        change.put(VirtualSwitch(uuid="s1", name="s1"))
    assert not heard
    await engine.settled()
    assert heard == [("VirtualSwitch", "s1")]


async def test_a_change_tells_an_event_and_leaves_an_audit(engine: Engine) -> None:
    position = engine.events._published
    await engine.run(AddSwitches(("a",), []), Requester("neo", "memento"))
    told = engine.events.since(position)
    assert told is not None
    assert [event.type for event in told] == ["ADD_URI"]
    audit = list(engine._store.audits())[-1]  # type: ignore[attr-defined]  # the SQLite store's own
    assert (audit.operation, audit.requester, audit.memento) == ("test.add_switches", "neo", "memento")


async def test_event_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    first = make_engine(tmp_path / "state.db")
    await first.start()
    await first.run(AddSwitches(("a",), []))
    last = first.events._published
    await first.stop()
    second = make_engine(tmp_path / "state.db")
    assert second.events._published >= last
    assert [event.type for event in second.events.since(last - 1) or []] == ["ADD_URI"]
    second._store.close()


async def test_due_changes_come_in_order_and_only_when_time_has_come(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "state.db", clock="stepped")
    seen: list[str] = []

    def note(change: Change, due: Due) -> None:
        seen.append(due.data["text"])

    engine.routines["note"] = note
    await engine.start()
    with engine.alter() as change:
        change.schedule(2000, "note", "x", text="second")
        change.schedule(1000, "note", "x", text="first")
        change.schedule(5000, "note", "y", text="never")
    await engine.step(3000)
    assert seen == ["first", "second"]
    with engine.alter() as change:
        change.cancel("y")
    await engine.step(10_000)
    assert seen == ["first", "second"]
    await engine.stop()


async def test_what_was_due_survives_a_restart(tmp_path: Path) -> None:
    first = make_engine(tmp_path / "state.db", clock="stepped")
    await first.start()
    with first.alter() as change:
        change.schedule(1000, "note", "x", text="late")
    await first.settled()
    seen: list[str] = []
    await first.stop()
    second = make_engine(tmp_path / "state.db", clock="stepped")
    second.routines["note"] = lambda change, due: seen.append(due.data["text"])
    await second.start()
    await second.step(2000)
    assert seen == ["late"]
    await second.stop()


async def test_a_fault_rule_strikes_as_often_as_it_says(engine: Engine) -> None:
    engine.put_record(Fault(uuid="f1", effect="fail", operation="test.*", after=1, times=1))
    await engine.run(AddSwitches(("a",), []))
    with pytest.raises(Failure, match="fault rule f1"):
        await engine.run(AddSwitches(("b",), []))
    await engine.run(AddSwitches(("c",), []))
    assert _names(engine) == ["a", "c"]


async def test_a_fault_at_a_step_undoes_the_steps_before_it(engine: Engine) -> None:
    undone: list[str] = []
    engine.put_record(Fault(uuid="f1", effect="fail", operation="test.*", step="add b"))
    with pytest.raises(Failure):
        await engine.run(AddSwitches(("a", "b"), undone))
    assert undone == ["a"]
    assert _names(engine) == []


async def test_what_comes_due_is_not_tried_without_end_while_the_disk_is_full(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def again(change: Change, due: Due) -> None:
        tried.append(due.uuid)
        change.schedule(0, "again", "x")

    def full(batch: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    engine.routines["again"] = again
    monkeypatch.setattr(engine._store, "write", full)
    with engine.alter() as change:
        change.put(VirtualSwitch(uuid="s1", name="s1"))
    with pytest.raises(Failure, match="disk is full"):
        await engine.settled()
    with engine.alter() as change:
        change.schedule(0, "again", "x")
    for _ in range(300):
        await asyncio.sleep(0)
    assert len(tried) <= 1
