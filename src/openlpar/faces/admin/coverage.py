"""What this server can do with each resource, from the registries that also make it do it."""

from __future__ import annotations

from typing import Any

from openlpar.ops.core import JobOperation, ResourceOperation
from openlpar.uom.catalogue import registry


def coverage() -> dict[str, Any]:
    """Resources with their verbs and how many of their fields were seen in recordings of real systems; jobs by type."""
    verbs: dict[str, list[str]] = {name: ["read"] for name in registry}
    for verb, kind in ResourceOperation.by_resource:
        verbs.setdefault(kind.tag, ["read"]).append(verb)
    resources = [
        {
            "resource": name,
            "verbs": verbs[name],
            "fields": len(kind.fields),
            "fields_recorded": sum(field.recorded for field in kind.fields),
        }
        for name, kind in sorted(registry.items())
    ]
    jobs = [
        {"on": group, "job": job, "operation": operation.name, "parameters": dict(operation.parameters)}
        for (group, job), operation in sorted(JobOperation.by_job.items())
    ]
    return {"resources": resources, "jobs": jobs}
