"""Job templates, submission, polling, cancelling and deleting (rest-contract 2.11)."""

from __future__ import annotations

import json
import uuid as uuids
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine, Requester
from openlpar.engine.jobs import DONE, Jobs
from openlpar.faces.novalink import answers
from openlpar.faces.novalink.address import Address
from openlpar.messages import general
from openlpar.messages import rest as say
from openlpar.ops import views
from openlpar.ops.core import JobOperation
from openlpar.ports.records import Job
from openlpar.uom.core import BadValue
from openlpar.uom.job import (
    JobParameter,
    JobRequest,
    JobResponse,
    JobStatus,
    NLSMessage,
    Progress,
    RequestedOperation,
    ResponseException,
)
from openlpar.uom.plain import to_plain
from openlpar.wire.reader import BadDocument, decode, parse
from openlpar.wire.writer import BASE


class JobResources:
    """Jobs as REST resources."""

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self._engine = engine
        self._jobs = jobs

    def template(self, request: Request, address: Address) -> Response:
        """The form of a job: the client appends its parameters to it."""
        self._jobs.template(address.kind.tag, address.argument)
        self._check_target(address)
        form = JobRequest(
            operation=RequestedOperation(name=address.argument, group_name=address.kind.tag), parameters=()
        )
        uuid = str(uuids.uuid3(uuids.NAMESPACE_URL, request.url.path))
        return answers.web_entry(request, form, uuid=uuid, now=self._engine.clock.now())

    def _check_target(self, address: Address) -> None:
        if address.uuid:
            views.find_unshown(self._engine.state, address.kind, address.uuid, address.parent or None)

    async def submit(self, request: Request, address: Address, body: bytes, requester: Requester) -> Response:
        kind = self._jobs.template(address.kind.tag, address.argument)
        self._check_target(address)
        try:
            wish = decode(parse(body), JobRequest)
        except (BadDocument, BadValue) as exc:
            raise say.BAD_BODY.error(cause=str(exc)) from exc
        parameters = {parameter.name: parameter.value for parameter in wish.parameters}
        job = await self._jobs.submit(
            address.kind.tag, address.uuid, address.argument, _decoded(kind, parameters), requester
        )
        return self._answer(request, job)

    async def get(self, request: Request, job_id: str) -> Response:
        await self._engine.settled()
        return self._answer(request, self._job(job_id))

    async def cancel(self, request: Request, job_id: str) -> Response:
        await self._jobs.cancel(self._job(job_id))
        return answers.empty_answer(request)

    async def delete(self, request: Request, job_id: str) -> Response:
        job = self._job(job_id)
        if job.status not in DONE:
            await self._jobs.cancel(job)
        self._engine.remove_record(self._job(job_id))
        await self._engine.settled()
        return answers.empty_answer(request)

    def _job(self, job_id: str) -> Job:
        job = self._engine.state.find(Job, job_id)
        if job is None:
            raise say.NO_JOB.error(job=job_id)
        return job

    def _answer(self, request: Request, job: Job) -> Response:
        uuid = str(uuids.uuid3(uuids.NAMESPACE_URL, f"jobs/{job.uuid}"))
        return answers.web_entry(
            request,
            job_response(job),
            uuid=uuid,
            self_link=f"{BASE}/rest/api/uom/jobs/{job.uuid}",
            now=self._engine.clock.now(),
        )


def job_response(job: Job) -> JobResponse:
    target = f"{job.group}/{job.target}" if job.target else job.group
    done = job.status in DONE
    messages = [NLSMessage(untranslated_message="Started", message_key="STARTED")]
    if done:
        text = "Completed" if job.status == JobStatus.COMPLETED_OK else "Completed with error"
        messages.append(NLSMessage(untranslated_message=text, message_key="COMPLETE"))
    return JobResponse(
        request_url=f"{target}/do/{job.operation}",
        target_uuid=job.target,
        job_id=job.uuid,
        time_started=job.started,
        time_completed=job.completed,
        job_status=job.status,
        exception=ResponseException(message=job.message, stack_trace="") if job.message else None,
        request=JobRequest(
            operation=RequestedOperation(name=job.operation, group_name=job.group),
            parameters=_parameters(job.parameters),
        ),
        progress=Progress(completed_tasks=messages, linear=Decimal("1.0") if done else Decimal(f"{job.progress:.2f}")),
        results=_parameters(job.results),
    )


def _parameters(values: dict[str, str]) -> tuple[JobParameter, ...]:
    return tuple(JobParameter(name=name, value=value) for name, value in values.items())


def _decoded(kind: type[JobOperation], parameters: dict[str, str]) -> dict[str, str]:
    """Parameters that carry whole elements as XML, as the JSON that operations read (operations know no XML)."""
    elements = getattr(kind, "element_parameters", {})
    decoded = dict(parameters)
    for name, element_kind in elements.items():
        if name in parameters:
            try:
                element = decode(parse(parameters[name].encode()), element_kind)
            except (BadDocument, BadValue) as exc:
                raise general.BAD_VALUE.error(
                    field=name, object=f"job {kind.job}", value="that", cause=str(exc), wanted=f"a {element_kind.tag}"
                ) from exc
            decoded[name] = json.dumps(to_plain(element))
    return decoded
