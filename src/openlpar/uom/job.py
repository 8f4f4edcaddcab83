"""Jobs: operations that take time, such as power on."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Child, Collection, Element, Enum, Href, Int, Number, Text, Uuid


class JobStatus(StrEnum):
    """State of a job."""

    NOT_STARTED = "NOT_STARTED"
    RUNNING = "RUNNING"
    COMPLETED_OK = "COMPLETED_OK"
    COMPLETED_WITH_WARNINGS = "COMPLETED_WITH_WARNINGS"
    COMPLETED_WITH_ERROR = "COMPLETED_WITH_ERROR"
    FAILED_BEFORE_COMPLETION = "FAILED_BEFORE_COMPLETION"


class RequestedOperation(Element, ns="web", schema="V1_2_0"):
    """Which operation of which kind of object (``PowerOff`` of ``LogicalPartition``)."""

    name = Text("OperationName", access="ROR")
    group_name = Text("GroupName", access="ROR")


class JobParameter(Element, ns="web", schema="V1_0"):
    """A named value that a job takes or gives."""

    name = Text("ParameterName", access="ROR")
    value = Text("ParameterValue", access="CUR")


class JobRequest(Element, ns="web", schema="V1_2_0"):
    """What is asked of a job. ``{type}/{uuid}/do/{operation}``: GET gives the form, PUT runs it."""

    operation = Child("RequestedOperation", RequestedOperation, access="CUR")
    parameters = Collection("JobParameters", JobParameter, access="CUR")


class NLSMessage(Element, ns="web", schema="V1_0"):
    """A message about a completed task."""

    untranslated_message = Text("UntranslatedMessage", access="ROR")
    message_key = Text("MessageKey", access="ROR")


class NLSStaticMessage(Element, ns="web", schema="V1_0"):
    """A message about a completed state."""

    untranslated_message = Text("UntranslatedMessage", access="ROR")
    message_key = Text("MessageKey", access="ROR")


class DiscreteProgress(Element, ns="web", schema="V1_0"):
    """Progress in named states."""

    completed_states = Collection("CompletedStates", NLSStaticMessage, access="ROR")


class Progress(Element, ns="web", schema="V1_0"):
    """How far a job has come."""

    completed_tasks = Collection("CompletedTasks", NLSMessage, access="ROR")
    discrete = Child("DiscreteProgress", DiscreteProgress, access="ROR")
    linear = Number("LinearProgress", access="ROR")


class ResponseException(Element, ns="web", schema="V1_0"):
    """Why a job failed, where no result says so."""

    message = Text("Message", access="ROR")
    stack_trace = Text("StackTrace", access="ROR")


class JobResponse(Element, ns="web", schema="V1_0"):
    """A job under way or done. ``jobs/{id}``."""

    request_url = Href("RequestURL", access="ROR")
    target_uuid = Uuid("TargetUuid", access="ROR")
    job_id = Text("JobID", access="ROR")
    time_started = Int("TimeStarted", access="ROR", unit="ms")
    time_completed = Int("TimeCompleted", access="ROR", unit="ms")
    job_status = Enum("Status", JobStatus, access="ROR")
    exception = Child("ResponseException", ResponseException, access="ROR")
    request = Child("JobRequestInstance", JobRequest, access="ROR")
    progress = Child("Progress", Progress, access="ROO")
    results = Collection("Results", JobParameter, access="ROR")
