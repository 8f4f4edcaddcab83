"""Reading, creating, changing and deleting objects."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine, Requester
from openlpar.faces.novalink import answers, search
from openlpar.faces.novalink.address import Address
from openlpar.faces.novalink.groups import requested
from openlpar.faces.novalink.renderings import Kept, Renderings
from openlpar.messages import general
from openlpar.messages import rest as say
from openlpar.ops import views
from openlpar.ops.core import ResourceOperation, ResourceRequest
from openlpar.uom.core import BadValue, Element
from openlpar.wire import atom
from openlpar.wire.reader import BadDocument
from openlpar.wire.remembered import read
from openlpar.wire.writer import BASE

_PIECE = 32
"""How many entries of a feed are in memory at a time."""


class Resources:
    """The objects of one managed system as REST resources."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._renderings = Renderings(engine.state)

    # reading

    async def get(self, request: Request, address: Address) -> Response:
        """A feed, or an entry. An empty feed is 204."""
        groups = requested(address.kind, request.query_params.get("group"))
        await self._engine.settled()
        if address.suffix == "search":
            return self._feed(request, address, groups, search.matching(self._engine.state, address))
        if address.uuid:
            stored = self._stored(address)
            return self._entry(request, address, stored, groups)
        self._parent(address)
        return self._feed(
            request, address, groups, views.unshown(self._engine.state, address.kind, address.parent or None)
        )

    def _parent(self, address: Address) -> None:
        if address.parent_kind is not None:
            views.find_unshown(self._engine.state, address.parent_kind, address.parent)

    def _stored(self, address: Address) -> Element:
        self._parent(address)
        return views.find_unshown(self._engine.state, address.kind, address.uuid, address.parent or None)

    def _entry(self, request: Request, address: Address, stored: Element, groups: frozenset[str]) -> Response:
        rendering = self._renderings.of(stored, groups)
        document = atom.entry(
            rendering.body,
            uuid=stored.uuid,
            title=address.kind.tag,
            service="uom",
            self_link=self._self_link(request, address, stored.uuid),
            now=atom.stamp(self._engine.clock.now()),
            etag=rendering.etag,
            root=True,
            begin=b"\n",
        )
        return answers.atom_answer(request, document, rendering.etag)

    def _feed(self, request: Request, address: Address, groups: frozenset[str], found: Iterable[Element]) -> Response:
        renderings = [self._renderings.of(stored, groups) for stored in found]
        if not renderings:
            return answers.empty_answer(request)
        etag = atom.feed_etag(rendering.etag for rendering in renderings)
        if answers.is_known(request, etag):
            return answers.not_modified(request, etag)
        query = f"?{request.url.query}" if request.url.query else ""
        head = atom.feed_head(
            uuid=str(uuids.uuid3(uuids.NAMESPACE_URL, request.url.path)),
            self_link=f"{BASE}{request.url.path}{query}",
            now=atom.stamp(self._engine.clock.now()),
        )
        return answers.streamed(request, self._chunks(request, address, head, renderings), etag)

    def _chunks(self, request: Request, address: Address, head: bytes, renderings: list[Kept]) -> Iterator[bytes]:
        """The feed in pieces: what is sent was all settled on before the first, whatever changes meanwhile."""
        now = atom.stamp(self._engine.clock.now())
        yield head
        for start in range(0, len(renderings), _PIECE):
            yield b"".join(
                atom.entry(
                    rendering.body,
                    uuid=rendering.uuid,
                    title=address.kind.tag,
                    service="uom",
                    self_link=self._self_link(request, address, rendering.uuid),
                    now=now,
                    etag=rendering.etag,
                    root=False,
                )
                for rendering in renderings[start : start + _PIECE]
            )
        yield atom.FEED_TAIL

    @staticmethod
    def _self_link(request: Request, address: Address, uuid: str) -> str:
        """With the request's query, as recorded: the client posts to exactly this address."""
        above = f"{address.parent_kind.tag}/{address.parent}/" if address.parent_kind else ""
        group = request.query_params.get("group")
        query = "" if group is None else f"?group={group}"
        return f"{BASE}/rest/api/uom/{above}{address.kind.tag}/{uuid}{query}"

    # changing

    async def create(self, request: Request, address: Address, body: bytes, requester: Requester) -> Response:
        if address.uuid:
            raise say.NO_METHOD.error(method="PUT", url=request.url.path)
        self._parent(address)
        element = _decoded(body, address.kind, None)
        wish = ResourceRequest(
            kind=address.kind, parent=address.parent or None, element=element, options=_options(request)
        )
        return await self._run("create", request, address, wish, requester)

    async def update(self, request: Request, address: Address, body: bytes, requester: Requester) -> Response:
        if not address.uuid:
            raise say.NO_METHOD.error(method="POST", url=request.url.path)
        groups = requested(address.kind, request.query_params.get("group"))
        element = _decoded(body, address.kind, groups)
        self._stored(address)
        wish = ResourceRequest(
            kind=address.kind,
            uuid=address.uuid,
            parent=address.parent or None,
            element=element,
            groups=groups,
            strict=_etag(request) is not None,
            options=_options(request),
        )
        return await self._run("update", request, address, wish, requester)

    async def delete(self, request: Request, address: Address, requester: Requester) -> Response:
        if not address.uuid:
            raise say.NO_METHOD.error(method="DELETE", url=request.url.path)
        groups = requested(address.kind, request.query_params.get("group"))
        self._stored(address)
        wish = ResourceRequest(kind=address.kind, uuid=address.uuid, parent=address.parent or None, groups=groups)
        operation = self._operation("delete", request, address).from_request(wish)
        await self._engine.run(operation, requester, self._guard(request, address, groups, operation))
        return answers.empty_answer(request)

    def _guard(
        self, request: Request, address: Address, groups: frozenset[str], operation: ResourceOperation
    ) -> Callable[[], None] | None:
        """Refuses the change when the client saw another version than the present one; None when it named none."""
        etag = _etag(request)
        if etag is None or not address.uuid:
            return None

        def check() -> None:
            stored = self._stored(address)
            if not self._renderings.is_current(stored, etag, groups):
                name = getattr(stored, operation.called, "") or address.uuid
                raise general.STALE_ETAG.error(kind=address.kind.tag, name=name)

        return check

    def _operation(self, verb: str, request: Request, address: Address) -> type[ResourceOperation]:
        found = ResourceOperation.by_resource.get((verb, address.kind))
        if found is None:
            raise say.NO_METHOD.error(method=request.method, url=request.url.path)
        return found

    async def _run(
        self, verb: str, request: Request, address: Address, wish: ResourceRequest, requester: Requester
    ) -> Response:
        operation = self._operation(verb, request, address).from_request(wish)
        await self._engine.run(operation, requester, self._guard(request, address, wish.groups, operation))
        kind, uuid = operation.subject or (address.kind, address.uuid)
        stored = views.find_unshown(self._engine.state, kind, uuid)
        response = self._entry(request, address, stored, wish.groups)
        if verb == "create":
            link = self._self_link(request, address, uuid).partition("?")[0]
            response.headers["Location"] = link.replace(BASE, answers.base_of(request))
        return response


def _etag(request: Request) -> str | None:
    etag = request.headers.get("if-match")
    return None if etag == "*" else etag


def _decoded(body: bytes, kind: type[Element], groups: frozenset[str] | None) -> Element:
    try:
        return read(body, kind, groups)
    except (BadDocument, BadValue) as exc:
        raise say.BAD_BODY.error(cause=str(exc)) from exc


def _options(request: Request) -> frozenset[str]:
    return frozenset(unquote(name) for name, value in request.query_params.items() if value.lower() == "true")
