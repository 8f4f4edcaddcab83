"""What this server can do with each resource, and how that is known, from the registries that also make it do it."""

from __future__ import annotations

import inspect
from typing import Any

from openlpar.ops.core import AlwaysRefused, Evidence, JobOperation, Level, Operation, ResourceOperation
from openlpar.uom.catalogue import registry
from openlpar.uom.core import Element


def coverage() -> dict[str, Any]:
    """Resources with their verbs and how many of their fields were seen in recordings of real systems; jobs by type.

    Each verb and job comes with its operation, whether that is ``done`` or always ``refused``, and the evidence for it.
    """
    verbs: dict[str, list[dict[str, str]]] = {name: [_reading(kind)] for name, kind in registry.items()}
    for verb in ("create", "update", "delete"):
        for name, kind in registry.items():
            operation = ResourceOperation.by_resource.get((verb, kind))
            if operation is not None:
                verbs[name].append({"verb": verb, **_about(operation)})
    resources = [
        {
            "resource": name,
            "verbs": [one["verb"] for one in verbs[name]],
            "fields": len(kind.fields),
            "fields_recorded": _recorded(kind),
            "operations": verbs[name],
        }
        for name, kind in sorted(registry.items())
    ]
    jobs = [
        {"on": group, "job": job, "parameters": dict(operation.parameters), **_about(operation)}
        for (group, job), operation in sorted(JobOperation.by_job.items())
    ]
    return {"resources": resources, "jobs": jobs}


def _recorded(kind: type[Element]) -> int:
    return sum(field.recorded for field in kind.fields)


def _reading(kind: type[Element]) -> dict[str, str]:
    """Reading is no operation; what an object looks like is known from recordings, or from the client that reads it."""
    seen = _recorded(kind)
    if seen:
        evidence = Evidence(
            Level.RECORDED, f"{seen} of {len(kind.fields)} fields in the recordings of pypowervm 1.1.27"
        )
    else:
        evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrapper classes")
    return {"verb": "read", "operation": "", "answer": "done", "summary": "", **_plain(evidence)}


def _about(operation: type[Operation]) -> dict[str, str]:
    return {
        "operation": operation.name,
        "answer": "refused" if issubclass(operation, AlwaysRefused) else "done",
        "summary": _first_sentence(operation.__doc__ or ""),
        **_plain(operation.evidence),
    }


def _first_sentence(text: str) -> str:
    paragraph = " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())
    sentence, stop, _ = paragraph.partition(". ")
    return f"{sentence}." if stop else paragraph


def _plain(evidence: Evidence) -> dict[str, str]:
    return {"evidence": evidence.level.value, "source": evidence.source}
