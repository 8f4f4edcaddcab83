"""Volume groups whose disks have grown on the storage network, and how many physical partitions disks may have: ``chvg -chksize``
and ``chvg -factor`` of a Virtual I/O Server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.factor import MOST_FACTOR, max_factor, wrong_factor
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.group_layout import keep_layout
from openlpar.ops.storage.group_plan import ROOT_GROUP
from openlpar.ops.storage.san_disks import grown_disks
from openlpar.ops.storage.sizes import accounted
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.group_layouts import factor_for, layout_of, policy_of
from openlpar.ports.state import Change, World
from openlpar.uom.physical_partitions import PARTITIONS_PER_VOLUME, partitions_of
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.uom.volume_layout import disk_key, totals_of

_SOURCE = "IBM documentation of the VIOS command line: chvg"


@dataclass
class GrowGroup(GroupJob, name="volume_group.grow"):
    """Looks how large the disks of a group (target: its uuid) are by now, and takes what they have grown into use. Where its
    volumes lie stays."""

    evidence = Evidence(Level.DOCUMENTED, _SOURCE)

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        vios = serving(world, group.parent or "")
        check_active(vios, group, "made larger")
        if group.name == ROOT_GROUP:
            raise say.HOLDS_SYSTEM.error(group=group.name, vios=vios.name, task="made larger with its disks")
        before = layout_of(world, group)
        size = before.partition_mb
        noticed = {disk_key(disk): disk for disk in grown_disks(world, vios)}
        present = {disk_key(disk): disk.capacity for disk in world.all(PhysicalVolume, vios.uuid)}
        present |= {key: disk.capacity for key, disk in noticed.items()}
        larger = [volume.evolve(capacity=present.get(disk_key(volume), 0)) for volume in group.phys_vols]
        pairs = [
            (old, new if partitions_of(new, size) > partitions_of(old, size) else old)
            for old, new in zip(group.phys_vols, larger, strict=True)
        ]
        self._grown = [new for old, new in pairs if new is not old]
        self._noticed = [noticed[key] for key in map(disk_key, self._grown) if key in noticed]
        after = group.evolve(phys_vols=tuple(new for _, new in pairs), partition_size=size)
        copies = before.copies()
        self._after = accounted(group, after, (copies, copies))
        self._layout = replace(before, totals=totals_of(after, size))
        for volume in self._grown:
            self._check_size(vios, volume)

    def _check_size(self, vios: VirtualIOServer, volume: PhysicalVolume) -> None:
        size, disks = self._layout.partition_mb, len(self._layout.totals)
        count, limit = partitions_of(volume, size), max_factor(disks) * PARTITIONS_PER_VOLUME
        if count > limit:
            raise say.DISK_TOO_LARGE.error(
                volume=volume.name,
                group=self._after.name,
                vios=vios.name,
                disks=disks,
                count=count,
                limit=limit,
                size=size,
            )

    def steps(self) -> Iterable[Step]:
        if self._grown:
            yield Step("notice the size of the disks", self._notice)
            yield Step("write the volume group", self._write)

    def _notice(self, change: Change) -> None:
        for disk in self._noticed:
            change.put(disk)

    def _write(self, change: Change) -> None:
        change.put(self._after)
        keep_layout(change, self._after, self._layout)

    @property
    def results(self) -> dict[str, str]:
        return {"disks": " ".join(volume.name for volume in self._grown)}


@dataclass
class SetGroupPolicy(GroupJob, name="volume_group.set_policy"):
    """target: uuid of the group. factor: how many times 1016 physical partitions each of its disks may have, 0 for the lowest that
    they need, None to leave it; relocates: whether bad blocks are replaced, None to leave it."""

    evidence = Evidence(Level.DOCUMENTED, _SOURCE)

    factor: int | None = None
    relocates: bool | None = None

    parameters: ClassVar[dict[str, str]] = {
        "factor": "how many times 1016 physical partitions a disk may have, 0 for as many as needed",
        "relocates": "true or false: bad blocks are replaced",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        factor, relocates = parameters.get("factor", ""), parameters.get("relocates", "")
        if factor and not factor.isdecimal():
            wanted = f"a number from 1 to {MOST_FACTOR}"
            raise general.BAD_VALUE.error(
                field="factor", object="the volume group", value=repr(factor), cause="it is no number", wanted=wanted
            )
        return cls(target, int(factor) if factor else None, relocates == "true" if relocates else None)

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        vios = serving(world, group.parent or "")
        check_active(vios, group, "changed")
        present = policy_of(world, group)
        self._after = replace(present, relocates=present.relocates if self.relocates is None else self.relocates)
        if self.factor is None:
            return
        needed = factor_for(layout_of(world, group).totals)
        wanted, disks = self.factor or needed, len(group.phys_vols)
        if wanted < needed:
            raise wrong_factor(vios, group, disks, wanted, f"the largest needs factor {needed}")
        if wanted > max_factor(disks):
            raise wrong_factor(vios, group, disks, wanted, f"the highest is {max_factor(disks)}")
        self._after = replace(self._after, factor=wanted)

    def steps(self) -> Iterable[Step]:
        yield Step("write the policy", lambda change: change.put(self._after))
