"""The routes of the admin face. Answers are JSON; a failure is ``{"id", "message", "remedy"}``."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from openlpar.engine.backups import BackupSchedule
from openlpar.engine.engine import Engine, Requester
from openlpar.faces.admin.admission import Admission
from openlpar.faces.admin.backups import LARGEST, BackupRoutes
from openlpar.faces.admin.coverage import coverage
from openlpar.faces.admin.digest import digest
from openlpar.faces.admin.monitoring import Monitoring
from openlpar.faces.admin.reach import reached
from openlpar.faces.admin.san import StorageNetwork
from openlpar.messages import Failure, Kind, general
from openlpar.messages import simulation as say
from openlpar.ops.features import FEATURES
from openlpar.ops.inventory import local_storage
from openlpar.ops.lpar.connection import connections
from openlpar.ops.maintenance.status import status
from openlpar.ops.metrics.preferences import SWITCHES
from openlpar.ops.redundancy.report import report
from openlpar.ops.shared_storage import thresholds
from openlpar.ops.shared_storage.filling import Filler
from openlpar.ops.simulation import faults
from openlpar.ops.system import hmc
from openlpar.ports import san
from openlpar.ports.hypervisor import Behaving, Linking
from openlpar.ports.metrics import plain
from openlpar.ports.records import AsRecorded, AuditRecord, Due, Fault, Job, WorkloadRule
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.wire import inventory

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
AUDIT_PAGE = 1000
_BEHAVIOUR = "behaviour"
_LONGEST_STEP_S = 10 * 365 * 86_400
_STATUS = {Kind.INVALID: 400, Kind.NOT_FOUND: 404, Kind.DENIED: 403, Kind.UNSUPPORTED: 409, Kind.WRONG_STATE: 409}
_REQUESTER = Requester(user="admin")


class AdminStore(Protocol):
    """What this face needs of the store beyond ``ports.state.Store``."""

    def audits(self) -> Iterable[AuditRecord]: ...

    def setting(self, name: str) -> str | None: ...

    def set_setting(self, name: str, value: str) -> None: ...


def make_admin(
    engine: Engine,
    *,
    backups: BackupSchedule,
    store: AdminStore,
    data_dir: Path,
    version: str,
    monitoring: Monitoring,
    filler: Filler,
    loopback: bool = True,
) -> Starlette:
    """The application, to be mounted at ``/admin``. loopback: the service listens on loopback addresses only; if it
    can be reached from elsewhere, every request needs the token."""
    admin = _Admin(engine, backups, store, data_dir, version, filler)
    admin.behave_as_before()
    network = StorageNetwork(engine)
    guard = _Guard(Admission(data_dir, loopback=loopback))
    resources: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "GET /": admin.index,
        "GET /health": admin.health,
        "GET /features": admin.features,
        "GET /coverage": admin.coverage,
        "GET /faults": admin.list_faults,
        "POST /faults": _with_body(admin.add_fault),
        "DELETE /faults": admin.remove_faults,
        "DELETE /faults/{rule}": admin.remove_fault,
        "GET /clock": admin.clock,
        "POST /clock/step": _with_body(admin.step, "seconds"),
        "GET /digest": admin.digest,
        "GET /dump": admin.dump,
        "GET /audit": admin.audit,
        "GET /comanagement": admin.co_management,
        "POST /comanagement": _with_body(admin.let_hmc),
        "GET /rmc": admin.rmc,
        "GET /reach": admin.reach,
        "GET /links": admin.links,
        "GET /redundancy": admin.redundancy,
        "GET /maintenance": admin.maintenance,
        "GET /pools": admin.pools,
        "GET /behaviour": admin.behaviour,
        "PUT /behaviour": _with_body(admin.set_behaviour),
        "GET /workloads": monitoring.list_workloads,
        "POST /workloads": _with_body(monitoring.set_workload),
        "DELETE /workloads/{pattern}": monitoring.remove_workload,
        "GET /monitors": monitoring.monitors,
        "PUT /monitors": _with_body(monitoring.set_monitors, *SWITCHES),
        "GET /usage": monitoring.usage,
        "GET /metrics": monitoring.metrics,
        "GET /san": network.show,
        "PUT /san": _with_body(network.apply),
        "PUT /san/masks/{name:path}": _with_body(network.mask),
        "DELETE /san/{kind}/{name:path}": network.remove,
        "GET /backups": admin.backups.show,
        "POST /backups": _with_body(admin.backups.take, "label", "keep"),
        "POST /backups/lost": _with_body(admin.backups.lost, "name", "cause"),
        "PUT /backups/vios/{number}/{name}": _with_body(admin.backups.copy, "content", limit=LARGEST),
    }
    admin.resources = tuple(resources)
    routes = []
    for resource, answer in resources.items():
        method, path = resource.split()
        routes.append(Route(path, guard.admitting(answer), methods=[method]))
    return Starlette(routes=routes, exception_handlers={404: _no_resource, 405: _no_resource})


async def _no_resource(request: Request, exc: Exception) -> Response:
    """404, or 405 for another method."""
    assert isinstance(exc, HTTPException)
    failure = say.NO_RESOURCE.error(method=request.method, path=f"/admin{request.scope['path']}")
    return JSONResponse(_told(failure), status_code=exc.status_code, headers=exc.headers)


class _Guard:
    """Admits requests, and turns failures into answers."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def admitting(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                self._admission.check(request)
                return await answer(request)
            except Failure as failure:
                return _refusal(failure)
            except Exception as exc:
                log.exception("%s %s failed", request.method, request.url.path)
                cause = f"{type(exc).__name__}: {exc}"
                return _refusal(general.INTERNAL.error(operation=request.url.path, cause=cause))

        return endpoint


