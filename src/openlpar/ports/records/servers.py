"""What is kept of a Virtual I/O Server: its settings, its devices, whether it is out of service."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, ClassVar

from openlpar.ports.records.core import Record
from openlpar.uom.volume_layout import Copies


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

    goes_with: ClassVar[str] = "uuid"

    phase: str
    added: tuple[str, ...] = ()
    job: str = ""
    began: int = 0
    stalled: str = ""


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

    goes_with: ClassVar[str] = "uuid"

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
class Logins(Record):
    """Who may log on at the console of a Virtual I/O Server (uuid), and who did. Times are ms since 1970 by its own clock.

    passwords: user to argon2 hash; changed: user to when his password was set; failures: user to how often he was refused
    since he logged on last; last: user to when he did; failed: the last refusals, the oldest first, each time and user.
    """

    goes_with: ClassVar[str] = "uuid"
    KEPT: ClassVar[int] = 100
    """Refusals."""
    UNKNOWN: ClassVar[str] = "UNKNOWN_USER"
    """For a name that no user has."""

    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    changed: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    failed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAggregation(Record):
    """An Ethernet device of a Virtual I/O Server that is several ports together; uuid is the server's with the device's name.

    vios: uuid of the server. name: of the device. ports: the Ethernet devices it is made of, as ``uom.plain`` writes them.
    """

    goes_with: ClassVar[str] = "vios"

    vios: str
    name: str
    mode: str
    ports: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedDisk(Record):
    """A disk that a Virtual I/O Server was told to forget though it is still attached: looking for devices finds it again.

    uuid, disk: the PhysicalVolume's identity and (``uom.plain``) contents; vios: uuid of its server; defined: the server keeps
    the device's definition.
    """

    goes_with: ClassVar[str] = "vios"

    vios: str
    disk: dict[str, Any]
    defined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedGroup(Record):
    """A volume group that no Virtual I/O Server knows, but whose disks still hold it. uuid, group: the VolumeGroup's identity
    and (``uom.plain``) contents; disks: UDIDs of its physical volumes; vios: uuid of the server that it was on, "" where a dump
    did not tell."""

    disks: tuple[str, ...]
    group: dict[str, Any]
    vios: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLayout(Record):
    """Where the logical volumes of a volume group (uuid) lie, where that does not follow from the group: name to the copies. See
    ``uom.volume_layout``. partition_mb: size of its physical partitions."""

    goes_with: ClassVar[str] = "uuid"

    partition_mb: int
    volumes: dict[str, Copies]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPolicy(Record):
    """What was chosen for a volume group (uuid) and the UOM has no place for. factor: how many times the usual number of physical
    partitions each of its disks may have; relocates: bad blocks of its disks are replaced."""

    goes_with: ClassVar[str] = "uuid"

    factor: int = 1
    relocates: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePool(Record):
    """A file storage pool of a Virtual I/O Server (vios, its uuid): a file system in a logical volume of the pool's name.

    group: uuid of the volume group that has it, whose free space is without it; size_mb: of the logical volume, in whole physical
    partitions.
    """

    goes_with: ClassVar[str] = "group"

    vios: str
    group: str
    name: str
    size_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackingFile(Record):
    """A file in a file storage pool (uuid) that is a disk for a partition. uuid: UDID of the disk, which stays when the file gets
    another name."""

    goes_with: ClassVar[str] = "pool"

    pool: str
    name: str
    size_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualLog(Record):
    """A log that a Virtual I/O Server (vios, its uuid) keeps for a partition; uuid is the log's, 32 hex digits. client, name: as an
    administrator calls the partition and the log. state: enabled or disabled. limits: how many log files, of how many bytes, how
    many state files, of how many bytes. adapter, device: the virtual SCSI server adapter and the target device that it is lent
    through, "" while it is not; defined: the device is not in use."""

    goes_with: ClassVar[str] = "vios"

    vios: str
    client: str
    name: str
    state: str
    limits: tuple[int, int, int, int]
    adapter: str = ""
    device: str = ""
    defined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UncommittedUpdate(Record):
    """An update of a Virtual I/O Server (uuid) that was applied and can still be rejected. previous: the level before it."""

    goes_with: ClassVar[str] = "uuid"

    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareHistory(Record):
    """What was done with the software of a Virtual I/O Server (uuid). removed: names of file sets that it has not any more.
    entries: the oldest first, each the time (ms since 1970 by the server's own clock), what was done, the level, and the file
    set, "" for all."""

    goes_with: ClassVar[str] = "uuid"
    KEPT: ClassVar[int] = 100
    """Entries; the oldest go first."""

    removed: tuple[str, ...] = ()
    entries: tuple[tuple[int, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RootImage(Record):
    """The system of a Virtual I/O Server (vios, its uuid) in a volume group (uuid) that it does not run from: a copy, or what it
    ran from before. level, previous, removed, entries: what it will be like when it runs from there; previous is the level before
    an update that was not committed, "" for none, the others are those of ``SoftwareHistory``."""

    goes_with: ClassVar[str] = "uuid"
    COPY: ClassVar[str] = "altinst_rootvg"
    """What the volume group of a copy is called."""
    FORMER: ClassVar[str] = "old_rootvg"
    """That of the system that the server ran from before."""

    vios: str
    level: str
    previous: str = ""
    removed: tuple[str, ...] = ()
    entries: tuple[tuple[int, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEntry(Record):
    """An entry of the error log of a Virtual I/O Server (vios, its uuid). number: in that log, from 1; at: ms since 1970 by the
    server's own clock; label: of the template (``uom.error_log``); resource: the device, or program; detail: lines."""

    goes_with: ClassVar[str] = "vios"
    KEPT: ClassVar[int] = 500
    """Of each server; the oldest go first."""

    vios: str
    number: int
    at: int
    label: str
    resource: str
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHistory(Record):
    """What a Virtual I/O Server (uuid) went through, as far as its commands count it. logged: number of the last entry of its error
    log; shut_down: when it was last shut down in order (ms since 1970 by its own clock), 0 while it runs; started: when it was last
    started (ms since 1970), 0 when that is not known; failovers: shared
    Ethernet adapter to how often it became backup and primary since the server was started; traps: how many its SNMP agent sent
    since it was started."""

    goes_with: ClassVar[str] = "uuid"

    logged: int = 0
    shut_down: int = 0
    started: int = 0
    failovers: dict[str, tuple[int, int]] = field(default_factory=dict)
    traps: int = 0
