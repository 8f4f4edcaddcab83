"""The routes, and what is the same for all of them: session, body limits, failures as error documents."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from openlpar.engine.engine import Engine, Requester
from openlpar.engine.jobs import Jobs
from openlpar.engine.mobility import Mobility
from openlpar.faces.novalink import answers
from openlpar.faces.novalink.address import parse_address
from openlpar.faces.novalink.bodies import SMALL, body_of, stream_of
from openlpar.faces.novalink.commands import ViosCommands
from openlpar.faces.novalink.console import Consoles
from openlpar.faces.novalink.discovery import Discovery
from openlpar.faces.novalink.events import EventResources
from openlpar.faces.novalink.files import FileResources
from openlpar.faces.novalink.jobs import JobResources
from openlpar.faces.novalink.metrics import MetricsResources
from openlpar.faces.novalink.peer import PeerResources
from openlpar.faces.novalink.quick import QuickResources
from openlpar.faces.novalink.resources import Resources
from openlpar.faces.novalink.sessions import Sessions
from openlpar.messages import Failure, general
from openlpar.messages import rest as say
from openlpar.ops.features import FEATURES
from openlpar.ops.metrics.sampling import Sampler
from openlpar.ports.state import Store
from openlpar.uom.core import BadValue
from openlpar.uom.logon import LogonRequest, LogonResponse
from openlpar.wire.reader import BadDocument, decode, parse
from openlpar.wire.writer import render

log = logging.getLogger(__name__)

_ACCEPTED = (
    "*/*",
    "application/*",
    "application/atom+xml",
    "application/vnd.ibm.powervm",
    "application/xml",
    "text/xml",
)
_ANNOUNCED = ",".join(feature.name for feature in FEATURES if feature.announced)
_Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class NovaLink:
    """Everything behind the routes."""

    engine: Engine
    sessions: Sessions
    resources: Resources
    jobs: JobResources
    events: EventResources
    files: FileResources
    quick: QuickResources
    discovery: Discovery
    commands: ViosCommands
    consoles: Consoles
    peers: PeerResources
    metrics: MetricsResources


def make_novalink(
    engine: Engine, jobs: Jobs, mobility: Mobility, store: Store, data_dir: Path, sampler: Sampler
) -> tuple[NovaLink, Starlette]:
    """The face and its application."""
    face = NovaLink(
        engine=engine,
        sessions=Sessions(engine, store, data_dir / "sessions"),
        resources=Resources(engine),
        jobs=JobResources(engine, jobs),
        events=EventResources(engine),
        files=FileResources(engine, data_dir / "uploads"),
        quick=QuickResources(engine),
        discovery=Discovery(engine),
        commands=ViosCommands(engine),
        consoles=Consoles(engine),
        peers=PeerResources(engine, mobility),
        metrics=MetricsResources(engine, sampler),
    )
    everything = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]
    guard = _Guard(face)
    routes = [
        Route("/rest/api/web/Logon", guard.open(_logon), methods=["PUT"]),
        Route("/rest/api/openlpar/peer/{question}", guard.open(_peer), methods=["PUT"]),
        Route("/rest/api/{path:anything}", guard.closed(_dispatch), methods=everything),
        Route("/{path:anything}", guard.closed(_nowhere), methods=everything),
    ]
    return face, Starlette(routes=routes)


class _Anything(PathConvertor):
    """Starlette's own ``path`` ends at a line break: such an address would get past the guard, to a bare 404."""

    regex = r"[\s\S]*"


register_url_convertor("anything", _Anything())


class _Guard:
    """Wraps what answers a request: who asks, and failures as documents."""

    def __init__(self, face: NovaLink) -> None:
        self._face = face
        self._numbers = itertools.count(10000000)

    def open(self, answer: Callable[[NovaLink, Request], Awaitable[Response]]) -> _Answer:
        async def endpoint(request: Request) -> Response:
            request.state.transaction = f"XT{next(self._numbers)}"
            try:
                return await answer(self._face, request)
            except Failure as failure:
                return answers.error_answer(request, failure, self._face.engine.clock.now())
            except ClientDisconnect:
                return Response(status_code=400)
            except Exception as exc:
                log.exception("%s %s failed", request.method, request.url.path)
                cause = f"{type(exc).__name__}: {exc}"
                internal = general.INTERNAL.error(operation=f"{request.method} {request.url.path}", cause=cause)
                return answers.error_answer(request, internal, self._face.engine.clock.now())

        return endpoint

    def closed(self, answer: Callable[[NovaLink, Request, Requester], Awaitable[Response]]) -> _Answer:
        async def authenticated(face: NovaLink, request: Request) -> Response:
            user = face.sessions.user_of(request.headers.get("x-api-session", ""))
            return await answer(face, request, Requester(user, request.headers.get("x-audit-memento", "")[:256]))

        return self.open(authenticated)