def _told(failure: Failure) -> dict[str, str]:
    return {"id": failure.message.id, "message": failure.text, "remedy": failure.remedy}


def _refusal(failure: Failure) -> Response:
    status = 415 if failure.message is say.BROWSER and "Content-Type" in failure.text else None
    return JSONResponse(_told(failure), status_code=status or _STATUS.get(failure.kind, 500))


def _with_body(
    answer: Callable[[Request, dict[str, Any]], Awaitable[Response]], *known: str, limit: int = BODY_LIMIT
) -> Callable[[Request], Awaitable[Response]]:
    """known: the keys that a body may have. Without any, which there are depends on their values, and the operation refuses."""

    async def endpoint(request: Request) -> Response:
        wish = await _body(request, limit)
        for key in wish:
            if known and key not in known:
                raise say.BAD_BODY.error(cause=f"there is no {key!r} in it", wanted=" or ".join(known))
        return await answer(request, wish)

    return endpoint


async def _body(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object that was sent. Raises Failure BAD_BODY."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise say.BAD_BODY.error(cause=f"it is larger than {limit} bytes", wanted="less")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as wrong:
        raise say.BAD_BODY.error(cause=f"it is not JSON ({wrong})", wanted="a JSON object") from wrong
    if not isinstance(content, dict):
        raise say.BAD_BODY.error(cause="it is not a JSON object", wanted="a JSON object")
    return content


class _Admin:
    """What the routes do."""

    def __init__(
        self,
        engine: Engine,
        backups: BackupSchedule,
        store: AdminStore,
        data_dir: Path,
        version: str,
        filler: Filler,
    ) -> None:
        self._engine = engine
        self._data_dir = data_dir
        self._filler = filler
        self.backups = BackupRoutes(engine, backups)
        self._store = store
        self._version = version
        self.resources: tuple[str, ...] = ()

    def _objects(self) -> Iterator[Element]:
        for kind in element_types.values():
            yield from self._engine.state.all(kind)

    # what there is

    async def index(self, request: Request) -> Response:
        return JSONResponse({"resources": self.resources})

    async def health(self, request: Request) -> Response:
        """What a monitor wants to know. It is tried that changes still can be kept: nobody would notice before the next one."""
        state, engine = self._engine.state, self._engine
        self._fill()
        running = ("NOT_STARTED", "RUNNING")
        findings = [*self.backups.findings(), *map(_told, thresholds.findings(state))]
        try:
            await engine.flush()
        except Failure as refused:
            cause = refused.parameters["cause"]
            findings.insert(0, _told(general.STORE_REFUSES.error(place=self._data_dir, cause=cause)))
        return JSONResponse(
            {
                "status": "attention" if findings else "ok",
                "version": self._version,
                "hypervisor": engine.edges.hypervisor.name,
                "clock": {"mode": engine.clock.name, "now": engine.clock.now()},
                "partitions": state.count(LogicalPartition) + state.count(VirtualIOServer),
                "active": state.tally("active"),
                "due": state.count(Due),
                "jobs": sum(job.status in running for job in state.all(Job)),
                "faults": state.count(Fault),
                "findings": findings,
            }
        )

    async def features(self, request: Request) -> Response:
        return JSONResponse([{"name": f.name, "since": f.since, "summary": f.summary} for f in FEATURES])

    async def coverage(self, request: Request) -> Response:
        return JSONResponse(coverage())

    async def digest(self, request: Request) -> Response:
        await self._engine.settled()
        return JSONResponse({"sha256": digest(self._objects())})

    async def dump(self, request: Request) -> Response:
        await self._engine.settled()
        state = self._engine.state
        objects = [obj for kind in inventory.KINDS.values() for obj in state.all(kind)]
        objects += local_storage.unlisted(state)
        recorded = frozenset(mark.uuid for mark in state.all(AsRecorded))
        rules = [plain(rule) for rule in state.all(WorkloadRule)]
        text = inventory.dump(
            objects, recorded, rules, san=san.described(state), local_storage=local_storage.described(state)
        )
        return PlainTextResponse(text, media_type="application/yaml")

    async def audit(self, request: Request) -> Response:
        """Entries after the n-th, at most a page of them; each with its number, the last of which is the next ``after``."""
        after = _whole(request.query_params.get("after", "0"), "after")
        await self._engine.settled()
        entries = await asyncio.to_thread(self._audit_page, after)
        return JSONResponse(entries)

    def _audit_page(self, after: int) -> list[dict[str, Any]]:
        page: list[dict[str, Any]] = []
        for number, entry in enumerate(self._store.audits(), 1):
            if number > after:
                page.append(
                    {
                        "number": number,
                        "at": entry.at,
                        "operation": entry.operation,
                        "requester": entry.requester,
                        "memento": entry.memento,
                        "objects": list(entry.objects),
                        "outcome": entry.outcome,
                    }
                )
                if len(page) == AUDIT_PAGE:
                    break
        return page

    async def reach(self, request: Request) -> Response:
        """``from``: name of a partition; ``to``: of another, ``outside``, or nothing for all of them."""
        await self._engine.settled()
        source, target = request.query_params.get("from", ""), request.query_params.get("to", "")
        return JSONResponse(reached(self._engine.state, source, target))

    async def links(self, request: Request) -> Response:
        hypervisor = self._engine.edges.hypervisor
        return JSONResponse(await hypervisor.links() if isinstance(hypervisor, Linking) else [])

    async def redundancy(self, request: Request) -> Response:
        """``partition``: name of one, or nothing for all of them."""
        await self._engine.settled()
        return JSONResponse(report(self._engine.state, request.query_params.get("partition", "")))

    async def pools(self, request: Request) -> Response:
        """The space of shared storage pools."""
        self._fill()
        await self._engine.settled()
        return JSONResponse(thresholds.report(self._engine.state))

    def _fill(self) -> None:
        """What was written up to now, where the clock waits for nothing."""
        if self._filler.is_late(self._engine.state, self._engine.clock.now()):
            with self._engine.alter() as change:
                self._filler.catch_up(change)

    async def maintenance(self, request: Request) -> Response:
        await self._engine.settled()
        return JSONResponse(status(self._engine.state))

    # faults

    async def list_faults(self, request: Request) -> Response:
        ready = {name: {"summary": one.summary, "needs": list(one.required)} for name, one in faults.READY_MADE.items()}
        rules = [faults.plain(rule) for rule in self._engine.state.all(Fault)]
        return JSONResponse({"rules": rules, "ready_made": ready})

    async def add_fault(self, request: Request, wish: dict[str, Any]) -> Response:
        with self._engine.alter("simulation.add_fault", _REQUESTER) as change:
            rule = faults.add(change, wish)
        await self._engine.settled()
        warning = faults.waits_for(self._engine.state, rule)
        return JSONResponse({**faults.plain(rule), "warning": warning}, status_code=201)

    async def remove_fault(self, request: Request) -> Response:
        with self._engine.alter("simulation.remove_fault", _REQUESTER) as change:
            faults.remove(change, request.path_params["rule"])
        await self._engine.settled()
        return Response(status_code=204)

    async def remove_faults(self, request: Request) -> Response:
        with self._engine.alter("simulation.remove_fault", _REQUESTER) as change:
            for rule in list(change.all(Fault)):
                faults.remove(change, rule.uuid)
        await self._engine.settled()
        return Response(status_code=204)

    # co-management

    async def co_management(self, request: Request) -> Response:
        await self._engine.settled()
        return JSONResponse(hmc.plain(self._engine.state))

    async def let_hmc(self, request: Request, wish: dict[str, Any]) -> Response:
        """``{"console": "hmc1", "does": "take", "mode": "temp"}``: an HMC does something. Answers who is master then."""
        await self._engine.run(hmc.made(wish), _REQUESTER)
        return JSONResponse(hmc.plain(self._engine.state))

    async def rmc(self, request: Request) -> Response:
        await self._engine.settled()
        return JSONResponse(connections(self._engine.state))

    # clock and behaviour

    async def clock(self, request: Request) -> Response:
        return JSONResponse({"mode": self._engine.clock.name, "now": self._engine.clock.now()})

    async def step(self, request: Request, wish: dict[str, Any]) -> Response:
        seconds: Any = wish.get("seconds")
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not is_number or not math.isfinite(seconds) or not 0 <= seconds <= _LONGEST_STEP_S:
            raise say.BAD_BODY.error(
                cause=f"seconds is {seconds!r}", wanted='{"seconds": N} with N from 0 to ten years'
            )
        now = await self._engine.step(int(seconds * 1000))
        return JSONResponse({"mode": self._engine.clock.name, "now": now})

    @property
    def _behaving(self) -> Behaving:
        hypervisor = self._engine.edges.hypervisor
        if not isinstance(hypervisor, Behaving):
            raise say.FIXED_BEHAVIOUR.error(hypervisor=hypervisor.name)
        return hypervisor

    async def behaviour(self, request: Request) -> Response:
        return JSONResponse(self._behaving.behaviour())

    async def set_behaviour(self, request: Request, wish: dict[str, Any]) -> Response:
        try:
            self._behaving.behave(wish)
        except ValueError as wrong:
            raise say.BAD_BODY.error(cause=str(wrong), wanted="what GET answers, with other values") from wrong
        while not self._engine.is_settled:
            await self._engine.settled()  # the store takes one writer at a time
        self._store.set_setting(_BEHAVIOUR, json.dumps(wish))
        return JSONResponse(self._behaving.behaviour())

    def behave_as_before(self) -> None:
        """After a restart: as it was last set."""
        kept = self._store.setting(_BEHAVIOUR)
        if kept is None or not isinstance(self._engine.edges.hypervisor, Behaving):
            return
        try:
            self._engine.edges.hypervisor.behave(json.loads(kept))
        except ValueError as wrong:
            log.warning("the behaviour that was set does not fit any more (%s): the shipped one is used", wrong)


def _whole(text: str, name: str) -> int:
    if not text.isdigit() or len(text) > 18:
        raise say.BAD_BODY.error(cause=f"{name} is {text!r}", wanted="a whole number")
    return int(text)
