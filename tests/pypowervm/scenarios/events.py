"""The event listener and raw event feeds."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

from pypowervm import adapter as adp
from pypowervm import exceptions as exc
from pypowervm.tasks import power
from pypowervm.wrappers import event

from .site import Site, raises

SOON = 5.0
"""Seconds. The checklist says within a second; a loaded machine gets more."""


class _Heard(adp.WrapperEventHandler):  # type: ignore[misc]
    """Keeps all events. wait: until one of that type about that object has come."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._news = threading.Condition()

    def process(self, events: list[Any]) -> None:
        with self._news:
            self.all.extend(events)
            self._news.notify_all()

    def wait(self, kind: str, about: str) -> Any:
        until = time.monotonic() + SOON
        with self._news:
            while True:
                for each in self.all:
                    if each.etype == kind and about in (each.data or ""):
                        return each
                if not self._news.wait(until - time.monotonic()):
                    raise AssertionError(f"no {kind} of {about} among {[str(each) for each in self.all]}")


class _Plain(adp.EventHandler):  # type: ignore[misc]
    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def process(self, events: dict[str, str]) -> None:
        self.seen.update(events)


class _Raw(adp.RawEventHandler):  # type: ignore[misc]
    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []

    def process(self, events: list[dict[str, str]]) -> None:
        self.seen.extend(events)


def the_listener_hears_partitions_come_change_and_go(site: Site) -> None:
    listener = site.adapter.session.get_event_listener()
    heard, plain, raw = _Heard(), _Plain(), _Raw()
    for handler in (heard, plain, raw):
        listener.subscribe(handler)
    system = site.system().uuid
    with site.partition("heard") as lpar:
        added = heard.wait(event.EventType.ADD_URI, lpar.uuid)
        assert added.data.endswith(f"/ManagedSystem/{system}/LogicalPartition/{lpar.uuid}"), added.data
        assert site.adapter.read_by_href(added.data).entry.uuid == lpar.uuid
        lpar.name = "heard2"
        lpar = lpar.update()
        changed = heard.wait(event.EventType.MODIFY_URI, lpar.uuid)
        assert "PartitionName" in changed.detail, changed.detail
        power.PowerOp.start(lpar)
        time.sleep(0.2)
        details = {
            word for each in heard.all if lpar.uuid in (each.data or "") for word in (each.detail or "").split(",")
        }
        assert "PartitionState" in details, details
        gone = lpar.uuid
    heard.wait(event.EventType.DELETE_URI, gone)
    numbers = [int(each.eid) for each in heard.all]
    assert numbers == sorted(set(numbers)), numbers
    kinds = {each["EventType"] for each in raw.seen}
    assert {"ADD_URI", "MODIFY_URI", "DELETE_URI"} <= kinds <= set(vars(event.EventType).values())
    assert "delete" in plain.seen.values()
    for handler in (heard, plain, raw):
        listener.unsubscribe(handler)
    listener.shutdown()


def the_listener_survives_the_loss_of_its_session(site: Site) -> None:
    session = site.adapter.session
    listener = session.get_event_listener()
    heard = _Heard()
    listener.subscribe(heard)
    session.request("DELETE", "/rest/api/web/Logon", relogin=False)
    with site.partition("after") as lpar:
        heard.wait(event.EventType.ADD_URI, lpar.uuid)
    listener.unsubscribe(heard)


def a_custom_event_reaches_every_listener(site: Site) -> None:
    other = adp.Adapter(site.session())
    heard = _Heard()
    listener = other.session.get_event_listener()
    listener.subscribe(heard)
    event.Event.bld(site.adapter, "my data", "my detail").create()
    came = heard.wait(event.EventType.CUSTOM_CLIENT_EVENT, "my data")
    assert came.detail == "my detail"
    listener.unsubscribe(heard)


def an_application_id_begins_with_new_client_and_keeps_its_place(site: Site) -> None:
    mine = uuid.uuid4().hex
    (first,) = event.Event.get(site.adapter, mine)
    assert (first.etype, first.data or "", first.detail or "") == (event.EventType.NEW_CLIENT, "", "")
    with site.partition("queued") as lpar:
        feeds = [event.Event.get(site.adapter, mine)]
    feeds.append(event.Event.get(site.adapter, mine))
    kinds = [[each.etype for each in feed if lpar.uuid in each.data] for feed in feeds]
    assert kinds[0][0] == event.EventType.ADD_URI and kinds[1][-1] == event.EventType.DELETE_URI, kinds
    (late,) = event.Event.get(site.adapter, uuid.uuid4().hex)
    assert late.etype == event.EventType.NEW_CLIENT


def a_second_listener_on_one_session_is_refused(site: Site) -> None:
    listener = site.adapter.session.get_event_listener()
    assert site.adapter.session.get_event_listener() is listener
    with raises(ValueError, "already active"):
        adp._EventListener(site.adapter.session)


def a_quiet_queue_is_held_open_and_then_empty(site: Site) -> None:
    mine = uuid.uuid4().hex
    (first,) = event.Event.get(site.adapter, mine)
    assert first.etype == event.EventType.NEW_CLIENT
    begun = time.monotonic()
    assert event.Event.get(site.adapter, mine) == []
    held = time.monotonic() - begun
    assert 5 < held < 20, held


def an_event_without_an_application_id_is_refused(site: Site) -> None:
    with raises(exc.HttpError, "QUEUE_APPLICATIONID"):
        site.adapter.read("Event")
