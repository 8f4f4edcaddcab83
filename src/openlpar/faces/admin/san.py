"""The simulated storage network in the admin face."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openlpar.engine.engine import Engine, Requester
from openlpar.ops.simulation import san
from openlpar.ports.san import plain

_REQUESTER = Requester(user="admin")


class StorageNetwork:
    """What the routes below ``/san`` do."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def show(self, request: Request) -> Response:
        await self._engine.settled()
        return JSONResponse(san.shown(self._engine.state))

    async def apply(self, request: Request, wish: dict[str, Any]) -> Response:
        """``{"arrays": […], "volumes": […], "images": […]}``: all of them, or none."""
        with self._engine.alter("simulation.apply_san", _REQUESTER) as change:
            san.install(change, wish)
        return await self.show(request)

    async def mask(self, request: Request, wish: dict[str, Any]) -> Response:
        """``{"add": ["vios1"], "remove": []}``."""
        with self._engine.alter("simulation.mask_volume", _REQUESTER) as change:
            made = san.mask(change, request.path_params["name"], wish)
        await self._engine.settled()
        return JSONResponse(plain(made))

    async def remove(self, request: Request) -> Response:
        with self._engine.alter("simulation.remove_from_san", _REQUESTER) as change:
            san.remove(change, request.path_params["kind"], request.path_params["name"])
        await self._engine.settled()
        return Response(status_code=204)
