"""cpvdi: copies the content of a backing device to another one. Options are recalled, and what is printed is ours."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.volume_group import VirtualDisk, VolumeGroup
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


class Cpvdi(Command, name="cpvdi", group="Device"):
    """Copies a backing device, which is a logical volume, to a new one or over one that is there."""

    src = Value("-src", "Source", "the logical volume to copy")
    dst = Value(
        "-dst", "Destination", "the logical volume to copy to; one that is not there is made, as large as the source"
    )
    isp = Value("-isp", "SourcePool", "the storage pool of the source; without it whichever has it")
    osp = Value("-osp", "DestinationPool", "the storage pool of the destination; without it that of the source")
    overwrite = Flag("-overwrite", "also over a logical volume that is there")

    @form(src, dst, may(isp), may(osp), may(overwrite))
    def copy(self) -> Iterator[str]:
        pool, source = self._source()
        group = self.server.group(self.osp or pool.name)
        if self.dst == self.src:
            raise Refusal(Status.SYNTAX, f'"{self.src}" cannot be copied over itself.')
        size = source.capacity
        present = next((disk for disk in group.virtual_disks if disk.name == self.dst), None)
        if present is not None:
            self._check_over(present, source)
            size = present.capacity
            changes.delete_disk(self.server, group, present)
            group = self.server.group(group.name)
        wish = VirtualDisk(name=self.dst, label="None", capacity=size, base_image=source.udid)
        self.server.operator.update(group.evolve(virtual_disks=(*group.virtual_disks, wish)))
        yield f"{source.name} of {pool.name} was copied to {self.dst} of {group.name}."

    def _source(self) -> tuple[VolumeGroup, VirtualDisk]:
        """Raises Refusal; also for what has no content here that could be copied."""
        if any(disk.name == self.src for disk in self.server.disks()):
            raise self._no_volume("a physical volume")
        for pool in self.server.file_pools():
            if self.isp in ("", pool.name) and any(
                file.name.rpartition("/")[2] == self.src for file in self.server.files(pool)
            ):
                raise self._no_volume("a file of a storage pool")
        if not self.isp:
            return self.server.logical_volume(self.src)
        group = self.server.group(self.isp)
        for disk in group.virtual_disks:
            if disk.name == self.src:
                return group, disk
        raise no_such("Backing device", self.src, f"lssp -bd -sp {group.name} lists the backing devices of the pool.")

    def _no_volume(self, kind: str) -> Refusal:
        return Refusal(
            Status.INCOMPLETE, f'"{self.src}" is {kind}: only logical volumes can be copied here. Nothing was done.'
        )

    def _check_over(self, present: VirtualDisk, source: VirtualDisk) -> None:
        if not self.overwrite:
            raise Refusal(Status.SYNTAX, f'"{present.name}" exists already. Add -overwrite to lose what it holds.')
        if present.capacity < source.capacity:
            raise Refusal(
                Status.INCOMPLETE,
                f'"{present.name}" has {present.capacity} GB, {source.name} {source.capacity} GB: it does not fit.',
            )
