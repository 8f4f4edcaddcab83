"""Where backups of the managed system are kept: what an operation needs to know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from openlpar.messages import backup as say
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import VirtualSwitch

FREQUENCIES = ("daily", "weekly", "monthly")
"""How often a Virtual I/O Server can back itself up (``viosbr -frequency``)."""
VIOSBR_DUE = "viosbr"
"""What a Due is called that lets it. data: file, frequency, files (how many are kept), number (of the next one), cluster."""


def next_regular(frequency: str, now: int) -> int:
    """When the next of them is made, ms since 1970: daily at midnight, weekly as Sunday begins, monthly a minute into the month."""
    moment = datetime.fromtimestamp(now / 1000, UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if frequency == "weekly":
        midnight += timedelta(days=6 - midnight.weekday())
    elif frequency == "monthly":
        midnight = (moment.replace(day=1) + timedelta(days=32)).replace(
            day=1, hour=0, minute=1, second=0, microsecond=0
        )
    return int(midnight.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A backup that is there. size: bytes; modified: ms since 1970."""

    name: str
    size: int
    modified: int


class Backups(Protocol):
    """The backups of one managed system. place: path of their directory as people know it, "" while nothing is kept."""

    @property
    def place(self) -> str: ...

    def profile(
        self,
        system: ManagedSystem,
        partitions: Iterable[BasePartition],
        adapters: Iterable[ClientNetworkAdapter],
        scsi: Iterable[VirtualSCSIMapping],
        fc: Iterable[VirtualFibreChannelMapping],
        *,
        tod: int,
        switches: Iterable[VirtualSwitch],
    ) -> str:
        """The text of a ``profile.bak``; tod: ms since 1970."""
        ...

    def keep(self, folder: str, name: str, content: bytes, made: int) -> None:
        """Writes a backup whole, or leaves the one before. folder: of the system; made: when, ms since 1970. Raises
        OSError, Failure NO_FOLDER."""
        ...

    def kept(self, folder: str) -> list[KeptBackup]:
        """In order of names. A folder that is not there holds none. Raises OSError."""
        ...


class NoBackups:
    """A service that writes nothing, because somebody else fetches and keeps."""

    place = ""

    def profile(self, *_: object, **__: object) -> str:
        raise say.NO_FOLDER.error()

    def keep(self, folder: str, name: str, content: bytes, made: int) -> None:
        raise say.NO_FOLDER.error()

    def kept(self, folder: str) -> list[KeptBackup]:
        return []
