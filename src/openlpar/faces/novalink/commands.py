"""Private resources of this server (``/rest/api/openlpar/``): VIOS commands. Clients look for them in the Logon answer's
features before they use them; a genuine NovaLink has none of them."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine, Requester
from openlpar.faces.novalink import answers
from openlpar.faces.novalink.bodies import SMALL, body_of
from openlpar.messages import rest as say
from openlpar.ops.vios.run_command import RunCommand


class _Command(msgspec.Struct, forbid_unknown_fields=True):
    command: str


class ViosCommands:
    """``POST /rest/api/openlpar/VirtualIOServer/{uuid}/command`` with ``{"command": "lspv"}``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def answer(self, request: Request, path: str, requester: Requester) -> Response:
        words = path.split("/")
        if len(words) != 3 or words[0] != "VirtualIOServer" or words[2] != "command":
            raise say.BAD_URL.error(url=request.url.path, root=words[0])
        if request.method != "POST":
            raise say.NO_METHOD.error(method=request.method, url=request.url.path)
        try:
            wish = msgspec.json.decode(await body_of(request, SMALL), type=_Command)
        except (msgspec.MsgspecError, RecursionError) as exc:
            raise say.BAD_BODY.error(cause=str(exc)) from exc
        operation = RunCommand(vios=words[1], command=wish.command)
        await self._engine.run(operation, requester)
        result = operation.result
        body = msgspec.json.encode({"stdout": result.stdout, "stderr": result.stderr, "status": result.status})
        return Response(body, media_type="application/json", headers=answers.headers(request))
