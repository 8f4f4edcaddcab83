"""Job: a surrogate takes a partition's place under its UUID.

So ends a live update: the surrogate has been running with the original's work for a while; the original, which is off, is
deleted, and whoever knows the partition by its UUID finds the surrogate there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.belongings import hand_over
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_of
from openlpar.ops.job_parameters import check_known
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.scsi.slots import client_mappings
from openlpar.ports.records import Job
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


@dataclass
class CloneUuid(JobOperation, name="lpar.clone_uuid", job="CloneUUID", groups=("LogicalPartition",)):
    """Deletes the target and gives its UUID to the surrogate, running or not."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.partition (clone_uuid)")

    target: str
    surrogate: str

    parameters: ClassVar[dict[str, str]] = {"targetLparName": "name of the surrogate"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        if not parameters.get("targetLparName"):
            raise general.MISSING_VALUE.error(object=f"Job {cls.job}", field="targetLparName")
        return cls(target, parameters["targetLparName"])

    def locks(self) -> Iterable[str]:
        return (*DeletePartition(self.target).locks(), "capacity", "networks")

    def about(self, world: World) -> str:
        partition = partition_of(world, self.target)
        return partition.name if partition else self.target

    def check(self, world: World) -> None:
        original = world.get(LogicalPartition, self.target)
        surrogate = next(world.where(LogicalPartition, name=self.surrogate), None)
        if surrogate is None:
            raise general.NOT_FOUND.error(kind="Logical partition", name=self.surrogate)
        if surrogate.uuid == original.uuid or surrogate.env != original.env or surrogate.is_mgmt_partition:
            raise say.OTHER_TYPE.error(
                surrogate=surrogate.name,
                surrogate_type="the management partition" if surrogate.is_mgmt_partition else surrogate.env,
                original=original.name,
                original_type=original.env,
            )
        self._surrogate = surrogate.uuid
        self._removal = DeletePartition(self.target)
        self._removal.edges = self.edges
        self._removal.check(world)

    def steps(self) -> Iterable[Step]:
        yield from self._removal.steps()
        yield Step("hand over what refers to the surrogate", self._hand_over)
        yield Step("give it the UUID", self._rename)

    def _hand_over(self, change: Change) -> None:
        """Adapters, mappings, console, and what is scheduled or awaited: all that is kept under the surrogate's UUID."""
        old, new = self._surrogate, self.target
        surrogate = change.get(LogicalPartition, old)
        served: list[VirtualSCSIMapping | VirtualFibreChannelMapping] = [
            *client_mappings(change, VirtualSCSIMapping, surrogate),
            *client_mappings(change, VirtualFibreChannelMapping, surrogate),
        ]
        for mapping in served:
            above, _, uuid = mapping.client_lpar_href.rpartition("/")
            if uuid == old:
                change.put(mapping.evolve(client_lpar_href=f"{above}/{new}"))
        hand_over(change, old, new)
        for job in tuple(change.where(Job, target=old)):
            change.put(replace(job, target=new))

    def _rename(self, change: Change) -> None:
        surrogate = change.get(LogicalPartition, self._surrogate)
        change.remove(surrogate)
        change.put(surrogate.evolve(uuid=self.target, partition_uuid=self.target))
