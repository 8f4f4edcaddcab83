"""Snapshots: the whole state of a service in one file, taken while it runs and put back while it does not.

A snapshot is a tar file: ``snapshot.json`` first, which names format, version and schema and has size and SHA-256 of every other
member and of itself; then ``state.db``, copied by SQLite's backup API as of one commit; then the files that belong to the state.
Left out is what a service makes for itself (lock, sessions, token), its keys and those of its peers, its backups, and the disks
of real partitions.

A restore becomes valid at one instant, the renaming of the folder ``restore.ready``: killed before it, the state is what it was;
killed after it, the next command or service on the directory finishes it (``complete``).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import openlpar
from openlpar.messages import backup as say
from openlpar.store.sqlite import SCHEMA

FORMAT = 1
FOLDERS = ("vios", "uploads")
"""What belongs to the state beside the database, below the data directory."""

_DATABASE = "state.db"
_MANIFEST = "snapshot.json"
_READY = "restore.ready"
_DRAFT = ".restore-draft"
_LARGEST_MANIFEST = 16 * 1024 * 1024
_PIECE = 1024 * 1024

Manifest = dict[str, Any]


def take(data: Path, target: Path) -> Manifest:
    """Writes a snapshot of the state in ``data``; whoever looks at ``target`` finds the old file or the whole new one. A service
    may be running on it, and changes its state meanwhile without waiting. Raises Failure."""
    if not (data / _DATABASE).exists():
        raise say.NO_STATE.error(data=data)
    folder = target.absolute().with_name(f".{target.name[:200]}.taking")
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of one before, that was killed
        folder.mkdir(mode=0o700)
        copies = folder / "state"
        copies.mkdir()
        schema = _copied(data / _DATABASE, copies / _DATABASE)
        members = {_DATABASE: copies / _DATABASE}
        for name, path in _belonging(data):  # copied first: they may change while they are read a second time
            members[name] = copies / name
            members[name].parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, members[name])
        manifest = _manifest(members, schema)
        draft = folder / "snapshot"
        with open(draft, "xb", opener=_private) as file:
            _write(file, manifest, members)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
        _sync_folder(target.absolute().parent)
    except (OSError, sqlite3.Error) as wrong:
        raise say.STATE_UNREADABLE.error(data=data, file=target, cause=_cause(wrong)) from wrong
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return manifest


def _copied(source: Path, target: Path) -> int:
    """The database as of one commit, read while others write; its schema."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=30)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        found = copy.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"the database is damaged: {found}")
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        return int(copy.execute("PRAGMA user_version").fetchone()[0])


def _belonging(data: Path) -> Iterator[tuple[str, Path]]:
    """The files of the state beside the database, by their names below it. Unfinished ones begin with a dot."""
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield path.relative_to(data).as_posix(), path


def _manifest(members: dict[str, Path], schema: int) -> Manifest:
    content: Manifest = {
        "format": FORMAT,
        "openlpar": openlpar.__version__,
        "schema": schema,
        "taken": int(time.time()),
        "files": {name: _described(path) for name, path in members.items()},
    }
    return {**content, "sha256": _own_digest(content)}


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"size": path.stat().st_size, "sha256": digest, "mode": path.stat().st_mode & 0o777}


def _own_digest(manifest: Manifest) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _write(file: IO[bytes], manifest: Manifest, members: dict[str, Path]) -> None:
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        text = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size, entry.mtime, entry.mode = len(text), manifest["taken"], 0o600
        tar.addfile(entry, io.BytesIO(text))
        for name, path in members.items():
            entry = tarfile.TarInfo(name)
            described = manifest["files"][name]
            entry.size, entry.mtime, entry.mode = described["size"], manifest["taken"], 0o600
            with path.open("rb") as content:
                tar.addfile(entry, content)


# restoring


def read_manifest(path: Path) -> Manifest:
    """What a snapshot says of itself. Raises Failure."""
    with _opened(path) as tar:
        return _checked_manifest(tar, path)


