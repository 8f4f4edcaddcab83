"""What several Virtual I/O Servers serve, of one managed system or of several on this host: logical units and disks of the SAN.

All of it is below one folder that belongs to no system. A storage daemon there has open what only one program may write; whoever
needs it first starts it, and it ends with the last server that needs it. Every server leaves a note of what it uses, in which
the others read what they must leave alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from openlpar.vios.served.contents import Contents
from openlpar.vios.served.daemon import Daemon, DaemonError
from openlpar.vios.served.loans import Key
from openlpar.vios.served.nodes import Wanted
from openlpar.vios.served.programs import Programs
from openlpar.vios.served.server import Server

_BUSY_S, _LOOK_S = 30.0, 0.01


class PoolsElsewhere(Exception):
    """The pools of a data directory are not where they are said to be; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Use:
    """What the Virtual I/O Server with a run folder uses. contents: what is mapped from it, as ``folder/stem``; nodes, exports:
    what it has the daemon keep."""

    folder: str
    contents: tuple[str, ...]
    nodes: tuple[str, ...]
    exports: tuple[str, ...]


class Pools:
    """The folder: ``ssp`` and ``pv`` with the contents, ``d`` of the daemon, ``uses`` with the notes, ``lock``."""

    def __init__(self, folder: Path, runs: Path, programs: Programs, ended: Callable[[], None]) -> None:
        """runs: with the run folders of our own Virtual I/O Servers. ended: see ``Daemon``."""
        self._folder, self._runs, self._programs = folder, runs, programs
        self.contents = Contents(folder, programs, owner=runs)
        self.daemon = Daemon(folder / "d", programs, ended)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The daemon and the notes for us alone. Raises DaemonError when another one holds them for very long."""
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                async with asyncio.timeout(_BUSY_S):
                    while not _taken(lock):
                        await asyncio.sleep(_LOOK_S)
            except TimeoutError:
                raise DaemonError(f"another service holds {self._folder} and does not let go of it") from None
            try:
                yield
            finally:
                await self.daemon.let_others()
        finally:
            os.close(lock)

    # notes

    def note(self, use: Use) -> None:
        path = self._note(use.folder)
        text = json.dumps(asdict(use))
        with contextlib.suppress(OSError):
            if path.read_text() == text:
                return
        path.parent.mkdir(0o700, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(text)
        draft.chmod(0o600)
        draft.replace(path)

    def is_used_elsewhere(self, key: Key) -> bool:
        """Whether a server of another system has a mapping to a content."""
        name = f"{key.folder}/{key.stem}"
        return any(name in use.contents for use in self._elsewhere())

    def kept(self) -> tuple[set[str], set[str]]:
        """Nodes and exports that running servers of other systems need."""
        nodes: set[str] = set()
        exports: set[str] = set()
        for use in self._elsewhere():
            if self._runs_in(use.folder):
                nodes.update(use.nodes)
                exports.update(use.exports)
        return nodes, exports

    def is_needed(self) -> bool:
        """Whether some server runs that has the daemon keep something, of whatever system."""
        return any(use.nodes and self._runs_in(use.folder) for use in self._uses())

    def _elsewhere(self) -> Iterator[Use]:
        return (use for use in self._uses() if Path(use.folder).parent != self._runs)

    def _uses(self) -> Iterator[Use]:
        for path in (self._folder / "uses").glob("*.json"):
            try:
                plain = json.loads(path.read_text())
                use = Use(plain["folder"], *(tuple(plain[name]) for name in ("contents", "nodes", "exports")))
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if Path(use.folder).is_dir():
                yield use
            else:  # that system is gone
                path.unlink(missing_ok=True)

    def _note(self, folder: str) -> Path:
        return self._folder / "uses" / f"{hashlib.sha256(folder.encode()).hexdigest()[:16]}.json"

    def _runs_in(self, folder: str) -> bool:
        return bool(Server(Path(folder), self._programs, lambda: None).processes())

    # the daemon

    async def begin(self, wanted: Wanted) -> list[DaemonError]:
        """Starts the daemon when there is something for it. Returns what went wrong; raises DaemonError."""
        if not wanted.nodes or self.daemon.is_alive():
            return []
        await self.daemon.start()
        # Clients of the one before wait for it, and answer to nothing that concerns its disks until these are there.
        return await self.daemon.add(wanted)

    async def has_beyond(self, wanted: Wanted) -> bool:
        """Whether the daemon has what neither we nor others want."""
        return self.daemon.is_alive() and await self.daemon.has_beyond(wanted, *self.kept())

    async def add(self, wanted: Wanted) -> list[DaemonError]:
        return await self.daemon.add(wanted) if wanted.nodes else []

    async def drop(self, wanted: Wanted) -> list[DaemonError]:
        """Lets go of what neither we nor others want; of the daemon, when there is nothing for it any more."""
        if not self.daemon.is_alive():
            return []
        failed = await self.daemon.drop(wanted, *self.kept())
        if not wanted.nodes and not await self.stop():
            await self.daemon.close()
        return failed

    async def stop(self) -> bool:
        """Ends the daemon, unless somebody needs it. Whether it did."""
        if self.is_needed():
            return False
        ended = self.daemon.is_alive()
        await self.daemon.stop()
        return ended


def folder_of(data: Path, named: Path | None) -> Path:
    """Where the pools of a data directory are: in the folder that was named when they were needed first, else inside.

    Which one it was is remembered, or a service that is started without the name would find all units empty. Raises PoolsElsewhere.
    """
    place = data / "pools"
    if named is not None:
        named = named.resolve()
        if not os.path.lexists(place):
            named.mkdir(0o700, parents=True, exist_ok=True)
            data.mkdir(0o700, parents=True, exist_ok=True)
            place.symlink_to(named)
        elif place.resolve() != named:
            raise PoolsElsewhere(
                f"the shared storage pools of this data directory are in {place.resolve()}. End what uses them with "
                f"'openlpar halt', move that folder to {named} and remove {place}, or leave --pools out."
            )
    return place.resolve() if place.is_symlink() else place


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
