"""State that is not part of the UOM but is kept with it: jobs, due changes, sessions, fault rules, uploads.

Records are immutable values with a ``uuid`` (their key) and a ``parent``, stored beside the UOM objects in the same transaction.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from openlpar.uom.job import JobStatus
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.metering import Survey
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Base of all records."""

    parent: ClassVar[str | None] = None
    uuid: str


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

    at: int
    what: str
    subject: str
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterBoot(Record):
    """A Due that is scheduled when a partition runs; uuid is the partition's. what, data: the Due's; delay_ms: until it."""

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
    subject have no RMC connection.
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
class Console(Record):
    """What a partition's console has shown; uuid is the partition's.

    written: characters shown altogether, of which text is the end. activated: what ``written`` was at the last activation.
    user, line: who is logged on at the simulated guest, and what he has typed but not yet entered.
    """

    KEPT: ClassVar[int] = 16_384

    text: str = ""
    written: int = 0
    activated: int = 0
    user: str = ""
    line: str = ""

    def showing(self, text: str) -> Console:
        return replace(self, text=(self.text + text)[-self.KEPT :], written=self.written + len(text))

    def since(self, position: int) -> str:
        """What was shown after a position, as far as it is still kept."""
        kept_from = self.written - len(self.text)
        return self.text[max(0, position - kept_from) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestDisks(Record):
    """What the operating system of a simulated partition (uuid) has noticed of its disks. failed: uuids of the mappings that it
    could not use when it last looked; log: what its kernel said about that (time in ms since 1970, line), the oldest first."""

    KEPT: ClassVar[int] = 200

    failed: tuple[str, ...] = ()
    log: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession(Record):
    """Who has a partition's console; uuid is the partition's, because there is one at a time. opened: ms since 1970.

    vnc: port of the loopback address at which a VNC server shows it to others, 0 for none.
    """

    session: str
    user: str
    opened: int
    vnc: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAggregation(Record):
    """An Ethernet device of a Virtual I/O Server that is several ports together; uuid is the server's with the device's name.

    vios: uuid of the server. name: of the device. ports: the Ethernet devices it is made of, as ``uom.plain`` writes them.
    """

    vios: str
    name: str
    mode: str
    ports: tuple[dict[str, Any], ...]


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
class LicenceKeys(Record):
    """Licence keys of an IBM i partition; uuid is the partition's."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation(Record):
    """A partition (uuid) that a back end runs outside the service. position: up to where the journal of what happened to it has
    been taken into the state; shown: characters of its console that have been; restart: it is started again when it ends; mode,
    boot_string: see ``hypervisor.Boot``. incoming: it comes from another system, and is not this one's yet. sending: number of
    the sending that is under way, with the address it goes to, "" for none."""

    position: int = 0
    shown: int = 0
    restart: bool = False
    mode: str = ""
    boot_string: str = ""
    incoming: bool = False
    sending: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RmcConnection(Record):
    """What is known of the RMC connection of a partition (uuid). cause: why it is not active, "" while it is; adapter: uuid of the
    virtual Ethernet adapter that it goes over; objection: what the guest says when adapters are added or removed, "" while it
    lets them."""

    cause: str = ""
    adapter: str = ""
    objection: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware(Record):
    """Levels of the firmware of the system (uuid), such as ``SV860_215``: of its two sides, and the one it runs."""

    temporary: str
    permanent: str
    active: str


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


class Absence(enum.StrEnum):
    """How far the maintenance of a Virtual I/O Server is. All but OUT end by themselves."""

    PREPARED = "prepared"
    STOPPING = "stopping"
    OUT = "out of service"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(Record):
    """A Virtual I/O Server (uuid) that is being taken out of service, is out, or comes back. phase: an Absence text. added: uuids
    of the mappings by which other servers lend what only this one lent. job: number of the job that led to the phase; began: ms
    since 1970. stalled: why it goes on only when somebody asks for it, "" while it does."""

    phase: str
    added: tuple[str, ...] = ()
    job: str = ""
    began: int = 0
    stalled: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRule(Record):
    """What simulated partitions are busy with; uuid is the pattern of their names. kind, settings: see ``ports.metrics``."""

    kind: str
    settings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed(Record):
    """What there was to measure when readings were taken; uuid is what they call it."""

    survey: Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Record):
    """What the meters of a system showed at a time (ms since 1970), which is its uuid too. elapsed: ms that were measured since the
    first reading. survey: of ``Surveyed``; numbers: 64 bit integers in its order, deflated."""

    at: int
    elapsed: int
    survey: str
    numbers: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup(Record):
    """Readings of ``seconds`` up to ``at`` (ms since 1970) drawn together. samples: how many; rates: per second, 32 bit floats in
    the survey's order, first all averages, then all minima, then all maxima, deflated."""

    at: int
    seconds: int
    samples: int
    survey: str
    rates: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupOutcome(Record):
    """How the last backup of the managed system or of a Virtual I/O Server (uuid) went. subject: its name. file: the newest backup
    that was made, succeeded: when, ms since 1970 (0: never). failed: when making ``missing`` failed since then (0: it did not), for
    the reason of a message, with its text and remedy."""

    subject: str
    file: str = ""
    succeeded: int = 0
    failed: int = 0
    missing: str = ""
    message: str = ""
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoManagement(Record):
    """HMCs manage the system (uuid) beside its NovaLink; there is none of these while the NovaLink is alone.

    consoles: names of the HMCs; busy: those with an operation under way. holder: the name of the one that is master, or
    NOVALINK; mode: how it holds the role (norm, temp, keep); former: who gets it back from a temporary master.
    requested: who gets the role when the holder's operations have ended, "" when nobody waits; requested_mode: how it will be
    held; job: number of the job that waits for that.
    """

    NOVALINK: ClassVar[str] = "NovaLink"

    consoles: tuple[str, ...]
    busy: tuple[str, ...] = ()
    holder: str = NOVALINK
    mode: str = "norm"
    former: str = ""
    requested: str = ""
    requested_mode: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViosSettings(Record):
    """What a Virtual I/O Server (uuid) keeps for itself and the UOM has no place for: its padmin commands set and show it.

    attributes: device to attribute to value, where it is not the usual one; paths: ``hdisk4 fscsi0`` to a status but Enabled;
    interfaces: IP interface to its address, mask and state, where the UOM has no object for it; routes: destination (``default``)
    to gateway; hosts: IP address to names; services: network service or agent to ``active`` or ``inactive``; users: name to
    attribute to value; bootlists: mode to devices; firewall: rules as they were given; texts: motd, login message, language, time
    zone, security level and the like; clock_offset_s: how far its clock was set from the system's; resets: device to when its
    counters were cleared (ms since 1970), and what they had counted then.
    """

    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    interfaces: dict[str, dict[str, str]] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    name_servers: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    services: dict[str, str] = field(default_factory=dict)
    users: dict[str, dict[str, str]] = field(default_factory=dict)
    bootlists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    firewall: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    clock_offset_s: int = 0
    resets: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedDisk(Record):
    """A disk that a Virtual I/O Server was told to forget though it is still attached: looking for devices finds it again.

    uuid, disk: the PhysicalVolume's identity and (``uom.plain``) contents; vios: uuid of its server; defined: the server keeps
    the device's definition.
    """

    vios: str
    disk: dict[str, Any]
    defined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedGroup(Record):
    """A volume group that no Virtual I/O Server knows, but whose disks still hold it. uuid, group: the VolumeGroup's identity
    and (``uom.plain``) contents; disks: UDIDs of its physical volumes."""

    disks: tuple[str, ...]
    group: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageArray(Record):
    """An array on the simulated storage network; uuid is its name. ports: WWPNs of its Fibre Channel ports; iqns, portals: names
    and addresses (``192.0.2.50:3260``) of its iSCSI targets. chap, discovery_chap: user and secret that they ask for at the login
    and at the discovery of several paths, () for nothing."""

    ports: tuple[str, ...] = ()
    iqns: tuple[str, ...] = ()
    portals: tuple[str, ...] = ()
    chap: tuple[str, ...] = ()
    discovery_chap: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SanVolume(Record):
    """A volume of an array; uuid is ``array/volume``. lun: its number; capacity: MB; naa: identifier of its page 83, "" when it
    does not tell one; iqn: of a target of its own, "" for those of the array. hosts: whom it is masked to: WWPNs, IQNs, or names of
    partitions."""

    lun: int
    capacity: int
    naa: str
    iqn: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def array(self) -> str:
        return self.uuid.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RbdImage(Record):
    """An image in a simulated Ceph cluster; uuid is ``pool/image``. capacity: MB."""

    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IscsiSession(Record):
    """A Virtual I/O Server is logged in to an iSCSI target. vios: its uuid; interface: over which; disks: logical unit number to
    uuid of the PhysicalVolume that was found there."""

    vios: str
    iqn: str
    portal: str
    interface: str
    disks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """What happened, as event clients are told. data: path of the object below the service."""

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


RECORDS: tuple[type[Record], ...] = (
    Job,
    Due,
    AfterBoot,
    Session,
    Fault,
    Upload,
    Subscription,
    Console,
    GuestDisks,
    ConsoleSession,
    AsRecorded,
    Identity,
    LicenceKeys,
    Activation,
    Migration,
    Maintenance,
    Deposit,
    Entrusted,
    WorkloadRule,
    Surveyed,
    Reading,
    Rollup,
    BackupOutcome,
    CoManagement,
    RmcConnection,
    Firmware,
    ViosSettings,
    RemovedDisk,
    ExportedGroup,
    LinkAggregation,
    StorageArray,
    SanVolume,
    RbdImage,
    IscsiSession,
)
