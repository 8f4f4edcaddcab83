"""Running a job to its end (contract 2.11): template, parameters, submit, poll, delete."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from openlpar.client.atom import WEB, local, parse
from openlpar.client.document import to_bytes
from openlpar.client.errors import BadAnswer, ClientError, JobFailed, JobTimedOut

if TYPE_CHECKING:
    from openlpar.client.connection import Connection

# The reference client's default; a migration is given four times as long.
TIME_LIMIT_S = 1800.0
_RUNNING = ("RUNNING", "NOT_STARTED")
# A simulated job is over at once, a real one takes minutes: ask soon, then ever more seldom, at most once a second.
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 1.0


def run(
    connection: Connection,
    target: str,
    operation: str,
    parameters: Mapping[str, str] | None = None,
    *,
    time_limit_s: float = TIME_LIMIT_S,
    progress: Callable[[float], None] | None = None,
) -> dict[str, str]:
    """Runs ``{target}/do/{operation}`` and returns its results by name.

    target: ``LogicalPartition/{uuid}``. progress: is told each time the job is asked how much is done, 0 to 1. Raises JobFailed
    unless it ends with COMPLETED_OK, JobTimedOut after having asked it to stop.
    """
    template = _content(connection.call("GET", f"/rest/api/uom/{target}/do/{operation}").body, "JobRequest")
    _fill(template, parameters or {})
    answer = connection.call(
        "PUT",
        f"/rest/api/uom/{target}/do/{operation}",
        to_bytes(template),
        {"Content-Type": "application/vnd.ibm.powervm.web+xml; type=JobRequest"},
    )
    job = _content(answer.body, "JobResponse")
    job_id = _text(job, "JobID")
    deadline = time.monotonic() + time_limit_s
    pause = _FIRST_PAUSE_S
    while _text(job, "Status") in _RUNNING:
        if time.monotonic() > deadline:
            _cancel(connection, job_id)
            raise JobTimedOut(operation, "TIMED_OUT", f"The job {operation} did not end within {time_limit_s:.0f} s.")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)
        job = _content(connection.call("GET", f"/rest/api/uom/jobs/{job_id}?group=None").body, "JobResponse")
        if progress is not None:
            progress(_done(job))
    _forget(connection, job_id)
    results = _results(job)
    status = _text(job, "Status")
    if status != "COMPLETED_OK":
        text = results.get("result") or _message(job) or f"The job {operation} ended with {status}."
        raise JobFailed(operation, status, text)
    return results


def _fill(template: ET.Element, parameters: Mapping[str, str]) -> None:
    holder = next((node for node in template if local(node.tag) == "JobParameters"), None)
    if holder is None:
        raise BadAnswer("The job template of the service has no JobParameters.")
    for name, value in parameters.items():
        parameter = ET.SubElement(holder, f"{{{WEB}}}JobParameter", {"schemaVersion": "V1_0"})
        ET.SubElement(ET.SubElement(parameter, f"{{{WEB}}}Metadata"), f"{{{WEB}}}Atom")
        ET.SubElement(parameter, f"{{{WEB}}}ParameterName").text = name
        ET.SubElement(parameter, f"{{{WEB}}}ParameterValue").text = value


def _cancel(connection: Connection, job_id: str) -> None:
    try:
        connection.call("POST", f"/rest/api/uom/jobs/{job_id}/cancel?group=None", b"")
    except ClientError:
        return  # the caller reports the timeout; that the job also cannot be stopped changes nothing for it


def _forget(connection: Connection, job_id: str) -> None:
    try:
        connection.call("DELETE", f"/rest/api/uom/jobs/{job_id}")
    except ClientError:
        return  # finished jobs go away by themselves


def _content(body: bytes, tag: str) -> ET.Element:
    found = next((node for node in parse(body).iter() if local(node.tag) == tag), None)
    if found is None:
        raise BadAnswer(f"The service's answer holds no {tag}.")
    return found


def _text(node: ET.Element, tag: str) -> str:
    return next(((child.text or "").strip() for child in node if local(child.tag) == tag), "")


def _done(job: ET.Element) -> float:
    """0 when the service does not say."""
    text = next((_text(node, "LinearProgress") for node in job if local(node.tag) == "Progress"), "")
    try:
        return float(text)
    except ValueError:
        return 0.0


def _message(job: ET.Element) -> str:
    failure = next((child for child in job if local(child.tag) == "ResponseException"), None)
    return _text(failure, "Message") if failure is not None else ""


def _results(job: ET.Element) -> dict[str, str]:
    results = next((child for child in job if local(child.tag) == "Results"), None)
    if results is None:
        return {}
    return {
        _text(parameter, "ParameterName"): _text(parameter, "ParameterValue")
        for parameter in results
        if local(parameter.tag) == "JobParameter"
    }
