"""Deleting a file of a file storage pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.ops.core import Step
from openlpar.ops.file_pool.rules import OnPool, documented
from openlpar.ops.storage.usage import refuse_mapped
from openlpar.ports.file_pools import lent_file
from openlpar.ports.state import Change, World


@dataclass
class DeleteFile(OnPool, name="file_pool.delete_file"):
    """called: name of the file, which must not be mapped."""

    evidence = documented("rmbdsp")

    target: str
    called: str

    parameters: ClassVar[dict[str, str]] = {"name": "of the file"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"])

    def check(self, world: World) -> None:
        self.find(world)
        self._file = self.file(world, self.called)
        refuse_mapped(world, self._file.uuid, f"Backing device {self.called} of {self.place}", "deleted")

    def steps(self) -> Iterable[Step]:
        yield Step("forget the file", lambda change: change.remove(self._file))
        # Nothing brings data back: deleting is the last step.
        yield Step("delete the file", self._delete)

    def _delete(self, change: Change) -> None:
        self.edges.io_server.delete_disk(change, self._vios, lent_file(self._pool, self._file))
