"""What other systems ask when a partition moves (``/rest/api/openlpar/peer/{question}``), as JSON.

They have no session: they show the key that both systems hold since they were made known to each other. Making them known
(``peer`` without a question) is for a user with a session: ``openlpar trust`` does it. A system whose public key the management
console lists makes itself known (``challenge``, then ``introduce``).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openlpar.engine.engine import Engine
from openlpar.engine.mobility import Mobility
from openlpar.faces.novalink.bodies import SMALL, body_of, json_object
from openlpar.messages import Failure
from openlpar.messages import rest as say
from openlpar.ops.mobility.door import door
from openlpar.ports.peer import Peer
from openlpar.uom.core import BadValue

BY_KEY = ("challenge", "introduce")
"""What systems ask that have only their key."""
KEY_HEADER = "x-openlpar-peer-key"


class PeerResources:
    """Questions of other systems, and the systems that may ask them."""

    def __init__(self, engine: Engine, mobility: Mobility) -> None:
        self._engine = engine
        self._mobility = mobility

    async def answer(self, request: Request) -> Response:
        """Raises Failure when nobody known asks: before more than a little of a body was read."""
        question = request.path_params["question"]
        if question in BY_KEY:
            return await _as_json(self._known_by_key(question, await body_of(request, SMALL)))
        key = request.headers.get(KEY_HEADER, "")
        peer = self._engine.edges.peers.holder(key) if key else None
        if peer is None:
            raise say.NO_SESSION.error()
        return await _as_json(self._told(peer.name, question, await body_of(request)))

    async def _told(self, system: str, question: str, body: bytes) -> dict[str, Any]:
        return await self._mobility.answer(system, question, json_object(body))

    async def _known_by_key(self, question: str, body: bytes) -> dict[str, Any]:
        if question == "challenge":
            return {"challenge": self._engine.edges.peers.challenge()}
        here = door(self._engine.state)
        self._engine.edges.peers.introduced(json_object(body), here)
        return {"system": here.system, "mtms": here.mtms}

    async def introduce(self, request: Request, body: bytes) -> Response:
        """Who this is (GET), and who the other one is from now on (PUT)."""
        if request.method == "PUT":
            try:
                peer = Peer(**{name: str(value) for name, value in json_object(body).items()})
                if not (peer.name and len(peer.key) >= 32 and urlsplit(peer.url).scheme in ("http", "https")):
                    raise ValueError("it lacks a name, a key or an address")
            except (TypeError, ValueError) as wrong:
                raise say.BAD_BODY.error(cause=str(wrong)) from wrong
            self._engine.edges.peers.trust(peer)
        elif request.method != "GET":
            raise say.NO_METHOD.error(method=request.method, url=request.url.path)
        return JSONResponse(await self._mobility.answer("", "hello", {}))


async def _as_json(answer: Awaitable[dict[str, Any]]) -> Response:
    try:
        return JSONResponse(await answer)
    except Failure as failure:
        return JSONResponse({"refused": str(failure)}, status_code=409)
    except (BadValue, KeyError, TypeError, ValueError) as wrong:
        return JSONResponse({"refused": f"{type(wrong).__name__}: {wrong}"}, status_code=400)
