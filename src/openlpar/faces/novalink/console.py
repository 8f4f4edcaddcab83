"""Interactive consoles for clients of ours (``/rest/api/openlpar/console/{partition uuid}``).

    PUT [?vnc=PORT]                     opens: 200 {"session": id, "position": n, "id": 4, "name": "vm1"};
                                        409 {"message": "…", "vnc": PORT or 0} when somebody has it
    GET ?session=ID&position=N          what was shown after N: {"position": m, "text": "…"}; waits up to 20 s for something
    POST ?session=ID                    types the body (UTF-8): 204
    DELETE [?session=ID]                closes that session, or whichever there is: 204

``vnc`` is the port of the loopback address where who opens the console shows it to VNC viewers.

Positions count the characters that the console has ever shown. A session whose client has not asked for a minute is taken
for dead and gives way to the next. A program on the console that draws anew from time to time does so while somebody reads.
"""

from __future__ import annotations

import asyncio
import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine, Requester
from openlpar.faces.novalink import answers
from openlpar.faces.novalink.bodies import SMALL, body_of
from openlpar.messages import Failure, general, rest
from openlpar.messages import console as say
from openlpar.ops.console.sessions import CloseConsole, OpenConsole, TypeOnConsole, own_session, session_of
from openlpar.ops.core import partition_of
from openlpar.ports.records import Console

LONGEST_WAIT_S = 20.0
DEAD_AFTER_S = 60.0
_GLANCE_S = 0.03


class Consoles:
    """The consoles, and when each session's client was last heard of."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._heard: dict[str, float] = {}

    async def answer(self, request: Request, path: str, requester: Requester) -> Response:
        """path: ``console/{uuid}``. Raises Failure."""
        words = path.split("/")
        if len(words) != 2 or words[0] != "console":
            raise rest.BAD_URL.error(url=request.url.path, root=words[0])
        uuid = words[1].upper()
        session = request.query_params.get("session", "")
        if request.method == "PUT":
            return await self._open(request, uuid, requester)
        if request.method == "GET":
            return await self._read(request, uuid, session)
        if request.method == "POST":
            text = (await body_of(request, SMALL)).decode(errors="replace")
            self._heard[session] = time.monotonic()
            await self._engine.run(TypeOnConsole(uuid, session, text), requester)
            return answers.empty_answer(request)
        if request.method == "DELETE":
            await self._engine.run(CloseConsole(uuid, session), requester)
            self._heard.pop(session, None)
            return answers.empty_answer(request)
        raise rest.NO_METHOD.error(method=request.method, url=request.url.path)

    async def _open(self, request: Request, uuid: str, requester: Requester) -> Response:
        user, port = requester.memento or requester.user, int(_number(request, "vnc", 0.0, highest=65535))
        operation = OpenConsole(uuid, user=user, displaced=self._dead(uuid), vnc=port)
        try:
            await self._engine.run(operation, requester)
        except Failure as failure:
            if failure.message is not say.BUSY:
                raise
            found = session_of(self._engine.state, uuid)
            return _json(request, {"message": str(failure), "vnc": found.vnc if found else 0}, status=409)
        self._heard[operation.session] = time.monotonic()
        partition = partition_of(self._engine.state, uuid)
        assert partition is not None
        return _json(
            request,
            {
                "session": operation.session,
                "position": operation.position,
                "id": partition.id,
                "name": partition.name,
            },
        )

    def _dead(self, uuid: str) -> str:
        """The session there is, when nothing was heard of its client for long; "" otherwise."""
        found = session_of(self._engine.state, uuid)
        if found is None:
            return ""
        # After a restart of the service nobody has been heard of: the minute begins now.
        heard = self._heard.setdefault(found.session, time.monotonic())
        return found.session if time.monotonic() - heard > DEAD_AFTER_S else ""

    async def _read(self, request: Request, uuid: str, session: str) -> Response:
        position = _number(request, "position", 0.0)
        until = time.monotonic() + min(_number(request, "wait", LONGEST_WAIT_S), LONGEST_WAIT_S)
        state = self._engine.state
        while True:
            own_session(state, uuid, session)
            self._heard[session] = time.monotonic()
            console = state.find(Console, uuid) or Console(uuid=uuid)
            if 0 < console.redraws <= self._engine.clock.now():
                await self._engine.run(TypeOnConsole(uuid, session, ""))
                console = state.find(Console, uuid) or console
            if console.written > position or time.monotonic() >= until or await request.is_disconnected():
                break
            await asyncio.sleep(_GLANCE_S)
        await self._engine.settled()
        return _json(request, {"position": console.written, "text": console.since(int(position))})


def _number(request: Request, name: str, default: float, highest: float = float("inf")) -> float:
    text = request.query_params.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if not 0 <= number <= highest or number == float("inf"):
        wanted = "0 or more" if highest == float("inf") else f"0 to {highest:g}"
        raise general.BAD_VALUE.error(
            field=name, object="the console request", value=repr(text), cause="it is no such number", wanted=wanted
        )
    return number


def _json(request: Request, content: dict[str, object], status: int = 200) -> Response:
    body = msgspec.json.encode(content)
    return Response(body, status_code=status, media_type="application/json", headers=answers.headers(request))
