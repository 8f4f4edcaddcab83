"""Making a file in a file storage pool, as a disk for a partition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from openlpar.ops.core import Step
from openlpar.ops.file_pool.rules import OnPool, documented
from openlpar.ops.storage.group_plan import check_size
from openlpar.ops.storage.names import BACKING_FILE, check_name
from openlpar.ports.file_pools import lent_file
from openlpar.ports.records import BackingFile
from openlpar.ports.state import Change, World
from openlpar.uom.physical_partitions import megabytes


@dataclass
class CreateFile(OnPool, name="file_pool.create_file"):
    """called: name of the file; size: GB, rounded up to MB. The whole of it is taken from the pool at once."""

    evidence = documented("mkbdsp")

    target: str
    called: str
    size: Decimal

    parameters: ClassVar[dict[str, str]] = {"name": "of the file", "size": "GB"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"], Decimal(parameters["size"]))

    def check(self, world: World) -> None:
        self.find(world)
        check_name("backing device", self.called, BACKING_FILE)
        self.check_free_name(world, self.called)
        check_size(f"backing device {self.called}", "Size", self.size)
        self.check_room(world, self.called, megabytes(self.size))

    def steps(self) -> Iterable[Step]:
        yield Step("make the file", self._make, undo=self._unmake)

    def _make(self, change: Change) -> None:
        wish = BackingFile(uuid="", pool=self.target, name=self.called, size_mb=megabytes(self.size))
        self._made = self.edges.io_server.create_file(change, self._vios, lent_file(self._pool, wish))
        change.put(BackingFile(uuid=self._made.udid, pool=self.target, name=self.called, size_mb=megabytes(self.size)))

    def _unmake(self, change: Change) -> None:
        self.edges.io_server.delete_disk(change, self._vios, self._made)
