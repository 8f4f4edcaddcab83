"""Who serves I/O to partitions: what a Virtual I/O Server does with its devices.

Operations decide whether something may happen and what the state is afterwards; an ``IoServer`` makes it happen on the
devices and gives back what the devices chose: names (``vhost3``, ``vtscsi7``), UDIDs, logical unit addresses, WWPNs.
``vios.sim`` is the default implementer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from openlpar.ports.lent_file import LentFile
from openlpar.ports.records import Record
from openlpar.ports.state import Change, World
from openlpar.ports.terminal import Question, Terminal
from openlpar.uom.core import Element
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import VirtualDisk, VirtualOpticalMedia, VolumeGroup

E = TypeVar("E", bound=Element)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a padmin command printed, and its exit status.

    question: what it asks now, None when it has ended; pages: a terminal shows the output page
    by page.
    """

    stdout: str = ""
    stderr: str = ""
    status: int = 0
    question: Question | None = None
    pages: bool = False


DISK_TARGETS, DRIVE_TARGETS = range(1, 9), range(9, 11)
"""Targets of each virtual SCSI client adapter of a real guest, for disks (0x81… to 0x88…) and optical drives (0x89…, 0x8A…).
They are made when it starts, empty where nothing is mapped: the bus of a running guest takes no new ones."""


@dataclass(frozen=True, slots=True)
class BlockAddress:
    """Where a guest finds a disk that a Virtual I/O Server lends it: an NBD export at a unix socket.

    client: number of the partition that it is for, and nobody else; target: number of the target on the client adapter's bus, from
    the logical unit address (0x81… is 1); serial: what the guest sees the disk as, the same on every path to it; size: bytes that
    it has by the state, 0 for what does not grow.
    """

    socket: Path
    export: str
    client: int
    target: int
    serial: str
    read_only: bool = False
    optical: bool = False
    size: int = 0


class BlockService(Protocol):
    """What a hypervisor with real partitions asks of the ``IoServer`` beside it. All of it may be called again and again: it
    makes things as the state wants them.

    lost: called with the uuid of a server that stopped serving by itself; whoever uses the service sets it.
    """

    lost: Callable[[str], None]

    def address(self, world: World, mapping: VirtualSCSIMapping) -> BlockAddress | None:
        """None for a mapping without storage."""
        ...

    def lent_file(self, world: World, mapping: VirtualSCSIMapping) -> LentFile | None:
        """What is behind a disk that is served now. None when there is no such file, or not one that several may write at a
        time, or a guest only reads it. Raises OSError."""
        ...

    def serves(self, vios: str) -> bool:
        """Whether the Virtual I/O Server with this uuid really serves now."""
        ...

    def has_served(self, vios: str) -> bool:
        """Whether it was started here before, since this machine came up."""
        ...

    def processes(self, vios: str) -> Sequence[int]:
        """Pids of those that serve for a server, or are left of one that crashed."""
        ...

    async def start(self, world: World, vios: str) -> None:
        """Lets it serve what its mappings lend. Raises OSError when it cannot."""
        ...

    async def stop(self, vios: str) -> None: ...

    async def converge(self, world: World, vios: str) -> None:
        """Lets a serving one lend what its mappings say now, and no more."""
        ...

    async def close(self) -> None:
        """Lets go of the servers; they go on."""
        ...


class Operator(Protocol):
    """Through whom a command of the padmin shell changes something: with the operations, and so by the rules, that a client
    of the REST API gets. Raises Failure.
    """

    def shown(self, obj: E) -> E:
        """A stored object as clients read it: with what is derived from others."""
        ...

    def create(self, element: E, parent: str | None) -> E:
        """A new object below another one (None: a root). Returns it as shown afterwards."""
        ...

    def update(self, element: E, group: str = "None") -> E:
        """An object as it was shown, with changes. group: the extended attribute group that the changes are in.
        Returns it as shown afterwards."""
        ...

    def delete(self, element: Element) -> None: ...

    def perform(self, operation: str, target: str, /, **parameters: str) -> dict[str, str]:
        """Runs the operation of a job by its name (``lpar.power_off``) on the object with this uuid. Returns the job's results."""
        ...

    def keep(self, record: Record) -> None:
        """A record of what the server keeps for itself, in a new version."""
        ...

    def forget(self, record: Record) -> None:
        """Removes such a record."""
        ...

    def reaches_outside(self, partition: str) -> bool:
        """Whether a partition (uuid) reaches the network outside, by any of its adapters."""
        ...

    def take_back(self) -> None:
        """Undoes all that was done through it so far."""
        ...


