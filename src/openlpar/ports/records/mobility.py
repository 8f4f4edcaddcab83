"""Partitions that are on their way to another system, or can be restarted there."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, ClassVar

from openlpar.ports.records.core import Record


class Phase(enum.StrEnum):
    """How far a migration is. Up to SENDING, and in UNDOING, the partition is the source's; from GIVEN on it is the target's."""

    PREPARING = "preparing"
    SENDING = "sending"
    GIVEN = "given"
    GONE = "gone"
    UNDOING = "undoing"
    RESERVED = "reserved"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration(Record):
    """A partition on its way from this system (phases PREPARING to UNDOING) or to it (RESERVED, TAKEN); uuid is the migration's,
    the same on both sides.

    partition: its uuid; name: what messages call it. other: name of the other system. was: state of the partition before.
    wishes: the job's parameters; job: its number. units: uuids of logical units that became known here with the partition.
    began: ms since 1970. stalled: why it goes on only when somebody recovers it, "" while it does.
    """

    partition: str
    name: str
    other: str
    phase: str
    was: str
    wishes: dict[str, str] = field(default_factory=dict)
    job: str = ""
    units: tuple[str, ...] = ()
    began: int = 0
    stalled: str = ""

    @property
    def is_leaving(self) -> bool:
        """This system is the source."""
        return self.phase not in (Phase.RESERVED, Phase.TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a mover service partition moved of one running partition, and for how long. number: of its streams, from 1; other: name
    of the other system; arrived: it came here; whole: all of it was moved."""

    number: int
    partition: str
    other: str
    arrived: bool
    mb: int
    ms: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverHistory(Record):
    """What a Virtual I/O Server (uuid) moved as mover service partition. since: when the first stream ended, or all was reset (ms
    since 1970). streams: the last ones, the oldest first; count, failed, sent_mb, received_mb: of all since then."""

    goes_with: ClassVar[str] = "uuid"
    KEPT: ClassVar[int] = 32

    since: int
    streams: tuple[Stream, ...] = ()
    count: int = 0
    failed: int = 0
    sent_mb: int = 0
    received_mb: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialTransfer(Record):
    """A virtual serial number (uuid) that was taken off this system and that another one has not answered for yet.

    other: its name; auto_assign: as it was here; lpar_id: of the partition that gets it there, 0 for none; job: its number.
    """

    other: str
    auto_assign: bool = False
    lpar_id: int = 0
    job: str = ""


class Hold(enum.StrEnum):
    """What a system that has entrusted a partition to another one may do with it: have it, wait to be told whether it still has it,
    or nothing any more, as the other one has restarted it."""

    NONE = ""
    ASKING = "asking"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Record):
    """A partition (uuid) that another system can restart when this one is dead; written down before that system is told.

    name: what messages call it. refuge: name of the other system, "" while none has it. serial: of the last question about it;
    an older one that arrives late counts for nothing. digest: of what the refuge is known to have, "" when that is not known.
    hold, was: state of the partition before it was held. forced: an administrator brought it back without the refuge's word.
    """

    name: str
    refuge: str = ""
    serial: int = 0
    digest: str = ""
    hold: str = Hold.NONE.value
    was: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrusted(Record):
    """What another system left here so that its partition can be restarted when it is dead; uuid is ``PARTITION@SYSTEM``.

    partition: its uuid; source: name of the other system; serial: of its last question. baggage: the partition and all that
    belongs to it, as ``ops.mobility.baggage`` has it, {} when it was taken back. active: it was not off. restarted: it is this
    system's now.
    """

    partition: str
    name: str
    source: str
    serial: int
    baggage: dict[str, Any] = field(default_factory=dict)
    active: bool = False
    restarted: bool = False
