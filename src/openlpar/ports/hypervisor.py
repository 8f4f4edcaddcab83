"""What runs partitions. ``hypervisor/sim`` is the default implementer, ``hypervisor/qemu`` the real one.

Commands go down through ``Hypervisor``; what becomes of them comes back as ``Observation`` through the ``Report`` callable
that the implementer was made with: at once, later, or never. An operation therefore never waits inside a command; the one
that needs a guest's answer, ``resize``, is waited for before the operation's steps.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from openlpar.messages import Failure
from openlpar.ports.io_server import BlockService, CommandResult
from openlpar.ports.options import NOTHING_TOLD, Options
from openlpar.ports.records import Due
from openlpar.ports.state import Change, World
from openlpar.ports.terminal import Terminal
from openlpar.uom.partition import BasePartition


class Stop(enum.StrEnum):
    """How a partition is stopped: by its operating system over RMC, by a power-off signal (EPOW), or at once."""

    OS = "osshutdown"
    SIGNAL = "shutdown"
    HARD = "immediate"
    DUMP = "dumprestart"


class Resource(enum.StrEnum):
    """What a running partition can be given, or lose."""

    IO = "I/O"
    MEMORY = "memory"
    PROCESSORS = "processors"


@dataclass(frozen=True, slots=True)
class Boot:
    """How a partition is started. mode: norm, sms, dd, ds, of or pbl; keylock: norm or manual; "" = as configured."""

    mode: str = ""
    keylock: str = ""
    boot_string: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a hypervisor saw of a partition. None = unchanged. Texts are wire texts of the UOM enumerations.

    dlpar: what of the running guest can be changed when its RMC connection is active. rmc_cause: why that is not active;
    rmc_adapter: uuid of the adapter it goes over; objection: what the guest says when adapters are added or removed, "" while it
    lets them. These go with ``rmc``.
    failed: why the last power command came to nothing; ends the jobs that wait for it.
    memory_mb, processors: what the guest has now, when it gave something up long after it was asked.
    moved: how much of a partition that is being sent away has left, 0 to 1; with 1 it has stopped here.
    stays: why it does not leave, but goes on here.
    """

    state: str | None = None
    ref_code: str | None = None
    ref_code_full: str | None = None
    rmc: str | None = None
    rmc_ip: str | None = None
    rmc_cause: str = ""
    rmc_adapter: str = ""
    objection: str = ""
    dlpar: frozenset[Resource] = frozenset(Resource)
    operating_system: str | None = None
    booted: bool = False
    console: str = ""
    failed: str = ""
    memory_mb: int | None = None
    processors: int | None = None
    moved: float | None = None
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Resized:
    """partition: as it was wished, with what the guest really has now. reason: the guest's own words when that is less, or more,
    than wished."""

    partition: BasePartition
    reason: str = ""


class HostUnfit(Exception):
    """This machine cannot run partitions; the text says why, and the remedy."""


Report = Callable[[Change, str, Observation], None]
"""(change, uuid of the partition, what was seen)"""


class Padmin(Protocol):
    """The shell of a Virtual I/O Server, for who sits at its console."""

    def run(self, command: str, terminal: Terminal) -> CommandResult: ...

    def log_on(self, name: str, password: str | None) -> CommandResult:
        """See ``ports.io_server.IoServer``."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a back end is given to live in.

    alter: begins a change of its own, for what it saw without being asked; data: folder that is its own, not made yet;
    blocks: who serves disks, for a back end whose partitions have real ones; options: what the service was
    told for it; seed: of chance.
    """

    report: Report
    alter: Callable[[], AbstractContextManager[Change]]
    world: World
    data: Path
    blocks: BlockService | None = None
    options: Options = NOTHING_TOLD
    seed: int = 1


