"""The event queue over HTTP (rest-contract 2.10)."""

from __future__ import annotations

import uuid as uuids
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from openlpar.engine.engine import Engine
from openlpar.faces.novalink import answers
from openlpar.messages import general
from openlpar.messages import rest as say
from openlpar.ports.records import EventRecord, Subscription
from openlpar.uom.core import BadValue
from openlpar.uom.event import Event
from openlpar.wire import atom
from openlpar.wire.reader import BadDocument, decode, parse
from openlpar.wire.writer import BASE, render

HOLD_S = 10.0


class EventResources:
    """Long polling with one place in the queue per application id."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def poll(self, request: Request) -> Response:
        application = request.query_params.get("QUEUE_APPLICATIONID", "")
        if not application:
            raise general.MISSING_VALUE.error(object="The event request", field="QUEUE_APPLICATIONID")
        engine = self._engine
        subscription = engine.state.find(Subscription, application)
        found = await engine.events.poll(subscription, HOLD_S)
        now = engine.clock.now()
        if found:
            place = subscription or Subscription(uuid=application, position=0, used=now)
            # Not waited for: after a crash a client is told some events twice, never too few.
            engine.put_record(replace(place, position=found[-1].number, used=now))
        if not found:
            return answers.empty_answer(request)
        stamp = atom.stamp(now)
        entries = [self._entry(event, stamp) for event in found]
        document = atom.feed(
            entries,
            uuid=str(uuids.uuid3(uuids.NAMESPACE_URL, request.url.path)),
            self_link=f"{BASE}{request.url.path}?{request.url.query}",
            now=stamp,
        )
        return answers.atom_answer(request, document)

    @staticmethod
    def _entry(event: EventRecord, stamp: str) -> bytes:
        uuid = str(uuids.uuid3(uuids.NAMESPACE_URL, f"Event/{event.number}"))
        data = f"{BASE}/rest/api/uom/{event.data}" if event.data and "://" not in event.data else event.data
        element = Event(uuid=uuid, etype=event.type, eid=str(event.number), data=data, detail=event.detail)
        return atom.entry(
            render(element).body,
            uuid=uuid,
            title="Event",
            service="uom",
            self_link=f"{BASE}/rest/api/uom/Event/{uuid}",
            now=stamp,
            etag=None,
            root=False,
        )

    async def create(self, request: Request, body: bytes) -> Response:
        """A custom event, told to all clients."""
        try:
            wish = decode(parse(body), Event)
        except (BadDocument, BadValue) as exc:
            raise say.BAD_BODY.error(cause=str(exc)) from exc
        event = self._engine.tell(wish.data, wish.detail)
        await self._engine.settled()
        uuid = str(uuids.uuid3(uuids.NAMESPACE_URL, f"Event/{event.number}"))
        shown = Event(uuid=uuid, etype=event.type, eid=str(event.number), data=event.data, detail=event.detail)
        return answers.web_entry(
            request, shown, uuid=uuid, self_link=f"{BASE}/rest/api/uom/Event/{uuid}", now=self._engine.clock.now()
        )
