"""The system of a Virtual I/O Server on other disks: copied there, installed there, and run from there.

A server that starts runs from the first disk of its boot list that holds a system. Its volume group is called rootvg from then
on; the one that was it before becomes old_rootvg, and keeps the level it has. What goes with the system is its software: level,
updates, file sets. Its configuration, the files of padmin and what partitions use of its volume groups belong to the server,
whatever it runs from.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import padmin as say
from openlpar.messages import storage as storage_say
from openlpar.ops.consequences import Alteration, follows_from
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_plan import ROOT_GROUP, contents_of
from openlpar.ops.storage.sizes import free_mb, gigabytes, taken_mb, tidy, whole_partitions_mb
from openlpar.ops.storage.usage import OFF, check_active, serving
from openlpar.ops.vios.error_log import own_time
from openlpar.ops.vios.file_sets import history_of
from openlpar.ops.vios.job import ServerJob
from openlpar.ops.vios.levels import level_of, set_level, why_unfit
from openlpar.ports.file_pools import pools_in
from openlpar.ports.group_layouts import layout_of, missing_disks
from openlpar.ports.records import ExportedGroup, RootImage, SoftwareHistory, UncommittedUpdate, ViosSettings
from openlpar.ports.state import Change, World
from openlpar.uom.partition import PartitionState
from openlpar.uom.physical_partitions import megabytes, partition_size_mb
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VolumeGroup
from openlpar.uom.volume_layout import disk_key


@dataclass
class CopySystem(ServerJob, name="vios.copy_system"):
    """Puts a system into an empty volume group. group: its uuid. level: what the system there has, "" for the server's own; it is
    an update of that, not committed yet. new_version: it comes from an image instead, and may be of another version."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: alt_root_vg")

    target: str
    group: str
    level: str = ""
    new_version: bool = False

    parameters: ClassVar[dict[str, str]] = {
        "group": "uuid of an empty volume group",
        "level": "the level that the system there gets",
        "newVersion": "true: it comes from an image of any newer level",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["group"], parameters.get("level", ""), parameters.get("newVersion") == "true")

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        running, group = root_of(world, self.target), world.get(VolumeGroup, self.group)
        if running is None or group.parent != self.target:
            name = ROOT_GROUP if running is None else group.name
            raise general.NOT_FOUND.error(kind=f"Volume group of Virtual I/O Server {vios.name}", name=name)
        contents, task = contents_of(world, group), "used for a system"
        check_active(vios, group, task)
        if contents:
            raise storage_say.GROUP_IN_USE.error(group=group.name, vios=vios.name, contents=contents, task=task)
        self._check_level(world, vios)
        self._size_mb = whole_partitions_mb(partition_size_mb(group), gigabytes(system_mb(world, running)))
        if self._size_mb > free_mb(group):
            place = f"Volume group {group.name} of Virtual I/O Server {vios.name}"
            needed = gigabytes(self._size_mb)
            raise storage_say.NO_SPACE.error(
                place=place, free=group.free_space, object="the system of the server", needed=needed
            )

    def _check_level(self, world: World, vios: VirtualIOServer) -> None:
        if not self.level:
            return
        present, applied = level_of(vios), world.find(UncommittedUpdate, self.target)
        cause = why_unfit(present, self.level, new_version=self.new_version)
        level = present or "unknown"
        if self.new_version:
            if cause:
                raise say.WRONG_IMAGE.error(vios=vios.name, level=level, wanted=self.level, cause=cause)
            return
        if not cause and applied is not None:
            cause = f"the update from {applied.previous} is not committed"
        if cause:
            raise say.WRONG_UPDATE.error(vios=vios.name, level=level, wanted=self.level, cause=cause)

    def steps(self) -> Iterable[Step]:
        yield Step("write the system", self._write)

    def _write(self, change: Change) -> None:
        group, size = change.get(VolumeGroup, self.group), gigabytes(self._size_mb)
        left = {name: tidy(group.get(name) - size) for name in ("free_space", "available_size")}
        change.put(group.evolve(group_state=OFF, **left))
        image = _image(change, self.target, self.group)
        if self.new_version:
            image = RootImage(uuid=self.group, vios=self.target, level=self.level)
        elif self.level:
            entry = (own_time(change, self.target), "APPLY", self.level, "")
            image = replace(image, level=self.level, previous=image.level, entries=(*image.entries, entry))
        change.put(image)


