"""Volume groups on the move: a Virtual I/O Server forgets one, and another (or the same) learns it from the disks again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.group_layout import forget_kept
from openlpar.ops.storage.group_plan import ROOT_GROUP, check_group_name, mounted_from
from openlpar.ops.storage.names import volume_names
from openlpar.ops.storage.usage import TakenVolumes, free_volume, refuse_mapped, serving
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.records import ExportedGroup
from openlpar.ports.state import Change, World
from openlpar.uom.plain import from_plain, to_plain
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup

_SOURCE = "IBM documentation of the VIOS command line: exportvg, importvg"


@dataclass
class ExportGroup(GroupJob, name="volume_group.export"):
    """Takes the definition of a volume group away; its disks keep what is on them. target: uuid of the group."""

    evidence = Evidence(Level.DOCUMENTED, _SOURCE)

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        vios = serving(world, group.parent or "")
        check_unused(world, vios, group, "exported")

    def steps(self) -> Iterable[Step]:
        yield Step("forget the volume group", self._forget)

    def _forget(self, change: Change) -> None:
        group = change.get(VolumeGroup, self.target)
        export(change, group, group.parent or "")


@dataclass
class ImportGroup(ServerJob, name="volume_group.import"):
    """Learns an exported volume group from one of its disks. target: uuid of the Virtual I/O Server; disk: name of the disk;
    called: name of the group from now on, "" for the next free one (``vg00``, ``vg01`` …)."""

    evidence = Evidence(Level.DOCUMENTED, _SOURCE)

    target: str
    disk: str
    called: str = ""

    parameters: ClassVar[dict[str, str]] = {"disk": "one of its physical volumes", "name": "name of the volume group"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["disk"], parameters.get("name", ""))

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        taken = TakenVolumes(world, vios.uuid, mapped_anywhere=True)
        first = free_volume(world, vios, PhysicalVolume(name=self.disk), taken)
        exported = exported_on(world, first)
        if exported is None:
            where = f"physical volume {first.name} of Virtual I/O Server {vios.name}"
            raise general.NOT_FOUND.error(kind="Exported volume group on", name=where)
        name = self.called or _free_name(world, vios)
        check_group_name(world, vios, name)
        volumes = [free_volume(world, vios, PhysicalVolume(udid=udid), taken) for udid in exported.disks]
        group = exported_group(exported, vios.uuid)
        known = volume_names(world, vios.uuid)
        for disk in group.virtual_disks:
            if disk.name in known:
                raise general.NAME_TAKEN.error(kind=f"Virtual disk of Virtual I/O Server {vios.name}", name=disk.name)
        place = f"VirtualIOServer/{vios.uuid}/VolumeGroup/{group.uuid}"
        self._exported = exported
        self._group = group.evolve(
            name=name,
            group_state=None,
            phys_vols=tuple(volume.evolve(uuid="", parent=None, avail_for_use=False) for volume in volumes),
            virtual_disks=tuple(disk.evolve(vg_uri=place) for disk in group.virtual_disks),
        )

    def steps(self) -> Iterable[Step]:
        if self._exported.vios not in ("", self.target):
            for disk in self._group.virtual_disks:
                yield Step("bring the data of a disk", partial(self._bring, disk), undo=partial(self._leave, disk))
        yield Step("learn the volume group", self._learn)

    def _bring(self, disk: VirtualDisk, change: Change) -> None:
        vios = change.get(VirtualIOServer, self.target)
        self.edges.io_server.bring_disk(change, vios, disk, self._exported.vios)

    def _leave(self, disk: VirtualDisk, change: Change) -> None:
        self.edges.io_server.delete_disk(change, change.get(VirtualIOServer, self.target), disk)

    def _learn(self, change: Change) -> None:
        change.put(self._group)
        change.remove(self._exported)

    @property
    def results(self) -> dict[str, str]:
        return {"name": self._group.name}


def export(change: Change, group: VolumeGroup, vios: str) -> None:
    """From now on only its disks know it. vios: uuid of the server that it was on."""
    disks = tuple(volume.udid for volume in group.phys_vols)
    change.put(ExportedGroup(uuid=group.uuid, disks=disks, group=to_plain(group), vios=vios))
    change.remove(group)


def exported_group(exported: ExportedGroup, vios: str | None = None) -> VolumeGroup:
    """The volume group as it was. vios: uuid of the server that it is on, None for none."""
    return from_plain(VolumeGroup, exported.group, exported.uuid, vios, trusted=True)


def check_unused(world: World, vios: VirtualIOServer, group: VolumeGroup, task: str) -> None:
    """Nothing of the group is lent, and the server itself does not need it. Raises Failure."""
    if group.name == ROOT_GROUP:
        raise say.HOLDS_SYSTEM.error(group=group.name, vios=vios.name, task=task)
    for disk in group.virtual_disks:
        refuse_mapped(world, disk.udid, f"Virtual disk {disk.name} of volume group {group.name}", task)
    mounted = mounted_from(world, group)
    if mounted:
        raise say.GROUP_MOUNTED.error(group=group.name, vios=vios.name, task=task, mounted=", ".join(mounted))


def exported_on(world: World, volume: PhysicalVolume) -> ExportedGroup | None:
    return next((found for found in world.all(ExportedGroup) if volume.udid in found.disks), None)


def forget_exported(change: Change, volumes: Iterable[PhysicalVolume]) -> None:
    """Disks that are put to another use hold no volume group any more."""
    for volume in volumes:
        exported = exported_on(change, volume)
        if exported is not None:
            change.remove(exported)
            forget_kept(change, exported.uuid)


def _free_name(world: World, vios: VirtualIOServer) -> str:
    taken = {group.name for group in world.all(VolumeGroup, vios.uuid)}
    return next(name for number in itertools.count() if (name := f"vg{number:02}") not in taken)
