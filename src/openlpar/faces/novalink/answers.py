"""Answers: entries, feeds, error documents, with the headers of the contract."""

from __future__ import annotations

import asyncio
import re
import uuid as uuids
from collections.abc import AsyncIterator, Iterable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from openlpar.messages import Failure, Kind
from openlpar.uom.core import Element
from openlpar.uom.http_error import HttpErrorResponse
from openlpar.wire import atom
from openlpar.wire.writer import render

ATOM: Final = "application/atom+xml; charset=UTF-8"
SCHEMA: Final = "V1_3_0"
_STATUS = {
    Kind.INVALID: 400,
    Kind.NOT_FOUND: 404,
    Kind.EXISTS: 400,
    Kind.UNSUPPORTED: 400,
    Kind.DENIED: 403,
    Kind.STALE: 412,
    Kind.WRONG_STATE: 400,
    Kind.IN_USE: 400,
    Kind.NO_ROOM: 400,
    Kind.BUSY: 500,
    Kind.UNAVAILABLE: 503,
    Kind.INTERNAL: 500,
}
_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]+")
_SECRET = frozenset({"x-api-session", "authorization", "cookie"})


def status_of(failure: Failure) -> int:
    """BUSY is 500, not 503: that is what the client's busy check looks for (rest-contract 2.13)."""
    if failure.message.id in _OWN_STATUS:
        return _OWN_STATUS[failure.message.id]
    return _STATUS[failure.kind]


_OWN_STATUS = {
    "PVME01060001-0001": 401,
    "PVME01060001-0002": 401,
    "PVME01060002-0001": 405,
    "PVME01060002-0002": 406,
    "PVME01060003-0001": 413,
    "PVME01060003-0002": 408,
}


def base_of(request: Request) -> str:
    """``scheme://host:port`` as this client addressed us; a Host header that is no plain host is not echoed."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        server = request.scope.get("server") or ("localhost", 12080)
        host = f"{server[0]}:{server[1]}"
    return f"{request.scope['scheme']}://{host}"


def headers(request: Request, etag: int | None = None) -> dict[str, str]:
    given = {
        "X-MC-Type": "PVM",
        "X-HMC-Schema-Version": SCHEMA,
        "X-Transaction-ID": request.headers.get("x-transaction-id") or request.state.transaction,
        "Cache-Control": "no-transform, must-revalidate, proxy-revalidate, no-cache=set-cookie",
    }
    if etag is not None:
        given["ETag"] = str(etag)
    return given


def is_known(request: Request, etag: int) -> bool:
    """Whether the client has that version already."""
    return request.method == "GET" and request.headers.get("if-none-match") == str(etag)


def not_modified(request: Request, etag: int) -> Response:
    return Response(status_code=304, headers=headers(request, etag))


def atom_answer(request: Request, document: bytes, etag: int | None = None) -> Response:
    """The document, or 304 when the client has it already."""
    if etag is not None and is_known(request, etag):
        return not_modified(request, etag)
    addressed = atom.addressed(document, base_of(request))
    return Response(addressed, media_type=ATOM, headers=headers(request, etag))


def streamed(request: Request, pieces: Iterable[bytes], etag: int) -> Response:
    """A long document in pieces; no piece may end within a BASE."""
    base = base_of(request)

    async def addressed() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield atom.addressed(piece, base)
            await asyncio.sleep(0)  # others are to be answered between the pieces of a long feed

    return StreamingResponse(addressed(), media_type=ATOM, headers=headers(request, etag))


def empty_answer(request: Request, status: int = 204) -> Response:
    return Response(status_code=status, headers=headers(request))


def web_entry(request: Request, element: Element, *, uuid: str, self_link: str = "", now: int) -> Response:
    """A document of the web service: a job, an event, a file."""
    kind = type(element)
    content = render(element).body
    document = atom.entry(
        content,
        uuid=uuid,
        title=kind.tag,
        service=kind.ns,
        self_link=self_link,
        now=atom.stamp(now),
        etag=None,
        root=True,
        begin=b"\n",
    )
    return atom_answer(request, document)


def error_answer(request: Request, failure: Failure, now: int) -> Response:
    """The failure as a true error document. Tokens and passwords are not echoed."""
    status = status_of(failure)
    shown = {name: "*******" if name in _SECRET else value for name, value in request.headers.items()}
    element = HttpErrorResponse(
        status=status,
        request_uri=request.url.path,
        reason_code=failure.kind.value if failure.message.id != "REST000B" else "INVALID_URL",
        message=str(failure),
        request_body="",
        request_headers="{" + ", ".join(f"{name}={value}" for name, value in shown.items()) + "}",
    )
    uuid = str(uuids.uuid5(uuids.NAMESPACE_URL, f"{request.url.path}/{request.state.transaction}"))
    document = atom.entry(
        render(element).body,
        uuid=uuid,
        title="HttpErrorResponse",
        service="web",
        self_link="",
        now=atom.stamp(now),
        etag=None,
        root=True,
    )
    given = headers(request)
    if failure.remedy:
        given["X-OpenLPAR-Hint"] = failure.remedy.encode("ascii", "replace").decode()
    return Response(document, status_code=status, media_type=ATOM, headers=given)