def root_of(world: World, vios: str) -> VolumeGroup | None:
    """The volume group that a server runs from."""
    return next((group for group in world.all(VolumeGroup, vios) if group.name == ROOT_GROUP), None)


def system_mb(world: World, group: VolumeGroup) -> int:
    """MB that the system itself takes in a volume group: what is neither free nor taken by what partitions use."""
    copies = layout_of(world, group).copies()
    held = taken_mb(group, partition_size_mb(group), copies)
    held += sum(pool.size_mb * copies.get(pool.name, 1) for pool in pools_in(world, group.uuid))
    return max(0, megabytes(group.capacity - group.free_space) - held)


def _image(world: World, vios: str, group: str) -> RootImage:
    """What the server runs now."""
    applied, history = world.find(UncommittedUpdate, vios), history_of(world, vios)
    return RootImage(
        uuid=group,
        vios=vios,
        level=level_of(world.get(VirtualIOServer, vios)),
        previous=applied.previous if applied is not None else "",
        removed=history.removed,
        entries=history.entries,
    )


@follows_from(VirtualIOServer)
def start_from_boot_list(change: Change, altered: Sequence[Alteration]) -> None:
    """A server that starts runs from the first disk of its boot list that it sees and that holds a system."""
    for one in altered:
        if one.old is None or one.new is None or one.old.state == one.new.state:
            continue
        if one.new.state == PartitionState.RUNNING:
            group = _listed(change, one.uuid)
            if group is not None and group.name != ROOT_GROUP:
                _run_from(change, one.uuid, group)


def _listed(world: World, vios: str) -> VolumeGroup | None:
    settings, missing = world.find(ViosSettings, vios), missing_disks(world, vios)
    groups = {
        volume.name: group
        for group in world.all(VolumeGroup, vios)
        for volume in group.phys_vols
        if disk_key(volume) not in missing and _is_system(world, vios, group)
    }
    names = settings.bootlists.get("normal", ()) if settings is not None else ()
    return next((groups[name] for name in names if name in groups), None)


def _is_system(world: World, vios: str, group: VolumeGroup) -> bool:
    image = world.find(RootImage, group.uuid)
    return group.name == ROOT_GROUP or (image is not None and image.vios == vios)


def _run_from(change: Change, vios: str, group: VolumeGroup) -> None:
    image, running = change.get(RootImage, group.uuid), root_of(change, vios)
    change.remove(image)
    change.put(group.evolve(name=ROOT_GROUP, group_state=None))
    if running is not None:
        change.put(_image(change, vios, running.uuid))
        # What partitions use of it stays in use; else it is not varied on, as on a real server.
        state = None if contents_of(change, running) else OFF
        change.put(running.evolve(name=_name_for(change, vios, group), group_state=state))
    set_level(change, vios, image.level)
    applied = change.find(UncommittedUpdate, vios)
    if image.previous:
        change.put(UncommittedUpdate(uuid=vios, previous=image.previous))
    elif applied is not None:
        change.remove(applied)
    change.put(SoftwareHistory(uuid=vios, removed=image.removed, entries=image.entries))


def _name_for(world: World, vios: str, group: VolumeGroup) -> str:
    """For the volume group that the server no longer runs from. group: the one it runs from, as it was called."""
    name = RootImage.COPY if group.name == RootImage.FORMER else RootImage.FORMER
    taken = {other.name for other in world.all(VolumeGroup, vios) if other.uuid != group.uuid}
    return next(free for number in itertools.count() if (free := f"{name}{number or ''}") not in taken)


@follows_from(VolumeGroup, ExportedGroup)
def forget_images(change: Change, altered: Sequence[Alteration]) -> None:
    """A system is gone with its volume group, and no use to another server."""
    for uuid in {one.uuid for one in altered}:
        image, group = change.find(RootImage, uuid), change.find(VolumeGroup, uuid)
        if image is None:
            continue
        if group.parent != image.vios if group is not None else change.find(ExportedGroup, uuid) is None:
            change.remove(image)
