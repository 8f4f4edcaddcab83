"""The registry of I/O servers; a hypervisor back end names the one that goes with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from openlpar.ports.io_server import BlockService
from openlpar.ports.options import NOTHING_TOLD, Options
from openlpar.ports.registry import Registered


class IoServerBackend(Registered, ABC, what="I/O server", package="openlpar.vios"):
    """Base of all I/O servers; see ``ports.io_server.IoServer`` for what they do.

    blocks: what serves real disks, None when there are none. options: the names
    of those ``Options`` that mean something to it.
    """

    name: ClassVar[str]
    options: ClassVar[tuple[str, ...]] = ()
    blocks: BlockService | None = None
    takes_snapshots: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def below(cls, data: Path, options: Options = NOTHING_TOLD) -> IoServerBackend:
        """The one that keeps what it needs below the service's data directory. Raises HostUnfit."""
        ...

    async def end_all(self) -> list[str]:
        """Ends what goes on though the service has ended. What that was, in words. Raises OSError for what does not end."""
        return []
