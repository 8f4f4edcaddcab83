"""Making a volume group what was planned: the part that creating and changing one have in common."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from openlpar.ops.core import ResourceOperation, Step
from openlpar.ops.storage.group_export import forget_exported
from openlpar.ops.storage.group_layout import counts, keep_layout, planned_layout
from openlpar.ops.storage.sizes import Counts, accounted
from openlpar.ops.storage.usage import changed_storage
from openlpar.ports.state import Change
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualDisk, VirtualOpticalMedia, VolumeGroup


class GroupWriter(ResourceOperation):
    """Subclasses set ``_vios``, ``_before`` and ``_planned`` in ``check``."""

    _vios: VirtualIOServer
    _before: VolumeGroup
    _planned: VolumeGroup
    _group: VolumeGroup
    _copies: tuple[Counts, Counts]

    def steps(self) -> Iterable[Step]:
        yield Step("write the volume group", self._write)
        for disk in self._planned.virtual_disks:
            if not disk.udid:
                yield Step("make a virtual disk", functools.partial(self._make_disk, disk), undo=self._unmake_disk)
        for media in _media(self._planned):
            if not media.udid:
                yield Step("make a medium", functools.partial(self._make_media, media), undo=self._unmake_media)
        for disk in self._before.virtual_disks:
            resized = _with_udid(self._planned.virtual_disks, disk.udid)
            if resized is not None and resized.capacity != disk.capacity:
                grow = functools.partial(self._resize, disk, resized)
                shrink = functools.partial(self._resize, resized, disk)
                yield Step("resize a virtual disk", grow, undo=shrink)
        # Nothing brings data back: deleting is the last step, when all that can fail has been done.
        yield Step("delete what is gone", self._delete_gone)

    def _write(self, change: Change) -> None:
        """The group with everything but the disks and media that are still to be made."""
        self._copies = counts(change, self._before, self._planned)
        layout = planned_layout(change, self._vios, self._before, self._planned)
        repositories = tuple(
            repository.evolve(optical_media=[media for media in repository.optical_media if media.udid])
            for repository in self._planned.vmedia_repos
        )
        disks = tuple(disk for disk in self._planned.virtual_disks if disk.udid)
        self._put(change, self._planned.evolve(virtual_disks=disks, vmedia_repos=repositories))
        if layout is not None:
            keep_layout(change, self._planned, layout)
        forget_exported(change, self._planned.phys_vols)
        self.subject = (VolumeGroup, self._group.uuid)

    def _put(self, change: Change, group: VolumeGroup) -> None:
        sizes = {name: self._before.get(name) for name in ("capacity", "free_space", "available_size")}
        self._group = accounted(self._before, group.evolve(**sizes), self._copies)
        change.put(self._group)

    def _make_disk(self, disk: VirtualDisk, change: Change) -> None:
        group = self._group
        place = f"VirtualIOServer/{self._vios.uuid}/VolumeGroup/{group.uuid}"
        wish = disk.evolve(vg_uri=place, base_image=None)
        # The devices still have the disks that go in the end: a new one must not be given the number of one of them.
        there = group.evolve(virtual_disks=(*group.virtual_disks, *self._gone_disks()))
        made = self.edges.io_server.create_disk(change, self._vios, there, wish, disk.base_image)
        self._put(change, group.evolve(virtual_disks=(*group.virtual_disks, made)))

    def _unmake_disk(self, change: Change) -> None:
        *others, made = self._group.virtual_disks
        self._group = self._group.evolve(virtual_disks=others)
        self.edges.io_server.delete_disk(change, self._vios, made)

    def _make_media(self, media: VirtualOpticalMedia, change: Change) -> None:
        made = self.edges.io_server.create_media(change, self._vios, media, "")
        self._put(change, _with_media(self._group, (*_media(self._group), made)))

    def _unmake_media(self, change: Change) -> None:
        *others, made = _media(self._group)
        self._group = _with_media(self._group, tuple(others))
        self.edges.io_server.delete_media(change, self._vios, made)

    def _resize(self, before: VirtualDisk, after: VirtualDisk, change: Change) -> None:
        self.edges.io_server.resize_disk(change, self._vios, before, after.capacity)
        for mapping in changed_storage(change, after.udid, "virtual_disk", capacity=after.capacity):
            change.put(mapping)

    def _gone_disks(self) -> list[VirtualDisk]:
        planned = self._planned.virtual_disks
        return [disk for disk in self._before.virtual_disks if _with_udid(planned, disk.udid) is None]

    def _delete_gone(self, change: Change) -> None:
        for disk in self._gone_disks():
            self.edges.io_server.delete_disk(change, self._vios, disk)
        kept = {media.udid for media in _media(self._planned)}
        for media in _media(self._before):
            if media.udid not in kept:
                self.edges.io_server.delete_media(change, self._vios, media)


def _with_udid(disks: Iterable[VirtualDisk], udid: str) -> VirtualDisk | None:
    return next((disk for disk in disks if disk.udid == udid), None)


def _media(group: VolumeGroup) -> tuple[VirtualOpticalMedia, ...]:
    return tuple(media for repository in group.vmedia_repos for media in repository.optical_media)


def _with_media(group: VolumeGroup, media: tuple[VirtualOpticalMedia, ...]) -> VolumeGroup:
    """A group has at most one repository."""
    return group.evolve(vmedia_repos=[repository.evolve(optical_media=media) for repository in group.vmedia_repos])
