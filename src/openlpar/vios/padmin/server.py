"""The Virtual I/O Server as its own command line sees it: devices and storage by their names.

Nothing here is kept: every question is answered from the current state, so a command sees what it has just changed.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openlpar.ports import file_pools
from openlpar.ports.io_server import Operator
from openlpar.ports.records import ErrorEntry, FilePool, Logins, RemovedDisk, RootImage, ServerHistory, ViosSettings
from openlpar.ports.state import Change
from openlpar.uom.cluster import Cluster, Node
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.partition import BasePartition
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import (
    PhysicalVolume,
    VirtualDisk,
    VirtualMediaRepository,
    VirtualOpticalMedia,
    VolumeGroup,
)
from openlpar.vios.padmin.asking import Sitting
from openlpar.vios.padmin.files import Home
from openlpar.vios.padmin.log import CommandLog
from openlpar.vios.padmin.onlooker import Onlooker
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.users import VIEW, role

ANY_PARTITION = 65535
REPOSITORY_GROUP = "caavg_private"
MEDIA_DIRECTORY = "/var/vio/VMLibrary"


@dataclass(frozen=True, slots=True)
class Target:
    """A virtual target device. kind: a type of ``lsmap -type``. mirrored: as lsmap prints it."""

    mapping: VirtualSCSIMapping
    name: str
    kind: str
    lun: str
    backing: str
    location: str = ""
    mirrored: str = "N/A"


@dataclass(frozen=True, slots=True)
class Vhost:
    """A virtual SCSI server adapter. client_id: partition id, 0 when any partition may connect."""

    name: str
    slot: int
    location: str
    client_id: int
    mappings: tuple[VirtualSCSIMapping, ...]

    @property
    def targets(self) -> list[Target]:
        return [target for mapping in self.mappings if (target := _target(mapping)) is not None]


@dataclass(frozen=True, slots=True)
class Library:
    """The media repository and the volume group it is in."""

    group: VolumeGroup
    repository: VirtualMediaRepository

    def medium(self, name: str) -> VirtualOpticalMedia:
        for medium in self.repository.optical_media:
            if medium.name == name:
                return medium
        raise no_such("Virtual optical media", name, "lsrep lists the media.")


class Server:
    """One VIOS. files: the directory that stands for its /home/padmin; sitting: who runs a command there."""

    def __init__(
        self,
        change: Change,
        vios: VirtualIOServer,
        operator: Operator,
        files: Path,
        log: CommandLog,
        sitting: Sitting,
    ) -> None:
        self.uuid = vios.uuid
        self.change = change
        self.log = log
        self.sitting = sitting
        self._files = files
        self.role = role(self.settings, sitting.user)
        changes = self.role not in ("", VIEW)
        self.operator = operator if changes else Onlooker(operator)
        self.home = Home(files, changes=changes, now=lambda: self.clock_ms)

    # itself

    @property
    def vios(self) -> VirtualIOServer:
        return self.operator.shown(self.change.get(VirtualIOServer, self.uuid))

    @property
    def system(self) -> ManagedSystem:
        return next(self.change.all(ManagedSystem))

    @property
    def host(self) -> str:
        """Host name; the partition's name when it never reported one."""
        node = self._node()
        return self.vios.hostname or (node.hostname if node else "") or self.vios.name

    @property
    def level(self) -> str:
        """Level of the VIOS software: 3.1.2.10."""
        node = self._node()
        if node is not None and node.vios_level:
            return node.vios_level
        match = re.search(r"\d+(?:\.\d+){2,}", self.vios.operating_system)
        return match[0] if match else ""

    @property
    def settings(self) -> ViosSettings:
        return self.change.find(ViosSettings, self.uuid) or ViosSettings(uuid=self.uuid)

    def keep(self, **changes: Any) -> None:
        """Keeps other settings. changes: by field of ViosSettings."""
        self.operator.keep(replace(self.settings, **changes))

    def text(self, name: str, otherwise: str = "") -> str:
        """One of the texts among the settings."""
        return self.settings.texts.get(name, otherwise)

    def keep_text(self, name: str, text: str) -> None:
        self.keep(texts={**self.settings.texts, name: text})

    @property
    def now(self) -> datetime.datetime:
        """The time of its own clock, in its time zone."""
        return self.moment(self.clock_ms)

    @property
    def clock_ms(self) -> int:
        """What its own clock shows, ms since 1970."""
        return self.change.clock.now() + 1000 * self.settings.clock_offset_s

    def moment(self, ms: int) -> datetime.datetime:
        """A time of its own clock, in its time zone."""
        return datetime.datetime.fromtimestamp(ms // 1000, zoneinfo.ZoneInfo(self.text("timezone", "UTC")))

    @property
    def history(self) -> ServerHistory:
        return self.change.find(ServerHistory, self.uuid) or ServerHistory(uuid=self.uuid)

    def note(self, **changes: Any) -> None:
        """Keeps what it went through. changes: by field of ServerHistory."""
        self.operator.keep(replace(self.history, **changes))

    @property
    def logins(self) -> Logins:
        return self.change.find(Logins, self.uuid) or Logins(uuid=self.uuid)

    @property
    def uptime_s(self) -> int | None:
        """Since it was started; None when that is not known."""
        started = self.history.started
        if started:
            return (self.change.clock.now() - started) // 1000
        vios = self.vios
        return vios.uptime if vios.has("uptime") and vios.uptime else None

    def errors(self) -> list[ErrorEntry]:
        """Its error log, the newest entry first."""
        return sorted(self.change.where(ErrorEntry, vios=self.uuid), key=lambda entry: -entry.number)

    def shut_down(self, *, restart: bool = False) -> Iterator[str]:
        """Ends the server, once the command has ended; what it says to those who are logged on."""
        again = "true" if restart else "false"
        self.operator.perform("lpar.power_off", self.uuid, operation="osshutdown", immediate="true", restart=again)
        yield "SHUTDOWN PROGRAM"
        yield f"{self.now:%a %b %e %H:%M:%S %Z %Y}"
        yield "Broadcast message from padmin@" + self.host
        yield "shutdown: PLEASE LOG OFF NOW !!!"

    def restart(self) -> Iterator[str]:
        return self.shut_down(restart=True)

    def partition(self, number: int) -> BasePartition | None:
        """The partition with this id, a logical partition or a VIOS."""
        kinds: tuple[type[BasePartition], ...] = (LogicalPartition, VirtualIOServer)
        return next((found for kind in kinds for found in self.change.where(kind, id=number)), None)

    # local storage

    def disks(self) -> list[PhysicalVolume]:
        """In order of their names."""
        return sorted(self.change.all(PhysicalVolume, self.uuid), key=lambda disk: in_order(disk.name))

    def disk(self, name: str) -> PhysicalVolume:
        for disk in self.disks():
            if disk.name == name:
                return disk
        raise no_such("Physical volume", name, "lspv lists the physical volumes.")

    def removed_disks(self) -> list[RemovedDisk]:
        """Disks that are attached but not in its configuration."""
        return list(self.change.where(RemovedDisk, vios=self.uuid))

    def groups(self) -> list[VolumeGroup]:
        return [self.operator.shown(group) for group in self.change.all(VolumeGroup, self.uuid)]

    def groups_in_use(self) -> list[VolumeGroup]:
        """Those that a backup is about: not a system that it does not run from and nothing else."""
        return [
            group
            for group in self.groups()
            if group.group_state != "inactive" or self.change.find(RootImage, group.uuid) is None
        ]

    def group(self, name: str) -> VolumeGroup:
        for group in self.groups():
            if group.name == name:
                return group
        if any(pool.name == name for pool in self.file_pools()):
            raise Refusal(
                Status.NOT_A_POOL,
                f'"{name}" is a file storage pool; a logical volume storage pool is needed. lssp lists the pools.',
            )
        raise no_such("Volume group", name, "lsvg lists the volume groups.")

    def logical_volume(self, name: str) -> tuple[VolumeGroup, VirtualDisk]:
        """A logical volume that was made for clients, and its group."""
        for group in self.groups():
            for disk in group.virtual_disks:
                if disk.name == name:
                    return group, disk
            if any(repository.name == name for repository in group.vmedia_repos):
                raise Refusal(
                    Status.INCOMPLETE, f'Logical volume "{name}" is the media repository: use rmrep or chrep.'
                )
        if self.file_pool(name) is not None:
            raise Refusal(
                Status.INCOMPLETE, f'Logical volume "{name}" is a file storage pool: use rmsp, or chsp -add -size.'
            )
        raise no_such("Logical volume", name, "lsvg -lv GROUP lists the logical volumes of a group.")

    def file_pools(self) -> list[FilePool]:
        return list(file_pools.pools_of(self.change, self.uuid))

    def file_pool(self, name: str) -> FilePool | None:
        return next((pool for pool in self.file_pools() if pool.name == name), None)

    def files(self, pool: FilePool) -> list[VirtualDisk]:
        """The files of a pool as they are lent; ``file_name`` says what they are called in it."""
        return [file_pools.lent_file(pool, file) for file in file_pools.files_of(self.change, pool)]

    @property
    def default_pool(self) -> str:
        return self.text("default_pool") or "rootvg"

    def group_names(self) -> dict[str, str]:
        """Name of each disk that is in a volume group to the name of that; the cluster's repository disk is in its own."""
        found = {disk.name: group.name for group in self.groups() for disk in group.phys_vols}
        cluster = self.cluster()
        repository = cluster.repository_disk.repos_pv.udid if cluster else ""
        for disk in self.disks() if repository else ():
            if disk.udid == repository:
                found.setdefault(disk.name, REPOSITORY_GROUP)
        return found

    def identified_disks(self) -> set[str]:
        """Names of the disks that have a physical volume identifier: a volume group gives them one, or ``chdev -attr pv=yes``."""
        given = {name for name, changed in self.settings.attributes.items() if changed.get("pv") == "yes"}
        return given | set(self.group_names())

    def library(self) -> Library | None:
        for group in self.groups():
            if group.vmedia_repos:
                return Library(group, group.vmedia_repos[0])
        return None

    # the shared storage pool

    def cluster(self) -> Cluster | None:
        for cluster in self.change.all(Cluster):
            if any(_uuid_of(node.vios_uri) == self.uuid for node in cluster.nodes):
                return self.operator.shown(cluster)
        return None

    def the_cluster(self, name: str = "") -> Cluster:
        """The cluster that this VIOS is a node of; a name must be its name."""
        cluster = self.cluster()
        if cluster is None or name not in ("", cluster.name):
            wanted = f'"{name}" ' if name else ""
            raise Refusal(
                Status.NOT_FOUND,
                f"Cluster {wanted}does not exist on this Virtual I/O Server. cluster -list lists its cluster.",
            )
        return cluster

    def the_pool(self, cluster: str = "", name: str = "") -> SharedStoragePool:
        """The shared storage pool of the cluster. Raises Refusal when cluster or pool are called otherwise."""
        uuid = _uuid_of(self.the_cluster(cluster).ssp_uri)
        pool = self.change.find(SharedStoragePool, uuid)
        if pool is None or name not in ("", pool.name):
            raise no_such("Storage pool", name or uuid, "lssp -clustername CLUSTER lists the pool.")
        return self.operator.shown(pool)

    def node(self, node: Node) -> Server | None:
        """Another server of the cluster, when it is on this system."""
        vios = self.change.find(VirtualIOServer, _uuid_of(node.vios_uri))
        return self.beside(vios) if vios is not None else None

    def beside(self, vios: VirtualIOServer) -> Server:
        """Another server of this system, for looking at."""
        return Server(self.change, vios, self.operator, self._files, self.log, self.sitting)

    def tiers(self, pool: SharedStoragePool) -> list[Tier]:
        return [self.operator.shown(tier) for tier in self.change.all(Tier, pool.uuid)]

    def tier(self, pool: SharedStoragePool, name: str = "") -> Tier:
        """A tier by name; the default tier without one."""
        tiers = self.tiers(pool)
        for tier in tiers:
            if tier.name == name or (not name and tier.is_default):
                return tier
        if not name and tiers:
            return tiers[0]
        raise no_such("Tier", name, f'Leave -tier out for the default tier of pool "{pool.name}".')

    def units(self, pool: SharedStoragePool) -> Iterator[tuple[Tier, LogicalUnit]]:
        for tier in self.tiers(pool):
            for unit in self.change.all(LogicalUnit, tier.uuid):
                yield tier, self.operator.shown(unit)

    def unit(self, pool: SharedStoragePool, name: str, udid: str) -> LogicalUnit:
        """A logical unit by UDID, or by a name that only one has."""
        found = [unit for _, unit in self.units(pool) if (short_udid(unit) == udid if udid else unit.name == name)]
        if not found:
            raise no_such("Logical unit", udid or name, "lu -list lists the logical units.")
        if len(found) > 1:
            raise Refusal(
                Status.TOO_MANY,
                f'{len(found)} logical units are called "{name}". Name one by -luudid; lu -list shows the UDIDs.',
            )
        return found[0]

    def _node(self) -> Node | None:
        cluster = self.cluster()
        return next((node for node in cluster.nodes if _uuid_of(node.vios_uri) == self.uuid), None) if cluster else None

    # virtual adapters

    def mappings(self) -> list[VirtualSCSIMapping]:
        return list(self.change.all(VirtualSCSIMapping, self.uuid))

    def vhosts(self) -> list[Vhost]:
        """The virtual SCSI server adapters in order of their numbers."""
        by_slot: dict[int, list[VirtualSCSIMapping]] = {}
        for mapping in self.mappings():
            by_slot.setdefault(mapping.server_adapter.vios_slot_num, []).append(mapping)
        return sorted(
            (_vhost(slot, mappings) for slot, mappings in by_slot.items()), key=lambda vhost: in_order(vhost.name)
        )

    def vhost(self, name: str) -> Vhost:
        for vhost in self.vhosts():
            if vhost.name == name:
                return vhost
        if self.knows(name):
            raise Refusal(Status.NOT_A_VHOST, f'"{name}" is not a virtual SCSI server adapter. lsmap -all lists them.')
        raise no_such("Virtual SCSI server adapter", name, "lsmap -all lists the adapters.")

    def targets(self) -> list[Target]:
        return [target for vhost in self.vhosts() for target in vhost.targets]

    def target(self, name: str) -> Target:
        for target in self.targets():
            if target.name == name:
                return target
        raise no_such("Virtual target device", name, "lsmap -all lists the virtual target devices.")

    def channels(self) -> list[VirtualFibreChannelMapping]:
        """The virtual Fibre Channel server adapters in order of their numbers."""
        mappings = self.change.all(VirtualFibreChannelMapping, self.uuid)
        return sorted(mappings, key=lambda mapping: in_order(mapping.server_adapter.name))

    def channel(self, name: str) -> VirtualFibreChannelMapping:
        for mapping in self.channels():
            if mapping.server_adapter.name == name:
                return mapping
        if self.knows(name):
            raise Refusal(
                Status.NOT_A_VFCHOST,
                f'"{name}" is not a virtual Fibre Channel server adapter. lsmap -all -npiv lists them.',
            )
        raise no_such("Virtual Fibre Channel server adapter", name, "lsmap -all -npiv lists the adapters.")

    def knows(self, name: str) -> bool:
        """Whether there is any device of this name."""
        from openlpar.vios.padmin.devices import devices

        return any(device.name == name for device in devices(self))

    def users(self, name: str) -> list[Target]:
        """The target devices that a backing device is lent through."""
        return self.lent().get(name, [])

    def lent(self) -> dict[str, list[Target]]:
        """Backing device to the target devices it is lent through."""
        found: dict[str, list[Target]] = {}
        for target in self.targets():
            found.setdefault(target.backing, []).append(target)
        return found


def in_order(name: str) -> tuple[str, int]:
    """Sorts vhost2 before vhost10."""
    match = re.fullmatch(r"(.*?)(\d*)", name)
    assert match
    return match[1], int(match[2] or -1)


def system_word(text: str) -> str:
    """An operating system as ``lsmap`` names it; "" for one that it does not know."""
    return next((name for name in ("AIX", "Linux", "VIOS") if name.lower() in text.lower()), "")


def file_name(file: VirtualDisk) -> str:
    """What a file is called in its pool."""
    return file.name.rpartition("/")[2]


def short_udid(unit: LogicalUnit) -> str:
    """A logical unit's UDID as the commands print it: without its type and the cluster's part."""
    return unit.udid[-32:]


def bare_id(udid: str) -> str:
    """An identifier without the two digits that tell its type."""
    return udid[2:]


def pvid(disk: PhysicalVolume) -> str:
    """The physical volume identifier, 16 hex digits. REST does not know it, so it is made from what does not change."""
    return "00" + hashlib.sha256((disk.udid or disk.volume_unique_id or disk.name).encode()).hexdigest()[:14]


def machine(mtms: MachineTypeModelAndSerialNumber) -> str:
    """``8247-21L02212E3CA``: cluster commands print the serial number with its country code 02."""
    return f"{mtms.machine_type}-{mtms.model}02{mtms.serial}"


def _uuid_of(reference: str) -> str:
    return reference.rpartition("/")[2]


def _vhost(slot: int, mappings: list[VirtualSCSIMapping]) -> Vhost:
    adapter = mappings[0].server_adapter
    client = 0 if adapter.lpar_id == ANY_PARTITION else adapter.lpar_id
    return Vhost(adapter.name, slot, adapter.loc_code or adapter.drc_name, client, tuple(mappings))


def _target(mapping: VirtualSCSIMapping) -> Target | None:
    storage, device = mapping.backing_storage, mapping.target_dev
    if device.has("optical_media") or storage.has("optical_media"):
        optical = device.optical_media
        backing = f"{MEDIA_DIRECTORY}/{storage.optical_media.name}" if storage.has("optical_media") else ""
        return Target(mapping, optical.name, "file_opt", optical.lua, backing)
    if storage.has("physical_volume"):
        disk, whole = storage.physical_volume, device.physical_volume
        return Target(mapping, whole.name, "disk", whole.lua, disk.name, disk.loc_code, "false")
    if storage.has("logical_unit"):
        unit, shared = storage.logical_unit, device.logical_unit
        return Target(mapping, shared.name, "cl_disk", shared.lua, f"{unit.name}.{short_udid(unit)}")
    if storage.has("virtual_disk"):
        volume, part = storage.virtual_disk, device.virtual_disk
        kind = "lv" if volume.vdtype in ("", "LogicalVolume") else "file_disk"
        return Target(mapping, part.name, kind, part.lua, volume.name)
    return None
