"""Removing a file storage pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import storage as say
from openlpar.ops.core import Step
from openlpar.ops.file_pool.rules import OnPool, documented, take
from openlpar.ops.storage.usage import refuse_mapped
from openlpar.ports.file_pools import files_of, lent_file
from openlpar.ports.records import FilePool
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class DeleteFilePool(OnPool, name="file_pool.delete"):
    """with_files: also when there are files in it. None of them may be mapped, as IBM documents it."""

    evidence = documented("rmsp")

    target: str
    with_files: bool = False

    parameters: ClassVar[dict[str, str]] = {"with_files": "true or false"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters.get("with_files") == "true")

    def check(self, world: World) -> None:
        self.find(world)
        self._files = list(files_of(world, self._pool))
        for file in self._files:
            refuse_mapped(world, file.uuid, f"Backing device {file.name} of {self.place}", "deleted")
        if self._files and not self.with_files:
            names = ", ".join(file.name for file in self._files[:5])
            more = f" and {len(self._files) - 5} more" if len(self._files) > 5 else ""
            raise say.FILE_POOL_IN_USE.error(pool=self._pool.name, vios=self._vios.name, files=names + more)

    def steps(self) -> Iterable[Step]:
        yield Step("remove the file system", self._remove)
        # Nothing brings data back: deleting is the last step, when all that can fail has been done.
        yield Step("delete its files", self._delete)

    def _remove(self, change: Change) -> None:
        pool = change.get(FilePool, self.target)
        for file in self._files:
            change.remove(file)
        change.remove(pool)
        take(change, self._vios, change.get(VolumeGroup, pool.group), -pool.size_mb)

    def _delete(self, change: Change) -> None:
        for file in self._files:
            self.edges.io_server.delete_disk(change, self._vios, lent_file(self._pool, file))
