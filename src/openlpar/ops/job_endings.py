"""How a job's record looks when the job has ended."""

from __future__ import annotations

from dataclasses import replace

from openlpar.ports.records import Job
from openlpar.uom.job import JobStatus


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
