"""The Virtual I/O Servers of a managed system whose partitions are real: what they lend holds data, and goes away with them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Self

from openlpar.messages import Failure
from openlpar.messages import qemu as qemu_say
from openlpar.messages import storage as say
from openlpar.ports.hypervisor import HostUnfit
from openlpar.ports.io_server import DISK_TARGETS, DRIVE_TARGETS, BlockAddress, BlockService
from openlpar.ports.lent_file import LentFile
from openlpar.ports.options import NOTHING_TOLD, Options
from openlpar.ports.state import Change, World
from openlpar.qemu_host import locate
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import VirtualDisk, VirtualOpticalMedia, VolumeGroup
from openlpar.vios.adapter_devices import AdapterDevices
from openlpar.vios.backend import IoServerBackend
from openlpar.vios.padmin import Padmin
from openlpar.vios.served import loans
from openlpar.vios.served.contents import Contents, Layer
from openlpar.vios.served.daemon import DaemonError
from openlpar.vios.served.loans import Backing, Form
from openlpar.vios.served.lvm import LogicalVolumes, pool_of, remember
from openlpar.vios.served.nodes import Wanted, file_nodes, wanted
from openlpar.vios.served.pools import Pools, PoolsElsewhere, Use, folder_of
from openlpar.vios.served.programs import Programs
from openlpar.vios.served.server import Server
from openlpar.vios.served.store import DiskStore
from openlpar.vios.storage_devices import StorageDevices

log = logging.getLogger(__name__)

_REST_S = 1.0


class ServedVios(StorageDevices, AdapterDevices, Padmin, IoServerBackend, name="served"):
    """See ``ports.io_server``: an ``IoServer`` whose disks are files, and the ``BlockService`` that serves them.

    Each server that runs has storage daemons, one for each partition. What several servers lend, logical units and physical
    volumes, is in ``Pools``.
    """

    takes_snapshots = False

    options = ("pools", "lvm")

    def __init__(self, files: Path, folder: Path, programs: Programs, pools: Path | None = None, lvm: str = "") -> None:
        """files: see ``Padmin``. folder: below it are ``disks`` and ``v``, the run folders of the servers. pools: folder of the
        shared disks, None: see ``pools.folder_of``. lvm: thin pool of the virtual disks, "" for files."""
        super().__init__(files)
        self.lost: Callable[[str], None] = lambda vios: None
        self.blocks: BlockService = self
        self._run, self._programs = folder / "v", programs
        self._contents = Contents(folder / "disks", programs, owner=self._run)
        self._volumes = LogicalVolumes(lvm, programs, owner=self._run) if lvm else None
        self._pools = Pools(folder_of(folder, pools), self._run, programs, self._pools_lost)
        self._servers: dict[str, Server] = {}
        self._turn = asyncio.Lock()
        self._is_swept = False
        self._world: World | None = None
        self._revival: asyncio.Task[None] | None = None

    @classmethod
    def below(cls, data: Path, options: Options = NOTHING_TOLD) -> Self:
        """Raises QemuMissing."""
        qemu = locate.find()
        programs = Programs(qemu.image, qemu.storage, qemu.environment)
        try:
            made = cls(data / "vios", data / "qemu", programs, options.pools, pool_of(data / "qemu", options.lvm))
        except PoolsElsewhere as wrong:
            raise HostUnfit(str(wrong)) from wrong
        if options.lvm and made._volumes is not None:
            made._volumes.check()
            remember(data / "qemu", options.lvm)
        return made

    async def end_all(self) -> list[str]:
        ended = []
        for folder in sorted(self._run.glob("*/")):
            server = Server(folder, self._programs, lambda: None)
            if server.processes():
                ended.append(f"the disks of server {folder.name}")
            await server.stop()
        if self._pools.daemon.folder.exists():
            async with self._pools.turn():
                if await self._pools.stop():
                    ended.append("the shared disks")
        return ended

    # adapters

    def connect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> VirtualSCSIMapping:
        made = super().connect(change, vios, mapping)
        for field, device in made.target_dev.present():
            address = loans.target_number(device)
            if address not in _targets(field.name):
                raise qemu_say.NO_TARGET.error(
                    adapter=made.server_adapter.name,
                    vios=vios.name,
                    device=field.name.replace("_", " "),
                    address=f"at {device.lua}",
                    disks=len(DISK_TARGETS),
                    drives=len(DRIVE_TARGETS),
                )
        return made

    def _addresses(self, kind: str) -> range:
        targets = _targets(kind)
        return range(0x80 + targets.start, 0x80 + targets.stop)

    # disks, logical units, media

    def create_disk(
        self, change: Change, vios: VirtualIOServer, group: VolumeGroup, disk: VirtualDisk, image: str
    ) -> VirtualDisk:
        made = super().create_disk(change, vios, group, disk, image)
        backing = loans.of_disk(vios.uuid, made)
        if image:
            source = _disk(change, vios, image)
            if source is None:
                raise say.NO_SUCH_DEVICE.error(vios=vios.name, udid=image)
            _refuse_mapped(change, image, f"Virtual disk {source.name}", "copied")
            original = loans.of_disk(vios.uuid, source)
            self._store(original).clone(change, original, backing)
        else:
            self._store(backing).make(change, backing)
        return made

    def create_file(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk) -> VirtualDisk:
        made = super().create_file(change, vios, disk)
        backing = loans.of_disk(vios.uuid, made)
        self._store(backing).make(change, backing)
        return made

    def resize_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk, size: Decimal) -> VirtualDisk:
        backing = loans.of_disk(vios.uuid, disk)
        self._store(backing).resize(backing, loans.gigabytes(size))
        return super().resize_disk(change, vios, disk, size)

    def delete_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk) -> None:
        backing = loans.of_disk(vios.uuid, disk)
        self._store(backing).delete(change, backing.key)

    def bring_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk, source: str) -> None:
        before, after = loans.of_disk(source, disk), loans.of_disk(vios.uuid, disk)
        store = self._store(before)
        store.clone(change, before, after)
        store.delete(change, before.key)

    def create_media(
        self,
        change: Change,
        vios: VirtualIOServer,
        media: VirtualOpticalMedia,
        content: str,
        is_kept: bool = False,
    ) -> VirtualOpticalMedia:
        made = super().create_media(change, vios, media, content, is_kept)
        backing = loans.of_media(vios.uuid, made)
        if content:
            self._contents.keep(change, backing, Path(content), copy=is_kept)
        else:
            self._contents.make(change, backing)
        return made

    def link_media(
        self, change: Change, vios: VirtualIOServer, media: VirtualOpticalMedia, name: str
    ) -> VirtualOpticalMedia:
        """Whoever reads the medium goes on: it is the same file."""
        made = super().link_media(change, vios, media, name)
        for layer in self._contents.layers(loans.of_media(vios.uuid, media).key)[:1]:
            self._contents.keep(change, loans.of_media(vios.uuid, made), layer.path)
        return made

    def delete_media(self, change: Change, vios: VirtualIOServer, media: VirtualOpticalMedia) -> None:
        self._contents.delete(change, loans.of_media(vios.uuid, media).key)

    def create_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> LogicalUnit:
        made = super().create_unit(change, pool, unit)
        while self._pools.contents.layers(loans.of_unit(made).key):  # another system with the same luck made that one
            made = super().create_unit(change, pool, unit)
        source = made.cloned_from_udid
        if source:
            image = next(change.where(LogicalUnit, udid=source))
            _refuse_mapped(change, source, f"Logical unit {image.name}", "cloned")
            self._refuse_used(image, "cloned")
            self._pools.contents.clone(change, loans.of_unit(image), loans.of_unit(made))
        else:
            self._pools.contents.make(change, loans.of_unit(made))
        return made

    def resize_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit, size: Decimal) -> LogicalUnit:
        self._refuse_used(unit, "resized")
        self._pools.contents.resize(loans.of_unit(unit), loans.gigabytes(size))
        return super().resize_unit(change, pool, unit, size)

    def delete_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> None:
        """The data go for all systems that share the pool."""
        self._refuse_used(unit, "deleted")
        self._pools.contents.delete(change, loans.of_unit(unit).key)

    def write_image(self, change: Change, vios: VirtualIOServer, udid: str, content: str) -> None:
        """The upload may be a raw image, or a qcow2 image that is whole."""
        disk = _disk(change, vios, udid)
        if disk is not None:
            backing = loans.of_disk(vios.uuid, disk)
            self._store(backing).write(change, backing, Path(content))
            return
        unit = next(iter(change.where(LogicalUnit, udid=udid)), None)
        if unit is None:
            raise say.NO_SUCH_DEVICE.error(vios=vios.name, udid=udid)
        self._refuse_used(unit, "overwritten")
        self._pools.contents.write(change, loans.of_unit(unit), Path(content))

    def _refuse_used(self, unit: LogicalUnit, task: str) -> None:
        if self._pools.is_used_elsewhere(loans.of_unit(unit).key):
            raise say.IN_USE_ELSEWHERE.error(object=f"Logical unit {unit.name}", task=task)

    def delete_files(self, change: Change, vios: VirtualIOServer) -> None:
        """Also what its disks hold. What is in exported volume groups stays: the disks of the SAN have it."""
        super().delete_files(change, vios)
        for backing in loans.own(change, vios.uuid):
            self._store(backing).delete(change, backing.key)
        change.afterwards(functools.partial(self._forget, vios.uuid))

    def _forget(self, vios: str) -> None:
        shutil.rmtree(self._server(vios).folder, ignore_errors=True)
        del self._servers[vios]

    # the block service

    def address(self, world: World, mapping: VirtualSCSIMapping) -> BlockAddress | None:
        vios = mapping.parent or ""
        backing = loans.of_storage(vios, mapping.backing_storage)
        device = loans.target_of(mapping)
        if backing is None or not device.udid:
            return None
        return BlockAddress(
            socket=self._server(vios).socket(loans.client_of(mapping)),
            export=loans.export_of(mapping),
            client=loans.client_of(mapping),
            target=loans.target_number(device),
            serial=loans.serial_of(backing),
            read_only=backing.read_only,
            optical=mapping.backing_storage.has("optical_media"),
            size=0 if backing.read_only else backing.size,
        )

    def lent_file(self, world: World, mapping: VirtualSCSIMapping) -> LentFile | None:
        """A clone has no such file: what changed in it has a structure that one program writes."""
        vios = mapping.parent or ""
        backing = loans.of_storage(vios, mapping.backing_storage)
        process = self._server(vios).process(loans.client_of(mapping))
        if backing is None or backing.read_only or process is None:
            return None
        layers = self._layers(backing)
        if layers[0].form is not Form.RAW:
            return None
        (node,) = file_nodes(layers, size := max(backing.size, layers[0].size), shared=True)
        return LentFile({**node.options, "size": size}, process.pid, process.started)

    def serves(self, vios: str) -> bool:
        return self._server(vios).serves()

    def has_served(self, vios: str) -> bool:
        return self._server(vios).has_served()

    def processes(self, vios: str) -> Sequence[int]:
        return self._server(vios).processes()

    async def start(self, world: World, vios: str) -> None:
        async with self._turn:
            if not self._is_swept:
                self._contents.sweep(world)
                if self._volumes is not None:
                    self._volumes.sweep(world)
                self._pools.contents.sweep(world)
                self._is_swept = True
            await self._server(vios).start()
        try:
            await self.converge(world, vios)
        except DaemonError as exc:
            log.error("not all that is mapped is served: %s", exc)

    async def stop(self, vios: str) -> None:
        async with self._turn:
            await self._server(vios).stop()
            async with self._pools.turn():
                if self._world is not None:
                    for problem in await self._pools.drop(self._shared(self._world, self._layers)):
                        log.error("what is shared could not all be let go: %s", problem)
                await self._pools.stop()

    async def converge(self, world: World, vios: str) -> None:
        """Raises OSError when something cannot be lent; everything else is."""
        async with self._turn:
            self._world = world
            if not self.serves(vios):
                return
            async with self._pools.turn():
                failed = await self._converge(world, vios, functools.cache(self._layers))
            if self._volumes is not None:
                self._volumes.tidy()
        if failed:
            raise DaemonError("; ".join(str(exc) for exc in failed))

    async def _converge(
        self, world: World, vios: str, layers: Callable[[Backing], Sequence[Layer]]
    ) -> Sequence[OSError]:
        self._note_uses(world, layers)
        shared = self._shared(world, layers)
        failed: list[OSError] = [*await self._pools.begin(shared)]
        # A client must let go of a shared disk before the disk goes: it would wait for it to come back.
        servers = self._serving(world) if await self._pools.has_beyond(shared) else [vios]
        own: dict[str, dict[int, Wanted]] = {}
        for server in servers:
            own[server], _, problems = wanted(loans.loans(world, server), layers, self._pools.daemon.socket)
            failed += problems
            failed += await self._server(server).drop(own[server])
        failed += await self._pools.drop(shared)
        failed += await self._pools.add(shared)
        for server in servers:
            failed += await self._server(server).add(own[server])
        return failed

    async def close(self) -> None:
        async with self._turn:
            self._world = None
            if self._revival is not None:
                self._revival.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._revival
            for server in self._servers.values():
                await server.close()
            await self._pools.daemon.close()

    def _server(self, vios: str) -> Server:
        if vios not in self._servers:
            self._servers[vios] = Server(self._run / vios[:8], self._programs, lambda: self.lost(vios))
        return self._servers[vios]

    def _serving(self, world: World) -> list[str]:
        return [vios.uuid for vios in world.all(VirtualIOServer) if self.serves(vios.uuid)]

    def _shared(self, world: World, layers: Callable[[Backing], Sequence[Layer]]) -> Wanted:
        """What the daemon of shared disks should have for all servers of ours that run."""
        every = Wanted()
        for vios in self._serving(world):
            every.merge(self._shared_by(world, vios, layers))
        return every

    def _shared_by(self, world: World, vios: str, layers: Callable[[Backing], Sequence[Layer]]) -> Wanted:
        lent = (loan for loan in loans.loans(world, vios) if loan.backing.shared)
        return wanted(lent, layers, self._pools.daemon.socket)[1]

    def _note_uses(self, world: World, layers: Callable[[Backing], Sequence[Layer]]) -> None:
        """What our servers use, those that are off as well: it is theirs all the same."""
        for vios in world.all(VirtualIOServer):
            mapped = {loan.backing.key for loan in loans.loans(world, vios.uuid) if loan.backing.shared}
            server = self._server(vios.uuid)
            if server.folder.exists():
                kept = self._shared_by(world, vios.uuid, layers) if server.serves() else Wanted()
                contents = sorted(f"{key.folder}/{key.stem}" for key in mapped)
                self._pools.note(Use(str(server.folder), tuple(contents), tuple(kept.nodes), tuple(kept.exports)))

    def _holder(self, backing: Backing) -> DiskStore:
        return self._pools.contents if backing.shared else self._store(backing)

    def _store(self, backing: Backing) -> DiskStore:
        """Where something is that one server lends. What was made in a file stays there."""
        is_disk = backing.key.folder.startswith(f"{loans.DISKS}/")
        if self._volumes is None or not is_disk or self._contents.layers(backing.key):
            return self._contents
        return self._volumes

    def _layers(self, backing: Backing) -> tuple[Layer, ...]:
        try:
            return self._holder(backing).ensure(backing)
        except Failure as exc:
            raise DaemonError(str(exc)) from exc
        except OSError as exc:
            raise DaemonError(f"{backing.about} cannot be read: {exc.strerror}") from exc

    def _pools_lost(self) -> None:
        """Clients of the shared disks wait for it, but not for ever."""
        if self._world is not None and (self._revival is None or self._revival.done()):
            self._revival = asyncio.create_task(self._revive(self._world))

    async def _revive(self, world: World) -> None:
        await asyncio.sleep(_REST_S)
        for vios in self._serving(world):
            try:
                await self.converge(world, vios)
            except OSError:
                log.exception("the shared disks could not be served again")


def _targets(kind: str) -> range:
    return DRIVE_TARGETS if kind == "optical_media" else DISK_TARGETS


def _disk(world: World, vios: VirtualIOServer, udid: str) -> VirtualDisk | None:
    groups = world.all(VolumeGroup, vios.uuid)
    return next((disk for group in groups for disk in group.virtual_disks if disk.udid == udid), None)


def _refuse_mapped(world: World, udid: str, about: str, task: str) -> None:
    """What a partition may be writing to cannot be frozen."""
    mappings = list(world.where(VirtualSCSIMapping, storage_udid=udid))
    if mappings:
        raise say.MAPPED.error(object=about, clients=_clients(world, mappings), task=task)


def _clients(world: World, mappings: Iterable[VirtualSCSIMapping]) -> str:
    names = set()
    for mapping in mappings:
        partition = world.find(LogicalPartition, mapping.client_lpar_href.rpartition("/")[2])
        number = mapping.client_adapter.lpar_id or mapping.server_adapter.lpar_id
        names.add(f"partition {partition.name if partition is not None else number}")
    return ", ".join(sorted(names))