def restore(path: Path, data: Path, *, replace: bool) -> Manifest:
    """Puts a snapshot into ``data``, which the caller has locked. replace: in the place of the state that is there. Everything is
    checked before anything is touched. Raises Failure; then the state is what it was."""
    complete(data)
    if (data / _DATABASE).exists() and not replace:
        raise say.STATE_IN_THE_WAY.error(data=data)
    draft = data / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with _opened(path) as tar:
            manifest = _checked_manifest(tar, path)
            draft.mkdir(mode=0o700)
            for folder in FOLDERS:
                (draft / folder).mkdir(mode=0o750)
            _extract(tar, path, manifest, draft)
        _sync_tree(draft)
        draft.rename(data / _READY)
        _sync_folder(data)
    except OSError as wrong:
        raise say.NOT_WRITTEN.error(path=data, cause=_cause(wrong)) from wrong
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    complete(data)
    return manifest


def complete(data: Path) -> bool:
    """Finishes a restore that was decided; does nothing, and is False, when there is none. Can be broken off and repeated."""
    ready = data / _READY
    if not ready.is_dir():
        return False
    if (ready / _DATABASE).exists():
        for suffix in ("-wal", "-shm"):  # they are the old database's
            (data / f"{_DATABASE}{suffix}").unlink(missing_ok=True)
    for entry in sorted(ready.iterdir()):
        place = data / entry.name
        if place.is_dir():
            shutil.rmtree(place)
        os.replace(entry, place)
    _sync_folder(data)
    ready.rmdir()
    return True


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield tar
    except FileNotFoundError as wrong:
        raise say.UNREADABLE.error(path=path, cause=_cause(wrong)) from wrong
    except (tarfile.TarError, EOFError, ValueError) as wrong:
        raise say.DAMAGED.error(path=path, cause=str(wrong) or type(wrong).__name__) from wrong


def _checked_manifest(tar: tarfile.TarFile, path: Path) -> Manifest:
    first = tar.next()
    stream = tar.extractfile(first) if first is not None and first.isfile() else None
    if first is None or stream is None or first.name != _MANIFEST or first.size > _LARGEST_MANIFEST:
        raise say.DAMAGED.error(path=path, cause=f"it does not begin with {_MANIFEST}")
    try:
        manifest: Manifest = json.load(stream)
        digest = manifest.pop("sha256")
        version, found, schema = str(manifest["openlpar"]), int(manifest["format"]), int(manifest["schema"])
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise say.DAMAGED.error(path=path, cause=f"{_MANIFEST} cannot be read") from wrong
    for format, known in ((found, FORMAT), (schema, SCHEMA)):
        if format > known:
            raise say.NEWER.error(path=path, version=version, format=format, known=known)
    if digest != _own_digest(manifest) or _DATABASE not in manifest["files"]:
        raise say.DAMAGED.error(path=path, cause=f"{_MANIFEST} does not match its checksum")
    return {**manifest, "sha256": digest}


def _extract(tar: tarfile.TarFile, path: Path, manifest: Manifest, target: Path) -> None:
    left = dict(manifest["files"])
    for member in tar:
        if member.name == _MANIFEST:
            continue
        described = left.pop(member.name, None)
        stream = tar.extractfile(member) if member.isfile() else None
        if described is None or stream is None or not _is_below(member.name):
            raise say.DAMAGED.error(path=path, cause=f"{member.name} does not belong to it")
        place = target / member.name
        place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with open(place, "xb", opener=_private) as file:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                file.write(piece)
            os.fsync(file.fileno())
        if digest.hexdigest() != described["sha256"]:
            raise say.DAMAGED.error(path=path, cause=f"{member.name} does not match its checksum")
        place.chmod(described["mode"])
    if left:
        raise say.DAMAGED.error(path=path, cause=f"{', '.join(sorted(left))} missing")


def _is_below(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/")


def _private(path: str, flags: int) -> int:
    """Hashes of passwords are in it."""
    return os.open(path, flags, 0o600)


def _sync_tree(folder: Path) -> None:
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        _sync_folder(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cause(wrong: Exception) -> str:
    return (isinstance(wrong, OSError) and wrong.strerror) or str(wrong)
