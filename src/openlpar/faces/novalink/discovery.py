"""What a type offers: its jobs and its search keys (rest-contract 6.2)."""

from __future__ import annotations

import uuid as uuids

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine
from openlpar.faces.novalink import answers
from openlpar.faces.novalink.address import Address
from openlpar.faces.novalink.search import KEYS
from openlpar.ops.core import JobOperation
from openlpar.uom.discovery import Operation, OperationParameter, OperationSet, ProgressType


class Discovery:
    """``{Root}/operations`` and ``{Root}/search``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, request: Request, address: Address) -> Response:
        name = address.kind.tag
        if address.suffix == "search":
            body = msgspec.json.encode({"type": name, "keys": KEYS.get(address.kind, ())})
            return Response(body, media_type="application/json", headers=answers.headers(request))
        operations = OperationSet(
            name=name,
            operations=tuple(
                Operation(
                    name=job,
                    group_name=group,
                    progress_type=ProgressType.LINEAR.value,
                    parameters=tuple(OperationParameter(name=parameter) for parameter in kind.parameters),
                    results=(),
                )
                for (group, job), kind in sorted(JobOperation.by_job.items(), key=lambda item: item[0])
                if group == name
            ),
        )
        uuid = str(uuids.uuid3(uuids.NAMESPACE_URL, request.url.path))
        return answers.web_entry(request, operations, uuid=uuid, now=self._engine.clock.now())
