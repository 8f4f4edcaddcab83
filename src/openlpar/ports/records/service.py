"""What the service keeps for itself: jobs, what comes due, sessions, fault rules, uploads, its place in the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from openlpar.ports.records.core import Record
from openlpar.uom.job import JobStatus
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Record):
    """A long operation that a client asked for and polls. Times in ms since 1970; status is a JobStatus text.

    group, target: type name and uuid of the object it works on ("" for creation jobs). awaits: partition states, one of which
    ends the job; deadline: when waiting for them has taken too long. results: name to text, as the client reads them.
    progress: how much of it is done, 0 to 1.
    """

    group: str
    target: str
    operation: str
    parameters: dict[str, str] = field(default_factory=dict)
    status: str = JobStatus.NOT_STARTED.value
    started: int = 0
    completed: int = 0
    awaits: tuple[str, ...] = ()
    deadline: int = 0
    results: dict[str, str] = field(default_factory=dict)
    message: str = ""
    requester: str = ""
    memento: str = ""
    progress: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Record):
    """A change that happens by itself at a time (ms since 1970): a boot stage, a job's deadline.

    what: which routine applies it; subject: uuid of the object; data: its arguments.
    """

    goes_with: ClassVar[str] = "subject"

    at: int
    what: str
    subject: str
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterBoot(Record):
    """A Due that is scheduled when a partition runs; uuid is the partition's. what, data: the Due's; delay_ms: until it."""

    goes_with: ClassVar[str] = "uuid"

    what: str
    delay_ms: int
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Record):
    """A client's session; uuid is the SHA-256 of its token, the token itself is not kept. used: last request, ms since 1970.

    file: path of the token file that was written for local logon, or "".
    """

    user: str
    created: int
    used: int
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Record):
    """A rule that makes operations fail, wait, or the service die.

    operation, step, subject: glob patterns (operation name such as ``lpar.power_on`` or REST job name, several of them between
    blanks; step name; name of the object or of one that it is in).
    after: how many matches pass first; times: how often it strikes then (0 = always); probability: of striking, 0 to 1. An
    operation that another one runs inside itself is no match of its own where that one is, unless ``step`` is given.
    effect: "fail" (message: id of a catalogue entry), "delay" (seconds), "crash", or no operation's fate (its operation is "",
    which none has): "rmc-lost" and "lpar-rmc-lost", while which Virtual I/O Servers or logical partitions named like the
    subject have no RMC connection; "link-lost", while which Ethernet ports whose location code is like the subject have no link.
    name: of the ready-made fault that it was made from, "" for a rule written out.
    """

    effect: str
    operation: str = "*"
    step: str = "*"
    subject: str = "*"
    message: str = ""
    seconds: float = 0.0
    after: int = 0
    times: int = 0
    probability: float = 1.0
    seen: int = 0
    struck: int = 0
    name: str = ""


LINK_LOST = "link-lost"
"""Effect of fault rules that pull the cable of Ethernet ports."""
RMC_LOST: dict[str, type[BasePartition]] = {"rmc-lost": VirtualIOServer, "lpar-rmc-lost": LogicalPartition}
"""Effects of fault rules that keep partitions from the management network -> what they keep from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Record):
    """A file a client announced (``web/File``) and may be sending. size: announced bytes, received: bytes on disk."""

    name: str
    media_type: str
    enum_type: str
    vios: str = ""
    device: str = ""
    sha256: str = ""
    size: int = 0
    received: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Record):
    """An event client's place in the queue; uuid is its application id, position the last event id it was given."""

    position: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AsRecorded(Record):
    """Marks an object (uuid) that came from a recording of a real system and has not been changed since: it is shown
    exactly as it was recorded, also where a view would derive a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Record):
    """What this installation is known by; uuid is its management console's. ssh_public_key: a line as in authorized_keys;
    certificate: SHA-256, in hex, of the file that the key was taken from."""

    ssh_public_key: str
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupOutcome(Record):
    """How the last backup of the managed system or of a Virtual I/O Server (uuid) went. subject: its name. file: the newest backup
    that was made, succeeded: when, ms since 1970 (0: never). failed: when making ``missing`` failed since then (0: it did not), for
    the reason of a message, with its text and remedy."""

    goes_with: ClassVar[str] = "uuid"

    subject: str
    file: str = ""
    succeeded: int = 0
    failed: int = 0
    missing: str = ""
    message: str = ""
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """What happened, as event clients are told. data: path of the object below the service."""

    KEPT: ClassVar[int] = 10_000
    """How many there are for clients that come late."""

    number: int
    type: str
    data: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Who changed what and why: one per operation that changed anything. objects: ``Kind/uuid`` texts."""

    at: int
    operation: str
    requester: str
    memento: str
    objects: tuple[str, ...]
    outcome: str = "ok"
