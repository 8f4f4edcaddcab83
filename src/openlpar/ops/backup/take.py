"""Making one backup: of the partition configuration, or of one Virtual I/O Server.

A backup that was written stays when the operation is taken back: it is a true backup of what there was at that time, and takes
the place of an older one of the same name.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from openlpar.messages import backup as say
from openlpar.ops.backup import rotation
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Edges, Evidence, Level, Operation, Step
from openlpar.ops.views import shown, shown_all
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.records import BackupOutcome
from openlpar.ports.state import Change, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import VirtualSwitch

FOLDER_ON_VIOS = "/home/padmin/cfgbackups"


@dataclass
class TakeBackup(Operation):
    """label: ``hourly_07``. keep: the service keeps the file itself, else whoever asked does. apart: it is made of a copy of the
    state, while others are served; it takes long on a large system. content: what was made."""

    master_only = False

    label: str
    keep: bool
    apart: bool = field(default=False, kw_only=True)
    content: bytes = field(default=b"", init=False)

    def check(self, world: World) -> None:
        if not rotation.is_label(self.label):
            raise say.BAD_LABEL.error(label=self.label)
        if self.keep and not self.edges.backups.place:
            raise say.NO_FOLDER.error()

    @abstractmethod
    def file(self, world: World) -> str: ...

    @abstractmethod
    def target(self, world: World) -> str:
        """uuid of what is backed up."""
        ...

    @abstractmethod
    def making(self) -> Iterable[Step]:
        """What makes the content, and alters nothing."""
        ...

    def consult(self, world: World) -> Awaitable[None] | None:
        return self.edges.apart(self._make) if self.apart else None

    def _make(self, change: Change) -> None:
        for step in self.making():
            step.do(change)

    def steps(self) -> Iterable[Step]:
        if not self.apart:
            yield from self.making()
        if self.keep:
            yield Step("keep the file", self._keep)
        yield Step("note the backup", self._note)

    def _keep(self, change: Change) -> None:
        name = self.file(change)
        try:
            folder = rotation.folder_of(managed_system(change))
            self.edges.backups.keep(folder, name, self.content, change.clock.now())
        except OSError as wrong:
            raise say.FAILED.error(
                file=name, subject=self.about(change), cause=f"{wrong.filename or name}: {wrong.strerror or wrong}"
            ) from wrong

    def _note(self, change: Change) -> None:
        subject, file = self.about(change), self.file(change)
        change.put(BackupOutcome(uuid=self.target(change), subject=subject, file=file, succeeded=change.clock.now()))


@dataclass
class BackUpSystem(TakeBackup, name="backup.system"):
    """The partition configuration, as bkprofdata writes it."""

    evidence = Evidence(Level.DOCUMENTED, "NovaLink tutorial: /var/backups/pvm, bkprofdata")

    def about(self, world: World) -> str:
        return managed_system(world).system_name

    def target(self, world: World) -> str:
        return managed_system(world).uuid

    def file(self, world: World) -> str:
        return rotation.system_file(self.label)

    def making(self) -> Iterable[Step]:
        yield Step("write the partition configuration", self._write)

    def _write(self, change: Change) -> None:
        self.content = profile_text(change, self.edges, change.clock.now()).encode()


@dataclass
class BackUpVios(TakeBackup, name="backup.vios"):
    """The configuration of one Virtual I/O Server: made on it by viosbr, and copied. vios: uuid."""

    evidence = Evidence(Level.DOCUMENTED, "NovaLink tutorial: VIOS configuration data is copied from cfgbackups")

    vios: str

    def about(self, world: World) -> str:
        return world.get(VirtualIOServer, self.vios).name

    def target(self, world: World) -> str:
        return self.vios

    def file(self, world: World) -> str:
        return rotation.vios_file(world.get(VirtualIOServer, self.vios).id, self.label)

    def locks(self) -> Iterable[str]:
        return (self.vios,)

    def check(self, world: World) -> None:
        super().check(world)
        name = self.file(world).removesuffix(".tar.gz")
        self._command = RunCommand(self.vios, f"viosbr -backup -file {FOLDER_ON_VIOS}/{name}")
        self._command.edges = self.edges
        self._command.check(world)

    def making(self) -> Iterable[Step]:
        yield from self._command.steps()
        yield Step("copy the file", self._copy)

    def _copy(self, change: Change) -> None:
        name, result = self.file(change), self._command.result
        if result.status:
            raise say.FAILED.error(file=name, subject=self.about(change), cause=result.stderr.strip().rstrip("."))
        vios = change.get(VirtualIOServer, self.vios)
        try:
            self.content = self.edges.io_server.read_file(vios, f"{FOLDER_ON_VIOS}/{name}")
        except OSError as wrong:
            raise say.FAILED.error(file=name, subject=vios.name, cause=f"it cannot be copied: {wrong}") from wrong


def profile_text(world: World, edges: Edges, tod: int) -> str:
    """The ``profile.bak`` of the system. tod: ms since 1970."""
    partitions: list[BasePartition] = [*shown_all(world, LogicalPartition), *shown_all(world, VirtualIOServer)]
    return edges.backups.profile(
        managed_system(world),
        partitions,
        _adapters(world, partitions),
        _below(world, VirtualSCSIMapping, partitions),
        _below(world, VirtualFibreChannelMapping, partitions),
        tod=tod,
        switches=shown_all(world, VirtualSwitch),
    )


def _adapters(world: World, partitions: Iterable[BasePartition]) -> Iterator[ClientNetworkAdapter]:
    for partition in partitions:
        for stored in world.all(ClientNetworkAdapter, partition.uuid):
            adapter = shown(world, stored)
            yield adapter if adapter.lpar_id else adapter.evolve(lpar_id=partition.id)


def _below(world: World, kind: type[Any], partitions: Iterable[BasePartition]) -> Iterator[Any]:
    """The mappings of the Virtual I/O Servers among them."""
    for partition in partitions:
        if isinstance(partition, VirtualIOServer):
            yield from shown_all(world, kind, partition.uuid)
