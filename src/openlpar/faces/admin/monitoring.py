"""Workloads and monitors in the admin face."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openlpar.engine.engine import Engine, Requester
from openlpar.messages import simulation as say
from openlpar.ops.metrics import rates as sampled
from openlpar.ops.metrics import sampling, workloads
from openlpar.ops.metrics.preferences import SWITCHES, UpdatePreferences
from openlpar.ops.metrics.sampling import Sampler
from openlpar.ports.metrics import COMMON, KINDS, plain
from openlpar.ports.records import WorkloadRule
from openlpar.uom.metering import Rates
from openlpar.wire.pcm import processed

Application = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
_REQUESTER = Requester(user="admin")


class Served:
    """Counts the requests that an application has answered, by status."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.answers: Counter[str] = Counter()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async def counting(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.answers[str(message["status"])] += 1
            await send(message)

        await self._application(scope, receive, counting)


class Monitoring:
    """What the routes do."""

    def __init__(self, engine: Engine, sampler: Sampler, served: Served | None) -> None:
        self._engine = engine
        self._sampler = sampler
        self._served = served

    # workloads

    async def list_workloads(self, request: Request) -> Response:
        state = self._engine.state
        now = workloads.workloads(state)
        return JSONResponse(
            {
                "rules": [plain(one) for one in state.all(WorkloadRule)],
                "partitions": [
                    {"partition": name, "kind": one.kind, **one.settings} for name, one in sorted(now.items())
                ],
                "kinds": {kind: {**settings, **COMMON} for kind, settings in KINDS.items()},
            }
        )

    async def set_workload(self, request: Request, wish: dict[str, Any]) -> Response:
        with self._engine.alter("simulation.set_workload", _REQUESTER) as change:
            made = workloads.set_rule(change, self._engine.edges.hypervisor, wish)
        await self._engine.settled()
        return JSONResponse(plain(made), status_code=201)

    async def remove_workload(self, request: Request) -> Response:
        with self._engine.alter("simulation.remove_workload", _REQUESTER) as change:
            workloads.remove_rule(change, request.path_params["pattern"])
        await self._engine.settled()
        return Response(status_code=204)

    # monitors

    async def monitors(self, request: Request) -> Response:
        wish = sampling.preference(self._engine.state)
        return JSONResponse({name: bool(wish.get(name)) for name in SWITCHES})

    async def set_monitors(self, request: Request, wish: dict[str, Any]) -> Response:
        for name, value in wish.items():
            if not isinstance(value, bool):
                raise say.BAD_BODY.error(cause=f"{name} is {value!r}", wanted="true or false")
        wanted = sampling.preference(self._engine.state).evolve(**wish)
        await self._engine.run(UpdatePreferences(wanted.uuid, wanted), _REQUESTER)
        return await self.monitors(request)

    # what partitions do now

    def _latest(self) -> Rates | None:
        """Of the last full interval of the long term monitor; None while nothing was measured."""
        state = self._engine.state
        if self._sampler.is_late(state, self._engine.clock.now()):
            with self._engine.alter() as change:
                self._sampler.catch_up(change)
        grid = [one for one in sampling.readings(state) if one.at % sampling.LONG_MS == 0]
        return next((one.rates(state) for one in sampled.kept(grid[-2:])), None)

    async def usage(self, request: Request) -> Response:
        """What each partition used in the last interval, for a table."""
        latest = self._latest()
        await self._engine.settled()
        if latest is None:
            return JSONResponse(
                {"at": None, "partitions": [], "monitors": bool(sampling.interval_ms(self._engine.state))}
            )
        return JSONResponse({"at": latest.at, "partitions": processed.usage(latest), "monitors": True})

    async def metrics(self, request: Request) -> Response:
        """In Prometheus' text format."""
        from openlpar.faces.admin import exposition  # its library is nothing that a start should wait for

        latest = self._latest()
        await self._engine.settled()
        service = exposition.of_service(self._engine, self._served.answers if self._served is not None else {})
        of_energy = bool(sampling.preference(self._engine.state).energy_enabled)
        text = await asyncio.to_thread(exposition.exposed, service, latest, of_energy)
        return Response(text, media_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)