class Hypervisor(Protocol):
    """Back end of a managed system. Raises Failure when a command is refused; then nothing was done.

    A command's ``change`` may still be taken back: a back end whose partitions are real acts in ``change.afterwards``.
    """

    name: ClassVar[str]

    async def open(self) -> None:
        """The state is loaded: takes up what runs, and reports what became of partitions while nobody looked.
        Raises HostUnfit when partitions cannot be run here."""
        ...

    async def close(self) -> None:
        """The service ends; partitions go on."""
        ...

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        """(kind, uuid) of what is on disk in a new version, or gone: the world outside follows it."""
        ...

    def define(self, change: Change, partition: BasePartition) -> None:
        """A partition was created."""
        ...

    def undefine(self, change: Change, partition: BasePartition) -> None:
        """A partition that is off is removed."""
        ...

    def start(self, change: Change, partition: BasePartition, boot: Boot) -> None: ...

    def stop(self, change: Change, partition: BasePartition, how: Stop, restart: bool) -> None: ...

    async def resize(self, before: BasePartition, after: BasePartition, force: bool = False) -> Resized:
        """DLPAR on a running partition. force: even when the guest may not stand it. Raises Failure when the guest cannot be asked,
        or must not be."""
        ...

    def due(self, change: Change, due: Due) -> None:
        """A change that this back end scheduled has come due."""
        ...

    def type_on_console(self, change: Change, partition: BasePartition, text: str, padmin: Padmin) -> None:
        """Text that somebody types on a partition's console; what the partition shows comes back as Observations.

        padmin: for the shell of a Virtual I/O Server, whose commands its ``IoServer`` runs.
        """
        ...


@runtime_checkable
class Behaving(Protocol):
    """A back end whose partitions behave as data says."""

    def behaviour(self) -> dict[str, Any]:
        """The data, as plain values."""
        ...

    def behave(self, data: dict[str, Any]) -> None:
        """Partitions behave so from the next power command on. Raises ValueError that names what is wrong."""
        ...


@runtime_checkable
class Linking(Protocol):
    """A back end whose virtual switches can be linked to those of other services."""

    async def links(self) -> list[dict[str, Any]]:
        """How each link is, as plain values. Raises Failure when that cannot be known."""
        ...


@runtime_checkable
class Mobile(Protocol):
    """A back end that can move running partitions to a back end of the same name on another system.

    The target ``expect``s what the source has ``pack``ed, and says where it is to be sent; when the source has given it away and
    it ``has_arrived``, it runs on at the target (``arrive``).
    """

    def hindrances(self, partition: BasePartition) -> Iterable[Failure]:
        """What keeps a running partition from leaving this back end."""
        ...

    async def pack(self, partition: BasePartition) -> dict[str, Any]:
        """What the other back end has to know of a running partition, to go on with it: plain values. Raises Failure."""
        ...

    def unfit(self, partition: BasePartition, luggage: dict[str, Any]) -> Iterable[Failure]:
        """What keeps a running partition from going on here. luggage: what was packed. Raises KeyError, TypeError or
        ValueError when it is none."""
        ...

    async def expect(self, partition: BasePartition, luggage: dict[str, Any]) -> str:
        """Makes ready for a partition whose place is prepared; once more, if it was asked before. Returns the address that it is to
        be sent to. Raises Failure when it cannot be received."""
        ...

    def send(self, change: Change, partition: BasePartition, address: str) -> None:
        """Begins to send a running partition away; it goes on running here until all of it has been ``moved``."""
        ...

    def keep(self, change: Change, partition: BasePartition) -> None:
        """Ends the sending: the partition runs on here, as though nothing had been."""
        ...

    async def has_arrived(self, partition: BasePartition) -> bool:
        """Whether all of an expected partition is here; False also when it can never be. It does not run yet."""
        ...

    def arrive(self, change: Change, partition: BasePartition) -> None:
        """A partition that was running elsewhere runs here from now on."""
        ...


@runtime_checkable
class Mortal(Protocol):
    """A back end whose partitions die with their server: another system may restart them then. After a death, the partitions for
    which that can have been done stand still until it is known."""

    def halt(self, change: Change, partition: BasePartition) -> None:
        """Nothing more happens to the partition by itself."""
        ...

    def go_on(self, change: Change, partition: BasePartition) -> None:
        """A partition that was halted while it was running runs on."""
        ...
