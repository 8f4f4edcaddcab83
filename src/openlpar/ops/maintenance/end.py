"""Putting a Virtual I/O Server back into service: it is powered on, and when it serves again, what was added without it goes.

Networks need nothing: its shared Ethernet adapters and the virtual NICs' backing devices are back in their priority when it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from openlpar.messages import maintenance as say
from openlpar.ops.core import Step
from openlpar.ops.job_endings import failed, succeeded
from openlpar.ops.job_parameters import check_known
from openlpar.ops.lpar.power_on import PowerOn
from openlpar.ops.maintenance.begin import EVIDENCE, Transition, server_of
from openlpar.ops.redundancy.losses import paths_of
from openlpar.ops.scsi.mappings import ScsiPlan, mapping_steps
from openlpar.ops.scsi.plan import planned_bus, planned_without
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.records import Absence, Job, Maintenance
from openlpar.ports.state import Change, World
from openlpar.uom.job import JobStatus
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

_UNDER_WAY = (JobStatus.RUNNING, JobStatus.NOT_STARTED)


@dataclass
class EndMaintenance(ServerJob, name="maintenance.end", job="EndMaintenance", groups=("VirtualIOServer",)):
    """Done when the server runs, has RMC, and the paths that were added are removed. Also for one that could not be powered off, or
    that somebody else powered on."""

    evidence = EVIDENCE
    master_only = False

    target: str

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        check_known(cls, parameters)
        return cls(target)

    @property
    def awaits(self) -> tuple[str, ...]:
        """No partition ever is in this state: ``Rebalance`` ends the job."""
        return ("in service",)

    def locks(self) -> Iterable[str]:
        return (self.target, "capacity")

    def check(self, world: World) -> None:
        vios = server_of(world, self.target)
        now = world.find(Maintenance, vios.uuid)
        if now is None:
            raise say.NOT_BEGUN.error(vios=vios.name)
        if is_stopping(world, now):
            raise say.STOPPING.error(vios=vios.name, state=vios.state)
        self._now, self._power = now, None
        if vios.state == PartitionState.NOT_ACTIVATED:
            self._power = PowerOn(vios.uuid)
            self._power.edges = self.edges
            self._power.check(world)

    def steps(self) -> Iterable[Step]:
        yield Step("note that it comes back", self._note)
        if self._power is not None:
            yield from self._power.steps()

    def _note(self, change: Change) -> None:
        change.put(replace(self._now, phase=Absence.RETURNING.value, job=self.job_id, stalled=""))


@dataclass
class Rebalance(Transition, name="maintenance.rebalance"):
    """The server is there: the mappings that were added go, and with them the maintenance. cause: why it was
    not powered off, for the job that wanted it; "" when it came back."""

    phases = (Absence.PREPARED, Absence.RETURNING)

    cause: str = ""

    def check(self, world: World) -> None:
        super().check(world)
        self._plans = list(_removals(world, self.now))

    def steps(self) -> Iterator[Step]:
        for plan in self._plans:
            yield from mapping_steps(self.edges.io_server, plan)
        yield Step("end the maintenance", self._end)

    def _end(self, change: Change) -> None:
        change.remove(self.now)
        end_job(change, self.now, self.cause, f"Virtual I/O Server {self.about(change)} is in service.")


def _removals(world: World, now: Maintenance) -> Iterator[ScsiPlan]:
    """What was added and is still there, but for what has become somebody's only path. Raises Failure."""
    paths = paths_of(world)
    disks = (disk for partition in paths.clients() for disk in paths.disks(partition))
    only = {disk.working[0].mapping.uuid for disk in disks if len(disk.working) == 1}
    buses: dict[tuple[str, int], list[VirtualSCSIMapping]] = {}
    for uuid in now.added:
        mapping = world.find(VirtualSCSIMapping, uuid)
        if mapping is not None and uuid not in only:
            buses.setdefault((mapping.parent or "", mapping.server_adapter.vios_slot_num), []).append(mapping)
    for (parent, slot), gone in buses.items():
        server = world.get(VirtualIOServer, parent)
        on_bus = [one for one in world.all(VirtualSCSIMapping, parent) if one.server_adapter.vios_slot_num == slot]
        whole = len(on_bus) == len(gone)
        yield planned_bus(world, server, None, slot) if whole else planned_without(world, server, gone)


def is_stopping(world: World, now: Maintenance) -> bool:
    """Whether its server is about to be powered off, and will be."""
    job = world.find(Job, now.job) if now.job else None
    going = now.phase in (Absence.PREPARED, Absence.STOPPING) and not now.stalled
    return going and job is not None and job.status in _UNDER_WAY


def end_job(change: Change, now: Maintenance, cause: str, result: str) -> None:
    """Ends the job that the maintenance is led for, unless it has ended. cause: why it failed, "" when it did not."""
    job = change.find(Job, now.job) if now.job else None
    if job is None or job.status not in _UNDER_WAY:
        return
    change.cancel(job.uuid)
    at = change.clock.now()
    change.put(failed(job, cause, {}, at) if cause else succeeded(job, {"result": result}, at))
