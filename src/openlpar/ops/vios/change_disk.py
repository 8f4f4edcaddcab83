"""Changing what a Virtual I/O Server may set of a disk: reserve policy and path algorithm, as its ``chdev`` does, and the mark that
a cluster left on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.usage import TakenVolumes, changed_storage, serving
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import PhysicalVolume

_CHANGEABLE = ("reserve_policy", "reserve_policy_algorithm")


@dataclass
class ChangeDisk(ServerJob, name="vios.change_disk"):
    """disk: its name. changes: by field of PhysicalVolume. clean: takes the mark of a cluster off a disk that nothing uses."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: chdev, cleandisk")

    target: str
    disk: str
    changes: dict[str, str] = field(default_factory=dict)
    clean: bool = False

    parameters: ClassVar[dict[str, str]] = {
        "disk": "name of the disk",
        "reserve_policy": "NoReserve or SinglePath",
        "reserve_policy_algorithm": "Failover, Load_Balance or Round_Robin",
        "clean": "true: takes the mark of a cluster off it",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        changes = {name: parameters[name] for name in _CHANGEABLE if name in parameters}
        return cls(target, parameters["disk"], changes, parameters.get("clean") == "true")

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        found = next((volume for volume in world.all(PhysicalVolume, vios.uuid) if volume.name == self.disk), None)
        if found is None:
            raise say.NO_SUCH_VOLUME.error(volume=self.disk, vios=vios.name)
        for name, value in self.changes.items():
            declared: Any = PhysicalVolume.by_name[name]
            if not declared.allows(value):
                raise general.BAD_VALUE.error(
                    field=declared.tag,
                    object=f"physical volume {self.disk}",
                    value=repr(value),
                    cause="there is no such value",
                    wanted=self.parameters[name],
                )
        use = TakenVolumes(world, vios.uuid, mapped_anywhere=True).use_of(found) if self.clean else ""
        if use:
            raise say.VOLUME_TAKEN.error(volume=self.disk, vios=vios.name, use=use)
        cleaned: dict[str, Any] = {"storage_label": None, "avail_for_use": True} if self.clean else {}
        self._after = found.evolve(**self.changes, **cleaned)

    def steps(self) -> Iterable[Step]:
        yield Step("change the disk", self._change)

    def _change(self, change: Change) -> None:
        change.put(self._after)
        if self.changes:
            for mapping in changed_storage(change, self._after.udid, "physical_volume", **self.changes):
                if mapping.parent == self.target:
                    change.put(mapping)
