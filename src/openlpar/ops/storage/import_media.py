"""Taking a complete upload, or a file of padmin, into the media repository."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.storage.media_plan import check_room, repository_of
from openlpar.ops.storage.names import MEDIA, check_name
from openlpar.ops.storage.sizes import gigabytes_of
from openlpar.ops.storage.usage import serving
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import MountType, VirtualOpticalMedia, VolumeGroup


@dataclass
class ImportMedia(JobOperation, name="storage.import_media"):
    """Makes an optical medium of an uploaded ISO image (``BROKERED_MEDIA_ISO``), or of a file of padmin (``mkvopt``). target: uuid
    of the Virtual I/O Server; path: where the file lies on the host; device_udid: without meaning here; is_kept: the file stays
    its owner's, who may write it.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    target: str
    file_name: str
    size_bytes: int
    path: str
    device_udid: str = ""
    mount_type: str = MountType.READ_WRITE.value
    is_kept: bool = False

    parameters: ClassVar[dict[str, str]] = {
        "name": "of the medium",
        "size": "bytes of the file",
        "path": "where the file lies",
        "mount_type": "whether the medium may be written",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        given = parameters
        return cls(
            target,
            given["name"],
            int(given["size"]),
            given["path"],
            mount_type=given["mount_type"],
            is_kept=True,
        )

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        return self.file_name

    def check(self, world: World) -> None:
        self._vios = serving(world, self.target)
        check_name("medium", self.file_name, MEDIA)
        found = repository_of(world, self.target)
        if found is None:
            raise say.NO_REPOSITORY.error(vios=self._vios.name, media=self.file_name)
        repository = found[1]
        if any(media.name == self.file_name for media in repository.optical_media):
            kind = f"Medium of Virtual I/O Server {self._vios.name}"
            raise general.NAME_TAKEN.error(kind=kind, name=self.file_name)
        check_room(self._vios, repository.evolve(optical_media=[*repository.optical_media, self._wish()]))

    def _wish(self) -> VirtualOpticalMedia:
        size = gigabytes_of(self.size_bytes)
        return VirtualOpticalMedia(name=self.file_name, mount_type=self.mount_type, size=size)

    def steps(self) -> Iterable[Step]:
        yield Step("make the medium", self._make, undo=self._unmake)

    def _make(self, change: Change) -> None:
        self._made = self.edges.io_server.create_media(change, self._vios, self._wish(), self.path, self.is_kept)
        found = repository_of(change, self.target)
        assert found is not None
        group, repository = found
        after = repository.evolve(optical_media=[*repository.optical_media, self._made])
        change.put(group.evolve(vmedia_repos=[after]))
        self.subject = (VolumeGroup, group.uuid)

    def _unmake(self, change: Change) -> None:
        self.edges.io_server.delete_media(change, self._vios, self._made)
