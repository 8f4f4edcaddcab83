"""Bringing what a Virtual I/O Server knows of a volume group's disks into line with the disks, as its ``redefvg`` does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.uom.volume_layout import disk_key

_KNOWN = ("name", "loc_code", "state", "reserve_policy", "reserve_policy_algorithm")
"""What a server may come to know of a disk anew. The size is not among them: that is for ``GrowGroup``."""


@dataclass
class RedefineGroup(GroupJob, name="volume_group.redefine"):
    """target: uuid of the group. Its disks are looked up among those of the server, and described as they are there."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: redefvg")

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        vios = serving(world, group.parent or "")
        check_active(vios, group, "redefined")
        there = {disk_key(disk): disk for disk in world.all(PhysicalVolume, vios.uuid)}
        volumes = tuple(_as_it_is(volume, there.get(disk_key(volume))) for volume in group.phys_vols)
        self._missing = [volume.name for volume in group.phys_vols if disk_key(volume) not in there]
        self._redefined = [new.name for old, new in zip(group.phys_vols, volumes, strict=True) if new != old]
        self._after = group.evolve(phys_vols=volumes)

    def steps(self) -> Iterable[Step]:
        if self._redefined:
            yield Step("write the volume group", self._write)

    def _write(self, change: Change) -> None:
        change.put(self._after)

    @property
    def results(self) -> dict[str, str]:
        return {"redefined": " ".join(self._redefined), "missing": " ".join(self._missing)}


def _as_it_is(volume: PhysicalVolume, there: PhysicalVolume | None) -> PhysicalVolume:
    if there is None:
        return volume
    changes = {name: there.get(name) for name in _KNOWN if volume.get(name) != there.get(name)}
    return volume.evolve(**changes) if changes else volume
