"""Giving a virtual disk another name, as the Virtual I/O Server's ``chlv`` and ``chbdsp`` do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.group_layout import keep_layout
from openlpar.ops.storage.names import LOGICAL_VOLUME, check_name, volume_names
from openlpar.ops.storage.usage import refuse_mapped, serving
from openlpar.ports.group_layouts import layout_of
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class RenameDisk(GroupJob, name="volume_group.rename_disk"):
    """target: uuid of the volume group; udid: of the disk, which keeps it; it must not be mapped."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: chlv, chbdsp -mv")

    udid: str
    new_name: str

    parameters: ClassVar[dict[str, str]] = {"udid": "of the virtual disk", "name": "its new name"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["udid"], parameters["name"])

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        vios = serving(world, group.parent or "")
        disk = next((disk for disk in group.virtual_disks if disk.udid == self.udid), None)
        if disk is None:
            raise general.NOT_FOUND.error(kind=f"Virtual disk of volume group {group.name}", name=self.udid)
        check_name("virtual disk", self.new_name, LOGICAL_VOLUME)
        if self.new_name in volume_names(world, vios.uuid):
            raise general.NAME_TAKEN.error(kind=f"Virtual disk of Virtual I/O Server {vios.name}", name=self.new_name)
        refuse_mapped(world, self.udid, f"Virtual disk {disk.name} of volume group {group.name}", "renamed")

    def steps(self) -> Iterable[Step]:
        yield Step("rename the disk", self._rename)

    def _rename(self, change: Change) -> None:
        group = change.get(VolumeGroup, self.target)
        layout = layout_of(change, group)
        renamed = next(disk.name for disk in group.virtual_disks if disk.udid == self.udid)
        disks = (disk.evolve(name=self.new_name) if disk.udid == self.udid else disk for disk in group.virtual_disks)
        after = group.evolve(virtual_disks=tuple(disks))
        change.put(after)
        keep_layout(change, after, layout.renamed(renamed, self.new_name))