class IoServer(Protocol):
    """Devices of the Virtual I/O Servers of one managed system. Raises Failure; then nothing was done.

    Sizes are in the unit of the UOM field they end in (GB for disks and media, as Decimal). What is made is made at once, and
    unmade by the opposite method when the operation fails; what is deleted goes in ``change.afterwards``.
    """

    name: ClassVar[str]
    takes_snapshots: ClassVar[bool]
    """Of logical units: it can, as they hold nothing that would have to be kept."""

    def create_disk(
        self, change: Change, vios: VirtualIOServer, group: VolumeGroup, disk: VirtualDisk, image: str
    ) -> VirtualDisk:
        """A logical volume in a volume group; image: UDID of a disk to copy, "" for an empty one."""
        ...

    def create_file(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk) -> VirtualDisk:
        """A file of a file storage pool, for a partition. It is resized and deleted as a disk."""
        ...

    def resize_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk, size: Decimal) -> VirtualDisk: ...

    def delete_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk) -> None: ...

    def bring_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk, source: str) -> None:
        """Its volume group came to this server from another one (source: uuid): what the disk holds comes along."""
        ...

    def create_media(
        self,
        change: Change,
        vios: VirtualIOServer,
        media: VirtualOpticalMedia,
        content: str,
        is_kept: bool = False,
    ) -> VirtualOpticalMedia:
        """A file in the media repository; content: path of the file that it is made of, "" for blank media; is_kept: that
        file is not given away, somebody may write it."""
        ...

    def link_media(
        self, change: Change, vios: VirtualIOServer, media: VirtualOpticalMedia, name: str
    ) -> VirtualOpticalMedia:
        """A medium with the content of another one, which is about to be deleted."""
        ...

    def delete_media(self, change: Change, vios: VirtualIOServer, media: VirtualOpticalMedia) -> None: ...

    def create_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> LogicalUnit:
        """A logical unit of a shared storage pool, as a linked clone when ``cloned_from`` is set."""
        ...

    def resize_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit, size: Decimal) -> LogicalUnit: ...

    def delete_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> None: ...

    def write_image(self, change: Change, vios: VirtualIOServer, udid: str, content: str) -> None:
        """Fills the virtual disk or logical unit with a UDID; content: path of the uploaded file, which may be gone when the
        change is on disk."""
        ...

    def connect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> VirtualSCSIMapping:
        """Makes the server adapter's device and, when there is storage, the target device of a virtual SCSI mapping.

        Slots and partner are set already; adapter name, UDIDs, backing device name, target name and address are filled in.
        """
        ...

    def disconnect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> None: ...

    def connect_fc(
        self, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping
    ) -> VirtualFibreChannelMapping: ...

    def disconnect_fc(self, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping) -> None: ...

    def run_command(
        self,
        change: Change,
        vios: VirtualIOServer,
        command: str,
        operator: Operator,
        terminal: Terminal | None = None,
    ) -> CommandResult:
        """Runs a command line of the padmin shell. An unknown command is a result (as a VIOS answers), and so is a Failure
        of the operator. terminal: None when nobody can answer questions."""
        ...

    def log_on(self, change: Change, vios: VirtualIOServer, name: str, password: str | None) -> CommandResult:
        """Somebody logs on at the console. password: None while he was not asked for one: then the result may be that question.
        A status but 0: he is not let in."""
        ...

    def read_file(self, vios: VirtualIOServer, name: str) -> bytes:
        """A file below /home/padmin. Raises OSError."""
        ...

    def write_file(self, vios: VirtualIOServer, name: str, content: bytes) -> None:
        """Whole, or not at all. Raises OSError."""
        ...

    def delete_files(self, change: Change, vios: VirtualIOServer) -> None:
        """The server is about to be deleted: another one of its id finds neither its files nor its command log, and what its
        disks, media and files hold goes."""
        ...

    def sweep(self, world: World) -> None:
        """At the start, when nothing else happens: what a crash left of files of deleted servers goes."""
        ...
