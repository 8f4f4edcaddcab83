"""The store in one SQLite file: one row per object, write-ahead log, every commit on disk before it returns.

Rows of objects and records share one table; ``kind`` is the type's name. Bodies are JSON. The schema's version is SQLite's
``user_version``; ``_MIGRATIONS`` bring an older file up, each in the same transaction as the version's change.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from openlpar.ports.records import AuditRecord, EventRecord, Record
from openlpar.ports.state import Batch
from openlpar.store import rows
from openlpar.uom.core import BadValue, Element
from openlpar.uom.plain import to_plain

_MIGRATIONS = (
    """
    CREATE TABLE objects (kind TEXT NOT NULL, uuid TEXT NOT NULL, parent TEXT, body BLOB NOT NULL,
                          ordinal INTEGER PRIMARY KEY, UNIQUE (kind, uuid));
    CREATE TABLE events (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE audit (ordinal INTEGER PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    """,
)
_AT_ONCE = 64
"""How many events that are no longer kept are deleted together."""
SCHEMA = len(_MIGRATIONS)
"""Version of the schema that this program writes; it reads all before."""


class NewerStore(Exception):
    """The file was written by a newer version of this program."""

    def __init__(self, sign: str) -> None:
        """sign: what tells it."""
        super().__init__(f"the state was written by a newer OpenLPAR: {sign}. Start that one, or a later one.")


def _close_to_strangers(path: Path) -> None:
    """There are secrets in it, and the folder it lies in may be somebody's own. SQLite gives the files beside it the same mode."""
    path.touch(mode=0o640)
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with contextlib.suppress(OSError):  # not there; or another user's, whose business it is
            file.chmod(file.stat().st_mode & 0o770)


class SqliteStore:
    """See ``ports.state.Store``. ``sync`` may run in a thread of its own; all else comes from the event loop's."""

    def __init__(self, path: Path, kinds: Iterable[type[Element] | type[Record]]) -> None:
        """kinds: every type that may be stored. Raises NewerStore, sqlite3.DatabaseError when the file is none of ours."""
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._encode = msgspec.json.Encoder().encode
        self._one_at_a_time = threading.Lock()
        _close_to_strangers(path)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA busy_timeout=5000")
        self._migrate()

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise NewerStore(f"it has schema {version}, this one knows {SCHEMA}")
        for number, script in enumerate(_MIGRATIONS[version:], version + 1):
            self._db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT")

    @contextlib.contextmanager
    def _begun(self) -> Iterator[sqlite3.Connection]:
        """A transaction that ``sync`` ends; it is taken back when something goes wrong before."""
        self._one_at_a_time.acquire()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
        except BaseException:
            self._take_back()
            raise

    def sync(self) -> None:
        try:
            self._db.execute("COMMIT")
        except BaseException:
            self._take_back()
            raise
        self._one_at_a_time.release()

    def _take_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("ROLLBACK")
        self._one_at_a_time.release()

    def load(self) -> Iterator[Element | Record]:
        """Everything that is kept. Raises NewerStore."""
        for kind_name, uuid, parent, body in self._db.execute(
            "SELECT kind, uuid, parent, body FROM objects ORDER BY ordinal"
        ):
            kind: Any = self._kinds.get(kind_name)
            if kind is None:
                raise NewerStore(f"there is a {kind_name} in it, {uuid}, which this one does not know")
            if issubclass(kind, Element):
                try:
                    element = rows.element(kind, body, uuid, parent)
                except BadValue as wrong:
                    raise NewerStore(str(wrong).removesuffix(".")) from wrong
                yield element
            else:
                yield msgspec.json.decode(body, type=kind)

    def events(self) -> Iterator[EventRecord]:
        for (body,) in self._db.execute("SELECT body FROM events ORDER BY number"):
            yield msgspec.json.decode(body, type=EventRecord)

    def audits(self) -> Iterator[AuditRecord]:
        """Every recorded change, oldest first."""
        for (body,) in self._db.execute("SELECT body FROM audit ORDER BY ordinal"):
            yield msgspec.json.decode(body, type=AuditRecord)

    def commit(self, batch: Batch) -> None:
        self.write(batch)
        self.sync()

    def write(self, batch: Batch) -> None:
        encode = self._encode
        rows = [
            (
                type(obj).__name__,
                obj.uuid,
                obj.parent,
                encode(to_plain(obj) if isinstance(obj, Element) else obj),
            )
            for obj in batch.puts
        ]
        with self._begun() as db:
            db.executemany("DELETE FROM objects WHERE kind=? AND uuid=?", [(k.__name__, u) for k, u in batch.removes])
            db.executemany(
                "INSERT INTO objects (kind, uuid, parent, body) VALUES (?,?,?,?)"
                " ON CONFLICT (kind, uuid) DO UPDATE SET parent=excluded.parent, body=excluded.body",
                rows,
            )
            if batch.events:
                kept = batch.events[-EventRecord.KEPT :]
                db.executemany("INSERT INTO events VALUES (?,?)", [(e.number, encode(e)) for e in kept])
                last = batch.events[-1].number
                if last // _AT_ONCE > (batch.events[0].number - 1) // _AT_ONCE:
                    db.execute("DELETE FROM events WHERE number <= ?", (last - EventRecord.KEPT,))
            db.execute("INSERT OR REPLACE INTO settings VALUES ('clock', ?)", (str(batch.now),))
            db.executemany("INSERT INTO audit (at, body) VALUES (?,?)", [(a.at, encode(a)) for a in batch.audits])

    def setting(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM settings WHERE name=?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        with self._begun() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?,?)", (name, value))
        self.sync()

    def close(self) -> None:
        """After a commit that is under way: SQLite does not survive a connection that is closed during a statement."""
        with self._one_at_a_time:
            self._db.close()
