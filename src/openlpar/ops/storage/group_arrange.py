"""Copies of logical volumes, and the disks they lie on: what ``mklvcopy``, ``rmlvcopy``, ``mirrorios``, ``unmirrorios``,
``migratepv`` and ``syncvg`` of a Virtual I/O Server do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.group_layout import keep_layout, no_room
from openlpar.ops.storage.sizes import gigabytes, tidy
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.group_layouts import layout_of, missing_disks
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup
from openlpar.uom.volume_layout import SYSTEM, Layout, NoRoom, disk_key, disks_of

_MOST_COPIES = 2
"""IBM documentation of mklvcopy of the VIOS: only one additional copy can be created."""


class Task(StrEnum):
    """What is done with the copies."""

    MIRROR = "mirror"
    UNMIRROR = "unmirror"
    MOVE = "move"
    SYNCHRONISE = "synchronise"


@dataclass
class ArrangeVolumes(GroupJob, name="volume_group.arrange"):
    """volumes: names of logical volumes, () for all, the system's own among them. disks: names of those that take copies, or lose
    them, () for any. sources: of a move, the disks to leave, () for all but the others; beyond: it leaves so many logical
    partitions where they are."""

    evidence = Evidence(
        Level.DOCUMENTED, "IBM documentation of the VIOS command line: mklvcopy, mirrorios, migratepv, syncvg"
    )

    task: str
    volumes: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    beyond: int = 0

    parameters: ClassVar[dict[str, str]] = {
        "task": "mirror, unmirror, move or synchronise",
        "volumes": "names of logical volumes between blanks; without them all",
        "disks": "names of disks between blanks: that take copies or lose them",
        "sources": "names of the disks that a move empties",
        "beyond": "how many logical partitions a move leaves where they are",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        volumes, disks, sources = (tuple(parameters.get(name, "").split()) for name in ("volumes", "disks", "sources"))
        return cls(target, parameters["task"], volumes, disks, sources, int(parameters.get("beyond", "0")))

    def check(self, world: World) -> None:
        self._group = world.get(VolumeGroup, self.target)
        self._vios = serving(world, self._group.parent or "")
        check_active(self._vios, self._group, "changed")
        self._keys = {disk.name: disk_key(disk) for disk in self._group.phys_vols}
        self._missing = missing_disks(world, self._vios.uuid)
        self._before = layout_of(world, self._group)
        for name in self.volumes:
            if name not in self._before.volumes:
                raise general.NOT_FOUND.error(kind=f"Logical volume of volume group {self._group.name}", name=name)
        try:
            self._after = _TASKS[Task(self.task)](self, self._before)
        except NoRoom as full:
            raise no_room(self._vios, self._group, full) from full

    def steps(self) -> Iterable[Step]:
        yield Step("arrange the logical volumes", self._arrange)

    def _arrange(self, change: Change) -> None:
        freed = gigabytes((self._before.used - self._after.used) * self._before.partition_mb)
        group = self._group
        if freed:
            group = group.evolve(
                free_space=tidy(group.free_space + freed), available_size=tidy(group.available_size + freed)
            )
            change.put(group)
        keep_layout(change, group, self._after)

    # the tasks

    def _mirrored(self, layout: Layout) -> Layout:
        for name in self.volumes:
            if len(layout.volumes[name]) >= _MOST_COPIES:
                raise say.IS_MIRRORED.error(object=self._called(name), copies=len(layout.volumes[name]))
        disks = self._chosen()
        wanted = [name for name in self.volumes or layout.volumes if len(layout.volumes[name]) < _MOST_COPIES]
        if not wanted:
            raise say.IS_MIRRORED.error(object=f"Each logical volume of {self._group.name}", copies=_MOST_COPIES)
        for name in wanted:
            self._check_readable(layout, name)
            layout = layout.mirrored(name, disks)
        return layout

    def _unmirrored(self, layout: Layout) -> Layout:
        on = {self._key(name) for name in self.disks}
        where = f"on {' '.join(self.disks)}" if on else "beside its first one"
        wanted = [
            name
            for name in self.volumes or layout.volumes
            if len(layout.volumes[name]) > 1 and (not on or disks_of(layout.volumes[name]) & on)
        ]
        if not wanted or len(wanted) < len(self.volumes):
            name = next((name for name in self.volumes if name not in wanted), "")
            whole = f"Volume group {self._group.name}"
            raise say.NOT_MIRRORED.error(object=self._called(name) if name else whole, where=where)
        for name in wanted:
            fewer = layout.unmirrored(name, on)
            if layout.is_intact(name) and not fewer.is_intact(name):
                raise say.LAST_GOOD_COPY.error(object=self._called(name))
            layout = fewer
        return layout

    def _moved(self, layout: Layout) -> Layout:
        targets = self._chosen()
        sources = {self._key(name) for name in self.sources} or set(layout.totals) - set(targets)
        targets = [key for key in targets if key not in sources]
        for name in self.volumes or layout.names_on(sources):
            self._check_readable(layout, name)
            layout = layout.moved(name, sources, targets, self.beyond)
        return layout

    def _synchronised(self, layout: Layout) -> Layout:
        names = list(self.volumes) or list(layout.volumes)
        layout = layout.synchronised(names, self._missing)
        for name in names:
            stale = {run.disk for copy in layout.volumes[name] for run in copy if run.stale}
            if stale:
                lost = sorted(name for name, key in self._keys.items() if key in self._missing)
                cause = f"{' '.join(lost)} is missing" if lost else "no copy holds what was written last"
                raise say.STILL_STALE.error(object=self._called(name), cause=cause)
        return layout

    def _chosen(self) -> list[str]:
        """Keys of the disks that may take something."""
        for name in self.disks:
            if self._key(name) in self._missing:
                raise say.VOLUME_LOST.error(volume=name, vios=self._vios.name)
        return [self._key(name) for name in self.disks or self._keys if self._keys.get(name) not in self._missing]

    def _key(self, name: str) -> str:
        if name not in self._keys:
            raise general.NOT_FOUND.error(kind=f"Physical volume of volume group {self._group.name}", name=name)
        return self._keys[name]

    def _check_readable(self, layout: Layout, name: str) -> None:
        if not layout.is_intact(name, self._missing):
            lost = next(
                (disk for disk, key in self._keys.items() if key in disks_of(layout.volumes[name]) & self._missing), ""
            )
            raise say.VOLUME_LOST.error(volume=lost, vios=self._vios.name)

    def _called(self, name: str) -> str:
        if name == SYSTEM:
            return f"The system of volume group {self._group.name}"
        return f"Logical volume {name}"


_TASKS = {
    Task.MIRROR: ArrangeVolumes._mirrored,
    Task.UNMIRROR: ArrangeVolumes._unmirrored,
    Task.MOVE: ArrangeVolumes._moved,
    Task.SYNCHRONISE: ArrangeVolumes._synchronised,
}
