"""How a job's record looks when the job has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from openlpar.messages import general
from openlpar.ops.consequences import Alteration, follows_from
from openlpar.ops.core import partition_of
from openlpar.ports.records import Job
from openlpar.ports.state import Change
from openlpar.uom.job import JobStatus
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer


def succeeded(job: Job, results: dict[str, str], now: int) -> Job:
    return replace(
        job, status=JobStatus.COMPLETED_OK.value, completed=now, progress=1.0, results={"returnCode": "0", **results}
    )


def failed(job: Job, cause: str, results: dict[str, str], now: int) -> Job:
    """cause: with the message code; it stands in ``result`` too: the client's power tasks look for it there."""
    return replace(
        job,
        status=JobStatus.COMPLETED_WITH_ERROR.value,
        completed=now,
        message=cause,
        results={"returnCode": "1", "result": cause, **results},
    )


@follows_from(LogicalPartition, VirtualIOServer)
def end_without_partition(change: Change, altered: Sequence[Alteration]) -> None:
    """Who waits for a state of a partition that is deleted would wait for ever."""
    for one in altered:
        if one.new is not None or partition_of(change, one.uuid) is not None:
            continue
        gone = general.NOT_FOUND.error(kind=one.kind.__name__, name=one.old.name)
        for job in list(change.where(Job, target=one.uuid)):
            if job.status == JobStatus.RUNNING and set(job.awaits) & set(PartitionState):
                change.cancel(job.uuid)
                change.put(failed(job, str(gone), {}, change.clock.now()))
