"""Making a file of a file storage pool larger, also while it is lent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar, Self

from openlpar.ops.core import Step
from openlpar.ops.file_pool.rules import OnPool, documented
from openlpar.ops.storage.group_plan import check_size
from openlpar.ops.storage.usage import changed_storage
from openlpar.ports.file_pools import lent_file
from openlpar.ports.state import Change, World
from openlpar.uom.physical_partitions import megabytes


@dataclass
class GrowFile(OnPool, name="file_pool.grow_file"):
    """called: name of the file; more: GB that it gets in addition, rounded up to MB."""

    evidence = documented("chbdsp -size")

    target: str
    called: str
    more: Decimal

    parameters: ClassVar[dict[str, str]] = {"name": "of the file", "more": "GB"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"], Decimal(parameters["more"]))

    def check(self, world: World) -> None:
        self.find(world)
        self._file = self.file(world, self.called)
        check_size(f"backing device {self.called}", "Size", self.more)
        more_mb = megabytes(self.more)
        self.check_room(world, self.called, more_mb)
        self._larger = replace(self._file, size_mb=self._file.size_mb + more_mb)

    def steps(self) -> Iterable[Step]:
        yield Step("extend the file", self._extend, undo=self._shrink)
        yield Step("tell its clients", self._tell)

    def _extend(self, change: Change) -> None:
        before, after = lent_file(self._pool, self._file), lent_file(self._pool, self._larger)
        self.edges.io_server.resize_disk(change, self._vios, before, after.capacity)
        change.put(self._larger)

    def _shrink(self, change: Change) -> None:
        before, after = lent_file(self._pool, self._file), lent_file(self._pool, self._larger)
        self.edges.io_server.resize_disk(change, self._vios, after, before.capacity)

    def _tell(self, change: Change) -> None:
        size = lent_file(self._pool, self._larger).capacity
        for mapping in changed_storage(change, self._file.uuid, "virtual_disk", capacity=size):
            change.put(mapping)
