"""What a hypervisor saw of a partition, taken into the state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from openlpar.messages import partition as say
from openlpar.ops.core import partition_of
from openlpar.ops.job_endings import failed, succeeded
from openlpar.ops.lpar.configuration import with_current, with_runtime
from openlpar.ops.lpar.connection import cause_of, keeps_off
from openlpar.ops.mobility.moving import STATES, has_moved, has_stayed
from openlpar.ops.vnic.backing import settle
from openlpar.ports.hypervisor import Observation, Resource
from openlpar.ports.records import AfterBoot, Console, Fault, Job, RmcConnection
from openlpar.ports.state import Change
from openlpar.uom.job import JobStatus
from openlpar.uom.partition import BasePartition, PartitionState, RMCState
from openlpar.uom.virtual_io_server import VirtualIOServer


def observe(change: Change, uuid: str, seen: Observation) -> None:
    """Records an observation; a job that awaited the new state ends with it.

    An observation of a partition that is gone is dropped: the back end was told late.
    """
    partition = partition_of(change, uuid)
    if partition is None:
        return
    if partition.state in STATES:
        seen = _on_its_way(change, partition, seen)
        partition = partition_of(change, uuid) or partition
    if seen.rmc in (RMCState.ACTIVE, RMCState.BUSY):
        rule = next((rule for rule in change.all(Fault) if keeps_off(rule, partition)), None)
        if rule is not None:
            seen = replace(seen, rmc=RMCState.INACTIVE.value, rmc_cause=cause_of(rule))
    changes: dict[str, Any] = {
        name: value
        for name, value in {
            "state": seen.state,
            "ref_code": seen.ref_code,
            "ref_code_full": seen.ref_code_full,
            "rmc_state": seen.rmc,
            "rmc_ip": seen.rmc_ip,
            "operating_system": seen.operating_system,
        }.items()
        if value is not None and value != partition.get(name)
    }
    if seen.state == PartitionState.NOT_ACTIVATED:
        changes["rmc_ip"] = ""
    if seen.rmc is not None:
        _remember_connection(change, uuid, seen)
        capable = seen.rmc in (RMCState.ACTIVE, RMCState.BUSY)
        changes["capabilities"] = partition.capabilities.evolve(
            io_dlpar=capable and Resource.IO in seen.dlpar,
            mem_dlpar=capable and Resource.MEMORY in seen.dlpar,
            proc_dlpar=capable and Resource.PROCESSORS in seen.dlpar,
            rmc_shutdown_capable=capable,
        )
    after = _with_sizes(partition.evolve(**changes), seen)
    if seen.state == PartitionState.NOT_ACTIVATED:
        after = with_runtime(after, running=False)
    change.put(after)
    _show_on_console(change, uuid, seen)
    if seen.state is not None and seen.state != partition.state:
        _end_jobs(change, after)
        _follow_boot(change, after)
        if isinstance(after, VirtualIOServer):
            settle(change)
    if seen.failed:
        _fail_jobs(change, after, seen.failed)
    if seen.moved is not None:
        has_moved(change, after, seen.moved)
    if seen.stays:
        has_stayed(change, after, seen.stays)


def _on_its_way(change: Change, partition: BasePartition, seen: Observation) -> Observation:
    """The state of a partition that is being moved is the migration's affair, unless it goes off while it is still here."""
    if seen.state == PartitionState.NOT_ACTIVATED and partition.state == PartitionState.MIGRATING_RUNNING:
        has_stayed(change, partition, seen.failed or "it went off", seen.state)
        after = partition_of(change, partition.uuid)
        if after is not None and after.state == PartitionState.NOT_ACTIVATED:
            return seen
    return replace(seen, state=None)


def _with_sizes(partition: BasePartition, seen: Observation) -> BasePartition:
    """What the guest really has is what it is to have, as after a change that it granted in part."""
    if seen.memory_mb is None or seen.processors is None:
        return partition
    memory = partition.mem_config.evolve(desired=seen.memory_mb)
    processors = partition.proc_config.with_processors(seen.processors)
    return with_runtime(with_current(partition.evolve(mem_config=memory, proc_config=processors)), running=True)


def _remember_connection(change: Change, uuid: str, seen: Observation) -> None:
    before = change.find(RmcConnection, uuid)
    adapter = seen.rmc_adapter or (before.adapter if before is not None else "")
    after = RmcConnection(uuid=uuid, cause=seen.rmc_cause, adapter=adapter, objection=seen.objection)
    if after != (before or RmcConnection(uuid=uuid)):
        change.put(after)


def _show_on_console(change: Change, uuid: str, seen: Observation) -> None:
    before = change.find(Console, uuid)
    console = before or Console(uuid=uuid)
    if seen.state in (PartitionState.STARTING, PartitionState.NOT_ACTIVATED):
        console = replace(console, user="", line="", program="", redraws=0)
        if seen.state == PartitionState.STARTING:
            console = replace(console, activated=console.written)
    if seen.console:
        console = console.showing(seen.console)
    if console != (before or Console(uuid=uuid)):
        change.put(console)


def _end_jobs(change: Change, partition: BasePartition) -> None:
    for job in list(change.where(Job, target=partition.uuid)):
        if job.status == JobStatus.RUNNING and partition.state in job.awaits:
            change.cancel(job.uuid)
            change.put(succeeded(job, job.results, change.clock.now()))


def _fail_jobs(change: Change, partition: BasePartition, cause: str) -> None:
    for job in list(change.where(Job, target=partition.uuid)):
        if job.status == JobStatus.RUNNING and job.awaits:
            failure = say.POWER_FAILED.error(partition=partition.name, operation=job.operation, cause=cause)
            change.cancel(job.uuid)
            change.put(failed(job, str(failure), {}, change.clock.now()))


def _follow_boot(change: Change, partition: BasePartition) -> None:
    """What was to follow a boot is scheduled when the partition runs, and forgotten when it goes off before."""
    awaited = change.find(AfterBoot, partition.uuid)
    if awaited is None or partition.state not in (PartitionState.RUNNING, PartitionState.NOT_ACTIVATED):
        return
    change.remove(awaited)
    if partition.state == PartitionState.RUNNING:
        change.schedule(awaited.delay_ms, awaited.what, partition.uuid, **awaited.data)