async def _logon(face: NovaLink, request: Request) -> Response:
    try:
        wish = decode(parse(await body_of(request, SMALL)), LogonRequest)
    except (BadDocument, BadValue) as exc:
        raise say.BAD_BODY.error(cause=str(exc)) from exc
    if not wish.user_id:
        raise general.MISSING_VALUE.error(object="LogonRequest", field="UserID")
    if wish.generate_session_file:
        answer = LogonResponse(session_file=await face.sessions.by_file(wish.user_id))
    else:
        answer = LogonResponse(session=await face.sessions.by_password(wish.user_id, wish.password))
    given = answers.headers(request) | {"X-OpenLPAR-Features": _ANNOUNCED}
    body = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + render(answer).body
    return Response(body, media_type="application/vnd.ibm.powervm.web+xml; type=LogonResponse", headers=given)


async def _peer(face: NovaLink, request: Request) -> Response:
    """Who asks is known by his key."""
    return await face.peers.answer(request)


async def _nowhere(face: NovaLink, request: Request, requester: Requester) -> Response:
    raise say.BAD_URL.error(url=request.url.path, root=request.path_params["path"].split("/")[0])


async def _dispatch(face: NovaLink, request: Request, requester: Requester) -> Response:
    service, _, rest = request.path_params["path"].partition("/")
    _check_accept(request)
    if service == "uom":
        return await _uom(face, request, rest, requester)
    if service == "web":
        return await _web(face, request, rest, requester)
    if service == "openlpar" and rest == "peer":
        return await face.peers.introduce(request, await body_of(request, SMALL))
    if service == "openlpar":
        private = face.consoles if rest.startswith("console/") else face.commands
        return await private.answer(request, rest, requester)
    if service == "pcm":
        return await face.metrics.answer(request, rest, lambda: body_of(request, SMALL), requester)
    raise say.BAD_URL.error(url=request.url.path, root=service)


def _check_accept(request: Request) -> None:
    accept = request.headers.get("accept", "*/*")
    if request.method != "GET" or any(word in accept for word in _ACCEPTED):
        return
    if "/quick" not in request.url.path and "/contents/" not in request.url.path:
        raise say.NOT_ACCEPTABLE.error(accept=accept)


async def _uom(face: NovaLink, request: Request, path: str, requester: Requester) -> Response:
    words = path.split("/")
    method = request.method
    if words[0] == "jobs" and len(words) in (2, 3):
        return await _job(face, request, words)
    if words[0] == "Event" and len(words) == 1:
        if method == "GET":
            return await face.events.poll(request)
        if method == "PUT":
            return await face.events.create(request, await body_of(request))
    address = parse_address(path)
    if address.suffix == "do":
        if method == "GET":
            return face.jobs.template(request, address)
        if method == "PUT":
            return await face.jobs.submit(request, address, await body_of(request), requester)
    elif method == "GET":
        if address.suffix == "quick":
            return await face.quick.get(request, address)
        if address.suffix == "operations" or (address.suffix == "search" and not address.argument):
            return face.discovery.get(request, address)
        if address.suffix in ("", "search"):
            return await face.resources.get(request, address)
    elif not address.suffix:
        if method == "PUT":
            return await face.resources.create(request, address, await body_of(request), requester)
        if method == "POST":
            return await face.resources.update(request, address, await body_of(request), requester)
        if method == "DELETE":
            return await face.resources.delete(request, address, requester)
    raise say.NO_METHOD.error(method=method, url=request.url.path)


async def _job(face: NovaLink, request: Request, words: list[str]) -> Response:
    if len(words) == 2 and request.method == "GET":
        return await face.jobs.get(request, words[1])
    if len(words) == 2 and request.method == "DELETE":
        return await face.jobs.delete(request, words[1])
    if len(words) == 3 and words[2] == "cancel" and request.method == "POST":
        return await face.jobs.cancel(request, words[1])
    raise say.NO_METHOD.error(method=request.method, url=request.url.path)


async def _web(face: NovaLink, request: Request, path: str, requester: Requester) -> Response:
    words, method = path.split("/"), request.method
    if words == ["Logon"] and method == "DELETE":
        await face.sessions.log_off(request.headers.get("x-api-session", ""))
        return answers.empty_answer(request)
    if words[0] == "File":
        if words[1:2] == ["contents"] and len(words) == 3:
            if method in ("PUT", "POST"):
                async with aclosing(stream_of(request)) as chunks:
                    return await face.files.receive(request, words[2], chunks, requester)
            if method == "GET":
                return face.files.contents(words[2])
        elif len(words) <= 2:
            uuid = words[1] if len(words) == 2 else ""
            if method == "GET":
                return face.files.get(request, uuid)
            if method == "PUT" and not uuid:
                return await face.files.create(request, await body_of(request))
            if method == "DELETE" and uuid:
                return await face.files.delete(request, uuid)
        raise say.NO_METHOD.error(method=method, url=request.url.path)
    raise say.BAD_URL.error(url=request.url.path, root=words[0])
