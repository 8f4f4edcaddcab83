"""Giving a medium of the media repository another name, as the Virtual I/O Server's ``chvopt -mv`` does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.group_job import GroupJob
from openlpar.ops.storage.names import MEDIA, check_name
from openlpar.ops.storage.usage import changed_storage, serving
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class RenameMedia(GroupJob, name="volume_group.rename_media"):
    """The medium may be in drives: their clients go on reading it. target: uuid of the volume group with the repository; called,
    new_name: of the medium, whose UDID follows its name.
    """

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: chvopt -mv")

    called: str
    new_name: str

    parameters: ClassVar[dict[str, str]] = {"name": "of the medium", "new_name": "its new one"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"], parameters["new_name"])

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        self._vios = serving(world, group.parent or "")
        media = {medium.name: medium for library in group.vmedia_repos for medium in library.optical_media}
        if self.called not in media:
            raise general.NOT_FOUND.error(kind=f"Medium of volume group {group.name}", name=self.called)
        check_name("medium", self.new_name, MEDIA)
        if self.new_name in media:
            kind = f"Medium of Virtual I/O Server {self._vios.name}"
            raise general.NAME_TAKEN.error(kind=kind, name=self.new_name)
        self._before = media[self.called]

    def steps(self) -> Iterable[Step]:
        yield Step("give the content its new name", self._link, undo=self._unlink)
        yield Step("rename the medium", self._rename)

    def _link(self, change: Change) -> None:
        self._after = self.edges.io_server.link_media(change, self._vios, self._before, self.new_name)

    def _unlink(self, change: Change) -> None:
        self.edges.io_server.delete_media(change, self._vios, self._after)

    def _rename(self, change: Change) -> None:
        group = change.get(VolumeGroup, self.target)
        (library,) = group.vmedia_repos
        media = [self._after if medium.name == self.called else medium for medium in library.optical_media]
        change.put(group.evolve(vmedia_repos=[library.evolve(optical_media=media)]))
        names = {"name": self._after.name, "udid": self._after.udid}
        for mapping in changed_storage(change, self._before.udid, "optical_media", self._vios.uuid, **names):
            change.put(mapping)
        self.edges.io_server.delete_media(change, self._vios, self._before)
