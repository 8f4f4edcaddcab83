"""Where the logical volumes of a volume group lie: which physical partitions of which disks they have, and in how many copies.

The UOM does not tell. A layout that follows from the group alone fills the disks in their order; with copies, or with volumes that
were put on chosen disks, it is kept beside the group (``ports.records.GroupLayout``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from openlpar.uom.physical_partitions import megabytes, partition_size_mb, partitions_for, partitions_of
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

SYSTEM = ""
"""Stands among the names for the system's own logical volumes of rootvg, which the UOM does not show."""


@dataclass(frozen=True, slots=True)
class Run:
    """Physical partitions of a disk (``disk_key``) in one piece: the first, counted from 1, and how many. stale: they do not hold
    what was written last."""

    disk: str
    first: int
    count: int
    stale: bool = False


Copy = tuple[Run, ...]
"""One physical partition for each logical one, in their order."""
Copies = tuple[Copy, ...]


class NoRoom(Exception):
    """So many physical partitions are needed, and so many are free where they may lie."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(f"{needed} physical partitions are needed, {free} are free")
        self.needed, self.free = needed, free


class _Partition(NamedTuple):
    disk: str
    number: int
    stale: bool = False


def disk_key(volume: PhysicalVolume) -> str:
    """What a disk is called here: the same on every Virtual I/O Server, as far as the disk tells."""
    return volume.udid or volume.name


@dataclass(frozen=True, slots=True)
class Layout:
    """totals: physical partitions of each disk, in the group's order. volumes: by name."""

    partition_mb: int
    totals: Mapping[str, int]
    volumes: Mapping[str, Copies]

    # looking

    @property
    def used(self) -> int:
        return sum(run.count for copies in self.volumes.values() for copy in copies for run in copy)

    def used_on(self, disk: str) -> int:
        return sum(run.count for run in self._runs() if run.disk == disk)

    def stale_on(self, disk: str) -> int:
        return sum(run.count for run in self._runs() if run.disk == disk and run.stale)

    def copies(self) -> dict[str, int]:
        """How many there are of each volume."""
        return {name: len(copies) for name, copies in self.volumes.items()}

    def names_on(self, disks: Collection[str]) -> list[str]:
        """Of the volumes that have partitions on any of these disks."""
        return [name for name in self.volumes if disks_of(self.volumes[name]) & set(disks)]

    def is_intact(self, name: str, missing: Collection[str] = ()) -> bool:
        """Whether each of its logical partitions can be read while disks are missing."""
        readable = [[not one.stale and one.disk not in missing for one in _spread(copy)] for copy in self.volumes[name]]
        return all(any(each) for each in zip(*readable, strict=True))

    def overlaps(self) -> bool:
        """Whether a physical partition is taken twice, or is none that its disk has."""
        taken = [(run.disk, number) for run in self._runs() for number in _numbers(run)]
        return len(set(taken)) < len(taken) or any(number > self.totals.get(disk, 0) for disk, number in taken)

    def _runs(self) -> Iterator[Run]:
        return (run for copies in self.volumes.values() for copy in copies for run in copy)

    # changing: each gives another layout, or raises NoRoom

    def without(self, name: str) -> Layout:
        return replace(self, volumes={other: copies for other, copies in self.volumes.items() if other != name})

    def renamed(self, name: str, new: str) -> Layout:
        return replace(self, volumes={new if each == name else each: copies for each, copies in self.volumes.items()})

    def sized(self, name: str, count: int) -> Layout:
        """The volume, which may be new, with so many logical partitions. It grows on the disks it has first."""
        present = self.volumes.get(name, ((),))
        changed = self._with(name, tuple(_gathered(_spread(copy)[:count]) for copy in present))
        for number, copy in enumerate(present):
            more = count - sum(run.count for run in copy)
            if more > 0:
                others = disks_of(changed.volumes[name][:number] + changed.volumes[name][number + 1 :])
                own = [run.disk for run in copy]
                order = sorted(self.totals, key=lambda disk: disk not in own)
                added = changed._found(more, [disk for disk in order if disk not in others])
                changed = changed._with_copy(name, number, [*_spread(copy), *added])
        return changed

    def mirrored(self, name: str, disks: Sequence[str]) -> Layout:
        """With one copy more, on those of the disks that have none of it yet."""
        present = self.volumes[name]
        free = [disk for disk in disks if disk not in disks_of(present)]
        made = self._found(sum(run.count for run in present[0]), free)
        return self._with(name, (*present, _gathered(made)))

    def unmirrored(self, name: str, disks: Collection[str]) -> Layout:
        """With one copy less: one that lies on the disks, one that is stale, or the last. There must be several."""
        present = self.volumes[name]
        ranked = sorted(
            range(len(present)),
            key=lambda number: (
                bool(disks_of((present[number],)) & set(disks)),
                any(run.stale for run in present[number]),
                number,
            ),
        )
        return self._with(name, tuple(copy for number, copy in enumerate(present) if number != ranked[-1]))

    def moved(self, name: str, sources: Collection[str], targets: Sequence[str], beyond: int = 0) -> Layout:
        """What of the volume lies on the sources, from a logical partition on, to the targets. Copies stay on separate disks."""
        changed = self
        for number, copy in enumerate(self.volumes[name]):
            partitions = _spread(copy)
            places = [place for place, one in enumerate(partitions) if place >= beyond and one.disk in sources]
            others = disks_of(changed.volumes[name][:number] + changed.volumes[name][number + 1 :])
            found = changed._found(len(places), [disk for disk in targets if disk not in others])
            for place, one in zip(places, found, strict=True):
                partitions[place] = one._replace(stale=partitions[place].stale)
            changed = changed._with_copy(name, number, partitions)
        return changed

    def lost(self, disk: str, names: Collection[str], missing: Collection[str]) -> Layout:
        """Once a disk is gone: what is written to these volumes from now on is not on it, and on another copy."""
        changed = dict(self.volumes)
        for name in names:
            if len(self.volumes[name]) > 1 and self.is_intact(name, missing):
                changed[name] = _marked(self.volumes[name], lambda run: run.stale or run.disk == disk)
        return replace(self, volumes=changed)

    def synchronised(self, names: Collection[str], missing: Collection[str]) -> Layout:
        """Copies on disks that are there get what was written meanwhile, where it can be read."""
        changed = dict(self.volumes)
        for name in names:
            if self.is_intact(name, missing):
                changed[name] = _marked(self.volumes[name], lambda run: run.stale and run.disk in missing)
        return replace(self, volumes=changed)

    def _with(self, name: str, copies: Copies) -> Layout:
        return replace(self, volumes={**self.volumes, name: copies})

    def _with_copy(self, name: str, number: int, partitions: Sequence[_Partition]) -> Layout:
        copies = list(self.volumes[name])
        copies[number] = _gathered(partitions)
        return self._with(name, tuple(copies))

    def _found(self, count: int, disks: Sequence[str]) -> list[_Partition]:
        """Free partitions, the first ones first. Raises NoRoom."""
        found: list[_Partition] = []
        free = 0
        for disk in disks:
            taken = {number for run in self._runs() if run.disk == disk for number in _numbers(run)}
            left = [number for number in range(1, self.totals[disk] + 1) if number not in taken]
            free += len(left)
            found += [_Partition(disk, number) for number in left[: count - len(found)]]
        if len(found) < count:
            raise NoRoom(count, free)
        return found


