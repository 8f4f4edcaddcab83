"""Jobs: operations that a client submits, polls and deletes. They are state: a restart forgets none."""

from __future__ import annotations

from dataclasses import replace

from openlpar.engine.engine import Engine, Requester
from openlpar.messages import Failure, general
from openlpar.ops.core import JobOperation
from openlpar.ops.job_endings import failed, succeeded
from openlpar.ports.records import Due, Job
from openlpar.ports.state import Change
from openlpar.uom.job import JobStatus

DONE = frozenset(JobStatus) - {JobStatus.NOT_STARTED, JobStatus.RUNNING}
KEPT = 2_000


class Jobs:
    """Submits jobs and runs them when they come due."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last = max((int(job.uuid) for job in engine.state.all(Job)), default=0)
        engine.routines["job.run"] = self._run
        engine.routines["job.deadline"] = self._deadline
        self._resume()

    def _resume(self) -> None:
        """What was waiting for somebody outside when the service ended asks again."""
        asking = [job for job in self._engine.state.all(Job) if job.status == JobStatus.RUNNING and not job.awaits]
        if asking:
            with self._engine.alter() as change:
                for job in asking:
                    change.schedule(0, "job.run", job.uuid)

    def template(self, group: str, operation: str) -> type[JobOperation]:
        """Raises Failure NOT_FOUND when the type has no such operation."""
        found = JobOperation.by_job.get((group, operation))
        if found is None:
            raise general.NOT_FOUND.error(kind=f"Operation of {group}", name=operation)
        return found

    async def submit(
        self, group: str, target: str, operation: str, parameters: dict[str, str], requester: Requester
    ) -> Job:
        """The new job, durable, before any of its work is done."""
        engine = self._engine
        kind = self.template(group, operation)
        built = kind.from_job(target, parameters)
        delay_s = engine.faults.delay(built, engine.state)
        with engine.alter() as change:
            self._last = max(self._last + 1, change.clock.now())
            job = Job(
                uuid=str(self._last),
                group=group,
                target=target,
                operation=operation,
                parameters=parameters,
                started=change.clock.now(),
                requester=requester.user,
                memento=requester.memento,
            )
            change.put(job)
            change.schedule(int(delay_s * 1000), "job.run", job.uuid)
            self._forget_oldest(change)
        await engine.settled()
        return job

    @staticmethod
    def _forget_oldest(change: Change) -> None:
        """Clients delete their jobs; those of clients that died must not pile up."""
        if change.count(Job) > KEPT:
            for job in list(change.all(Job))[: KEPT // 10]:
                if job.status in DONE:
                    change.remove(job)

    def _run(self, change: Change, due: Due) -> None:
        job = change.find(Job, due.subject)
        if job is None or job.status in DONE:
            return
        operation = self.template(job.group, job.operation).from_job(job.target, job.parameters)
        operation.job_id = job.uuid
        if operation.waits:
            change.put(replace(job, status=JobStatus.RUNNING.value))
            self._engine.beside(self._run_beside(job, operation))
            return
        try:
            self._engine.perform(operation, Requester(job.requester, job.memento))
        except Failure as failure:
            change.put(failed(job, str(failure), operation.failure_results, change.clock.now()))
            return
        state = operation.state_of_target(change)
        if operation.awaits and state not in operation.awaits:
            limit_ms = operation.time_limit_s * 1000
            job = replace(
                job, status=JobStatus.RUNNING.value, awaits=operation.awaits, deadline=change.clock.now() + limit_ms
            )
            if self._engine.clock.mode != "immediate":
                change.schedule(limit_ms, "job.deadline", job.uuid)
            change.put(job)
        else:
            change.put(succeeded(job, operation.results, change.clock.now()))

    async def _run_beside(self, job: Job, operation: JobOperation) -> None:
        """One that has to wait. It may let somebody else end its job: then it has said what the job awaits."""
        refusal = ""
        try:
            await self._engine.run(operation, Requester(job.requester, job.memento), delayed=True)
        except Failure as failure:
            refusal = str(failure)
        with self._engine.alter() as change:
            now, current = change.clock.now(), change.find(Job, job.uuid)
            if current is None or current.status in DONE:
                return
            if refusal:
                change.put(failed(current, refusal, operation.failure_results, now))
            elif not current.awaits:
                change.put(succeeded(current, operation.results, now))

    def _deadline(self, change: Change, due: Due) -> None:
        job = change.find(Job, due.subject)
        if job is not None and job.status not in DONE:
            change.put(
                replace(
                    job,
                    status=JobStatus.COMPLETED_WITH_ERROR.value,
                    completed=change.clock.now(),
                    message=f"{job.operation} did not end within its time limit.",
                    results={"returnCode": "1", "result": f"{job.operation} did not end within its time limit."},
                )
            )

    async def cancel(self, job: Job) -> None:
        """A job that has ended stays as it is."""
        if job.status in DONE:
            return
        with self._engine.alter() as change:
            change.cancel(job.uuid)
            change.put(
                replace(
                    job,
                    status=JobStatus.FAILED_BEFORE_COMPLETION.value,
                    completed=change.clock.now(),
                    message="Cancelled by request.",
                )
            )
        await self._engine.settled()
