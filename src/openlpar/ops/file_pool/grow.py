"""Making a file storage pool larger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar, Self

from openlpar.ops.core import Step
from openlpar.ops.file_pool.rules import OnPool, documented, pool_space_mb, take
from openlpar.ports.records import FilePool
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import VolumeGroup


@dataclass
class GrowFilePool(OnPool, name="file_pool.grow"):
    """more: GB that it gets in addition, rounded up to whole physical partitions."""

    evidence = documented("chsp -add -size")

    target: str
    more: Decimal

    parameters: ClassVar[dict[str, str]] = {"more": "GB"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, Decimal(parameters["more"]))

    def check(self, world: World) -> None:
        self.find(world)
        group = world.get(VolumeGroup, self._pool.group)
        self._more_mb = pool_space_mb(self._vios, group, f"file storage pool {self._pool.name}", self.more)

    def steps(self) -> Iterable[Step]:
        yield Step("extend the file system", self._extend)

    def _extend(self, change: Change) -> None:
        pool = change.get(FilePool, self.target)
        change.put(replace(pool, size_mb=pool.size_mb + self._more_mb))
        take(change, self._vios, change.get(VolumeGroup, pool.group), self._more_mb)
