"""The store: nothing acknowledged is lost, and a file that is not ours is left alone."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import PendingCommit
from openlpar.ports.records import RECORDS, AuditRecord, EventRecord, Job
from openlpar.store.sqlite import NewerStore, SqliteStore
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Child, Children, Element, Field, Ints, Number
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.plain import from_plain, to_plain


def _open(path: Path) -> SqliteStore:
    return SqliteStore(path, (*element_types.values(), *RECORDS))


def _partition(uuid: str = "U1") -> LogicalPartition:
    memory = PartitionMemoryConfiguration(desired=1024, exp_factor=Decimal("0.00"))
    return LogicalPartition(uuid=uuid, parent="sys", name="vm1", id=4, mem_config=memory, srr_enabled=False)


def _batch(*objects: object) -> PendingCommit:
    batch = PendingCommit()
    batch.altered = {(type(obj), obj.uuid): obj for obj in objects}  # type: ignore[attr-defined,misc]
    return batch


def test_objects_and_records_come_back_as_they_were(tmp_path: Path) -> None:
    store = _open(tmp_path / "state.db")
    job = Job(uuid="7", group="LogicalPartition", target="U1", operation="PowerOn", parameters={"bootmode": "sms"})
    batch = _batch(_partition(), job)
    batch.events = [EventRecord(number=5, type="ADD_URI", data="x", detail="")]
    batch.audits = [AuditRecord(at=1, operation="lpar.create", requester="neo", memento="", objects=("a",))]
    store.commit(batch)
    store.close()
    again = _open(tmp_path / "state.db")
    assert list(again.load()) == [_partition(), job]
    assert [event.number for event in again.events()] == [5]
    assert [audit.requester for audit in again.audits()] == ["neo"]
    again.close()


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "left open by an earlier one"])
def test_nobody_else_can_read_it_whatever_folder_it_lies_in(tmp_path: Path, is_there: bool) -> None:
    tmp_path.chmod(0o755)
    if is_there:
        sqlite3.connect(tmp_path / "state.db").close()
        (tmp_path / "state.db").chmod(0o644)
    store = _open(tmp_path / "state.db")
    store.commit(_batch(_partition()))
    files = list(tmp_path.iterdir())
    assert len(files) == 3
    assert [f"{file.name} {file.stat().st_mode & 0o007}" for file in files if file.stat().st_mode & 0o007] == []
    store.close()


def test_a_replaced_object_keeps_its_place_and_a_removed_one_goes(tmp_path: Path) -> None:
    store = _open(tmp_path / "state.db")
    store.commit(_batch(_partition("U1"), _partition("U2")))
    store.commit(_batch(_partition("U1").evolve(name="vm9")))
    assert [obj.uuid for obj in store.load()] == ["U1", "U2"]
    gone = PendingCommit()
    gone.altered, gone.before = {(LogicalPartition, "U1"): None}, {(LogicalPartition, "U1"): _partition("U1")}
    store.commit(gone)
    assert [obj.uuid for obj in store.load()] == ["U2"]
    store.close()


def test_a_commit_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    store = _open(tmp_path / "state.db")
    batch = _batch(_partition())
    batch.events = [
        EventRecord(number=1, type="a", data="", detail=""),
        EventRecord(number=1, type="b", data="", detail=""),
    ]
    with pytest.raises(sqlite3.IntegrityError):
        store.commit(batch)
    assert list(store.load()) == []
    store.commit(_batch(_partition()))
    store.close()


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.db") as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(NewerStore, match="newer OpenLPAR"):
        _open(tmp_path / "state.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database, but long enough to be looked at" * 10)
    with pytest.raises(sqlite3.DatabaseError):
        _open(tmp_path / "state.db")


def test_a_torn_write_ahead_log_costs_only_what_was_never_acknowledged(tmp_path: Path) -> None:
    store = _open(tmp_path / "state.db")
    store.commit(_batch(_partition("U1")))
    acknowledged = (tmp_path / "state.db-wal").stat().st_size
    store.commit(_batch(_partition("U2")))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("state.db", "state.db-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    with (copy / "state.db-wal").open("r+b") as wal:
        wal.truncate(acknowledged + 100)
    torn = _open(copy / "state.db")
    assert [obj.uuid for obj in torn.load()] == ["U1"]
    torn.close()
    store.close()


@pytest.mark.parametrize("kind", element_types.values(), ids=lambda kind: kind.__name__)
def test_every_type_can_be_stored_empty(tmp_path: Path, kind: type[Element]) -> None:
    store = _open(tmp_path / "state.db")
    store.commit(_batch(kind(uuid="x")))
    assert list(store.load()) == [kind(uuid="x")]
    store.close()


def _filled(kind: type[Element]) -> Element:
    """One of everything that the declaration knows, down to the leaves."""
    return kind(**{field.name: _value(field) for field in kind.fields}, extras=("<New>1</New>",))


def _value(field: Field[Any]) -> Any:
    if isinstance(field, Child):
        return _filled(field.target)
    if isinstance(field, Children):
        return (_filled(field.target), field.target())
    if field.many:
        return (1, 2) if isinstance(field, Ints) else ("a", "b")
    if isinstance(field, Number):
        return Decimal("1.50")
    return {"int": 7, "bool": False}.get(field.kind, "text")


@pytest.mark.parametrize("kind", element_types.values(), ids=lambda kind: kind.__name__)
def test_every_type_can_be_stored_full(tmp_path: Path, kind: type[Element]) -> None:
    full = _filled(kind).evolve(uuid="x", parent="sys")
    store = _open(tmp_path / "state.db")
    store.commit(_batch(full))
    (found,) = store.load()
    assert found == full
    assert isinstance(found, Element)
    assert from_plain(kind, to_plain(full), "x", "sys", trusted=True) == found
    store.close()


def test_a_field_of_a_newer_version_is_named(tmp_path: Path) -> None:
    store = _open(tmp_path / "state.db")
    store.commit(_batch(_partition()))
    store.close()
    with sqlite3.connect(tmp_path / "state.db") as db:
        db.execute("""UPDATE objects SET body = json_set(body, '$.PartitionMemoryConfiguration.Colour', 'blue')""")
    again = _open(tmp_path / "state.db")
    with pytest.raises(NewerStore, match="PartitionMemoryConfiguration has no field 'Colour'"):
        list(again.load())
    again.close()


def _told(store: SqliteStore, first: int, count: int) -> None:
    batch = PendingCommit()
    batch.events = [EventRecord(number=first + n, type="ADD_URI", data="x", detail="") for n in range(count)]
    store.commit(batch)


@pytest.mark.parametrize("at_once", [1, 7, EventRecord.KEPT + 130])
def test_events_that_nobody_can_ask_for_are_not_kept(tmp_path: Path, at_once: int) -> None:
    store = _open(tmp_path / "state.db")
    _told(store, 1, EventRecord.KEPT)
    for first in range(EventRecord.KEPT + 1, EventRecord.KEPT + 131, at_once):
        _told(store, first, at_once)
    numbers = [event.number for event in store.events()]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert EventRecord.KEPT <= len(numbers) < EventRecord.KEPT + 64
    store.close()
