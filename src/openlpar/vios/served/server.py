"""What serves for one Virtual I/O Server: a storage daemon for each partition that it lends something to.

Whoever may connect to a storage daemon may have any of its exports, and learns their names. So no two partitions share one: the
disks of each are behind a door of its own. A daemon costs the host 1.5 MB and starts in 10 ms.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openlpar.qemu_host.processes import Process, boot
from openlpar.vios.served.daemon import Daemon, DaemonError, note
from openlpar.vios.served.nodes import Wanted
from openlpar.vios.served.programs import Programs


class Server:
    """In a folder: ``serves``, the note of the daemons that should run, and a folder for each of them, named by the number of its
    partition.

    When one of the daemons ends by itself the whole server has: it is off, like any that crashed. ended: called then, once.
    """

    def __init__(self, folder: Path, programs: Programs, ended: Callable[[], None]) -> None:
        self.folder, self._programs, self._ended = folder, programs, ended
        self._daemons: dict[int, Daemon] = {}
        self._reached: dict[int, Wanted] = {}
        self._is_lost = False

    def socket(self, client: int) -> Path:
        """Where the disks of a partition are."""
        return self._daemon(client).socket

    def process(self, client: int) -> Process | None:
        """Who serves the disks of a partition, None when nobody does."""
        daemon = self._daemon(client)
        return daemon.process() if daemon.is_alive() else None

    def has_served(self) -> bool:
        """Whether it was started here before, since the machine came up."""
        return self._noted() is not None

    def serves(self) -> bool:
        clients = self._clients()
        return clients is not None and all(self._daemon(client).is_alive() for client in clients)

    def processes(self) -> list[int]:
        """Pids of the daemons that run; some may be left of one that crashed."""
        found = (self._daemon(client) for client in self._places())
        return [process.pid for daemon in found if daemon.is_alive() and (process := daemon.process())]

    # life

    async def start(self) -> None:
        """Takes up what runs; what is left of a server that crashed is ended first. Raises OSError."""
        if not self.serves():
            await self.stop()
            self.folder.mkdir(0o700, parents=True, exist_ok=True)
            self._note([])
        self._is_lost = False
        for client in self._clients() or ():
            await self._daemon(client).start()

    async def stop(self) -> None:
        """Ends it in good order."""
        if self.has_served():
            self._note(None)
        for client in self._places():
            await self._end(client)

    async def close(self) -> None:
        """Lets go of it; it goes on."""
        for daemon in self._daemons.values():
            await daemon.close()

    async def _end(self, client: int) -> None:
        self._reached.pop(client, None)
        await self._daemon(client).stop()
        shutil.rmtree(self._daemons.pop(client).folder, ignore_errors=True)

    # what it lends

    async def drop(self, wanted: Mapping[int, Wanted]) -> list[DaemonError]:
        """Lets partitions have nothing more than that. Returns what went wrong."""
        failed: list[DaemonError] = []
        clients = self._clients() or []
        kept = [client for client in clients if client in wanted]
        if kept != clients:
            self._note(kept)  # before they end: whoever looks later should not take that for a crash
        for client in self._places():
            if client not in kept:
                await self._end(client)
            elif self._reached.get(client) != wanted[client]:
                failed += await self._daemon(client).drop(wanted[client])
        return failed

    async def add(self, wanted: Mapping[int, Wanted]) -> list[DaemonError]:
        """Lets partitions have what they lack of that. Returns what went wrong; the rest is there."""
        failed: list[DaemonError] = []
        for client, disks in wanted.items():
            if self._reached.get(client) != disks:
                problems = await self._add(client, disks)
                failed += problems
                if not problems:
                    self._reached[client] = disks
        return failed

    async def _add(self, client: int, disks: Wanted) -> list[DaemonError]:
        clients = self._clients() or []
        if client not in clients:
            try:
                await self._daemon(client).start()
            except DaemonError as exc:
                return [exc]
            self._note([*clients, client])
        return await self._daemon(client).add(disks)

    # what there is

    def _daemon(self, client: int) -> Daemon:
        if client not in self._daemons:
            self._daemons[client] = Daemon(self.folder / str(client), self._programs, self._crashed)
        return self._daemons[client]

    def _crashed(self) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._ended()

    def _places(self) -> list[int]:
        """Partitions that have, or had, a daemon."""
        return sorted(int(place.name) for place in self.folder.glob("[0-9]*") if place.is_dir())

    def _clients(self) -> list[int] | None:
        """Partitions whose daemons should run; None while it is off."""
        noted = self._noted()
        return noted["clients"] if noted else None

    def _noted(self) -> dict[str, Any] | None:
        try:
            noted: dict[str, Any] = json.loads((self.folder / "serves").read_text())
        except (OSError, ValueError):
            return None
        return noted if noted["boot"] == boot() else None

    def _note(self, clients: Sequence[int] | None) -> None:
        note(self.folder / "serves", {"boot": boot(), "clients": clients})