def derived(group: VolumeGroup, others: Mapping[str, int]) -> Layout:
    """What follows from the group: the system's own volumes come first, then the others in the order in which they were made, each
    in one copy. others: volumes that the UOM does not show either, with their MB."""
    size = partition_size_mb(group)
    totals = totals_of(group, size)
    counts = sizes(group, others, size)
    used = (megabytes(group.capacity) - megabytes(group.free_space)) // size
    everything = [_Partition(disk, number) for disk, total in totals.items() for number in range(1, total + 1)]
    volumes: dict[str, Copies] = {}
    start, system = 0, max(0, used - sum(counts.values()))
    for name, count in {**({SYSTEM: system} if system else {}), **counts}.items():
        volumes[name] = (_gathered(everything[start : start + count]),)
        start += count
    return Layout(size, totals, volumes)


def totals_of(group: VolumeGroup, size: int) -> dict[str, int]:
    """Physical partitions, of so many MB, of each disk."""
    return {disk_key(disk): partitions_of(disk, size) for disk in group.phys_vols}


def sizes(group: VolumeGroup, others: Mapping[str, int], size: int) -> dict[str, int]:
    """Logical partitions, of so many MB, of each volume but the system's."""
    found = {disk.name: partitions_for(size, disk.capacity) for disk in group.virtual_disks}
    found |= {name: -(-mb // size) for name, mb in others.items()}
    return {**found, **{library.name: partitions_for(size, library.size) for library in group.vmedia_repos}}


def relaid(before: Layout, group: VolumeGroup, others: Mapping[str, int], new: Collection[str] = ()) -> Layout:
    """The layout of a group that has changed: volumes came (new: also in the place of others of their names), went or grew, and
    disks came or went. Raises NoRoom."""
    counts = sizes(group, others, before.partition_mb)
    totals = totals_of(group, before.partition_mb)
    gone = [disk for disk in before.totals if disk not in totals]
    layout = replace(before, totals={**before.totals, **totals})
    for name in before.volumes:
        if name in new or (name not in counts and name != SYSTEM):
            layout = layout.without(name)
    for name in list(layout.volumes):
        layout = layout.moved(name, gone, list(totals))
    layout = replace(layout, totals=totals)
    for name, count in counts.items():
        layout = layout.sized(name, count)
    return layout


def disks_of(copies: Copies) -> set[str]:
    return {run.disk for copy in copies for run in copy}


def lie_apart(copies: Copies) -> bool:
    """Whether no two copies are on one disk."""
    counted = Counter(disk for copy in copies for disk in disks_of((copy,)))
    return all(count == 1 for count in counted.values())


def _numbers(run: Run) -> range:
    return range(run.first, run.first + run.count)


def _marked(copies: Copies, stale: Callable[[Run], bool]) -> Copies:
    return tuple(tuple(replace(run, stale=stale(run)) for run in copy) for copy in copies)


def _spread(copy: Copy) -> list[_Partition]:
    return [_Partition(run.disk, number, run.stale) for run in copy for number in _numbers(run)]


def _gathered(partitions: Sequence[_Partition]) -> Copy:
    runs: list[Run] = []
    for disk, number, stale in partitions:
        last = runs[-1] if runs else None
        if last is not None and (last.disk, last.first + last.count, last.stale) == (disk, number, stale):
            runs[-1] = replace(last, count=last.count + 1)
        else:
            runs.append(Run(disk, number, 1, stale))
    return tuple(runs)
