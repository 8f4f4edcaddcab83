"""Making a file storage pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from openlpar.ops.core import JobOperation, Step
from openlpar.ops.file_pool.rules import check_pool_name, documented, pool_space_mb, take
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.records import FilePool
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class CreateFilePool(JobOperation, name="file_pool.create"):
    """target: uuid of the volume group it is to lie in; size: GB, rounded up to whole physical partitions."""

    evidence = documented("mksp -fb")

    target: str
    called: str
    size: Decimal

    parameters: ClassVar[dict[str, str]] = {"name": "of the pool, and of its logical volume", "size": "GB"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"], Decimal(parameters["size"]))

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        return self.called

    def check(self, world: World) -> None:
        group = world.get(VolumeGroup, self.target)
        self._vios = vios = serving(world, group.parent or "")
        check_active(vios, group, "changed")
        check_pool_name(world, vios, self.called)
        self._size_mb = pool_space_mb(vios, group, f"file storage pool {self.called}", self.size)

    def steps(self) -> Iterable[Step]:
        yield Step("make the file system", self._make)

    def _make(self, change: Change) -> None:
        group = change.get(VolumeGroup, self.target)
        pool = FilePool(
            uuid=change.entropy.uuid(),
            vios=group.parent or "",
            group=group.uuid,
            name=self.called,
            size_mb=self._size_mb,
        )
        change.put(pool)
        take(change, self._vios, group, pool.size_mb)
