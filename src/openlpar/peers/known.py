"""The peers of a state directory: ``peers.json``, for its owner only.

A file, and not the state: ``openlpar trust`` writes it while the service runs or not, and backups of the state hold no keys.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

from openlpar.ports.peer import Peer


class PeerFile:
    """Read anew when it was changed."""

    def __init__(self, data: Path) -> None:
        self._path = data / "peers.json"
        self._stamp = (0, 0)
        self._peers: dict[str, Peer] = {}

    def known(self) -> Collection[Peer]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._peers = {}
            return ()
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._peers = {one["name"]: Peer(**one) for one in json.loads(self._path.read_text())}
            self._stamp = stamp
        return tuple(self._peers.values())

    def holder(self, key: str) -> Peer | None:
        found = None
        for peer in self.known():  # all of them, however early one fits: time must tell nothing
            if hmac.compare_digest(peer.key.encode(), key.encode()):
                found = peer
        return found

    def trust(self, peer: Peer) -> None:
        """Written as a whole or not at all; the command and the service may both do it."""
        with (self._path.with_suffix(".lock")).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            peers = {one.name: one for one in self.known()} | {peer.name: peer}
            draft = self._path.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump([asdict(one) for one in peers.values()], file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
