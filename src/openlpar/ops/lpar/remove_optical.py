"""Unmapping a virtual optical device some time after its partition has booted.

So a client that installed a partition, or gave it its configuration on a medium, has the medium taken away again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from openlpar.messages import partition as say
from openlpar.ops.core import Evidence, Level, Operation, Step, partition_name, partition_of
from openlpar.ops.scsi.mappings import ScsiPlan, mapping_steps
from openlpar.ops.scsi.plan import planned_without
from openlpar.ops.scsi.slots import client_mappings
from openlpar.ops.scsi.storage import name_of, target_of
from openlpar.ports.records import Due
from openlpar.ports.state import World
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

# What a Due of a removal is for; the engine's routine of that name performs what ``removal`` makes of it.
DUE = "optical"


@dataclass
class RemoveOptical(Operation, name="lpar.remove_optical"):
    """partition: uuid; device: name of the drive (vtopt0) or of the medium in it. The adapters and the medium stay. What
    is no longer there needs no removing."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.power_opts")
    master_only = False

    partition: str
    device: str

    def locks(self) -> Iterable[str]:
        return (self.partition,)

    def about(self, world: World) -> str:
        return partition_name(world, self.partition)

    def check(self, world: World) -> None:
        self._plans: list[ScsiPlan] = []
        partition = partition_of(world, self.partition)
        if partition is None:
            return
        buses: dict[tuple[str, int], list[VirtualSCSIMapping]] = {}
        for mapping in _named(world, partition, self.device):
            buses.setdefault((mapping.parent or "", mapping.server_adapter.vios_slot_num), []).append(mapping)
        for (vios, _), gone in buses.items():
            self._plans.append(planned_without(world, world.get(VirtualIOServer, vios), gone))

    def steps(self) -> Iterable[Step]:
        for plan in self._plans:
            yield from mapping_steps(self.edges.io_server, plan)


def removal(due: Due) -> RemoveOptical:
    return RemoveOptical(due.subject, due.data["device"])


def check_optical(world: World, partition: BasePartition, device: str) -> None:
    """Refuses a name that neither an optical drive of the partition nor a medium in one has."""
    if any(_named(world, partition, device)):
        return
    known = sorted({name for mapping in _drives(world, partition) for name in _names(mapping)})
    raise say.NO_OPTICAL.error(partition=partition.name, device=device, known=", ".join(known) or "none")


def _named(world: World, partition: BasePartition, device: str) -> Iterator[VirtualSCSIMapping]:
    return (mapping for mapping in _drives(world, partition) if device in _names(mapping))


def _drives(world: World, partition: BasePartition) -> Iterator[VirtualSCSIMapping]:
    for mapping in client_mappings(world, VirtualSCSIMapping, partition):
        if mapping.target_dev.has("optical_media") or mapping.backing_storage.has("optical_media"):
            yield mapping


def _names(mapping: VirtualSCSIMapping) -> list[str]:
    return [name for name in (target_of(mapping.target_dev).name, name_of(mapping.backing_storage)) if name]
