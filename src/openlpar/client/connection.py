"""A session with a service: reading feeds and objects, creating, updating, deleting.

Paths are below ``/rest/api/uom``: ``LogicalPartition``, ``ManagedSystem/{uuid}/VirtualSwitch``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from openlpar.client.errors import BadAnswer, NotFound, Stale
from openlpar.client.http import Transport
from openlpar.client.http11 import Answer
from openlpar.client.session import Session, log_off, log_on
from openlpar.uom.core import Element

if TYPE_CHECKING:  # a listing by quick properties needs no XML, and does not pay for it
    import xml.etree.ElementTree as ET

    from openlpar.client.atom import Entry

E = TypeVar("E", bound=Element)

DEFAULT_URL = "http://localhost:12080"

# How long to wait before the n-th repetition after a 412 (lowest, highest, seconds): the reference client's steps.
_STEPS = ((0.0, 0.0), (0.0, 1.0), (0.5, 4.0), (2.0, 13.0), (6.5, 30.0), (6.5, 60.0))
_TRIES = 12


class Connection:
    """Use as a context manager: leaving it logs off. Logs on with the first request.

    user, password: instead of what the environment says; fingerprint: of the service's certificate, see ``Transport``.
    """

    def __init__(self, url: str = "", user: str = "", password: str = "", fingerprint: str = "") -> None:
        self.transport = Transport(url or os.environ.get("OPENLPAR_URL") or DEFAULT_URL, fingerprint)
        self._credentials = user, password
        self._session: Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._session is not None:
                log_off(self.transport, self._session)
        finally:
            self._session = None
            self.transport.close()

    @property
    def origin(self) -> str:
        return self.transport.origin

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = log_on(self.transport, *self._credentials)
        return self._session

    def forget(self, session: Session) -> None:
        """The service does not know this session any more: the next request logs on again."""
        if self._session is session:
            self._session = None

    def call(
        self, method: str, path: str, body: bytes | Iterable[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request. Raises a RestError for any status but 2xx and 304. Logs on again once when the session is gone."""
        accept = "application/atom+xml" + ("" if method == "GET" else "; charset=UTF-8")
        sent = {"Accept": accept, **(headers or {})}
        answer = self.transport.request(method, path, {**self.session.headers, **sent}, body)
        if answer.status == 401 and (body is None or isinstance(body, bytes)):
            self.forget(self.session)
            answer = self.transport.request(method, path, {**self.session.headers, **sent}, body)
        if not (200 <= answer.status < 300 or answer.status == 304):
            from openlpar.client.atom import error_of

            raise error_of(answer, method, path)
        return answer

    def feed(self, path: str, kind: type[E], *, group: str = "None") -> list[Entry[E]]:
        """All objects of a kind. group: extended attribute groups, comma separated and sorted."""
        return self._objects(self.call("GET", f"/rest/api/uom/{path}?group={group}"), kind)

    def get(self, path: str, kind: type[E], *, group: str = "None") -> Entry[E]:
        """One object. Raises NotFound."""
        return self._one(self.call("GET", f"/rest/api/uom/{path}?group={group}"), kind)

    def search(self, kind: type[E], key: str, value: str) -> list[Entry[E]]:
        """Objects of a root type by one of the keys that the service knows (contract 2.8)."""
        from urllib.parse import quote

        path = f"/rest/api/uom/{kind.tag}/search/({key}=='{quote(value, safe='')}')?group=None"
        return self._objects(self.call("GET", path), kind)

    def quick(self, path: str) -> Any:
        """The parsed JSON of a quick request, e.g. ``LogicalPartition/quick/All``."""
        import json

        answer = self.call("GET", f"/rest/api/uom/{path}", headers={"Accept": "*/*"})
        try:
            return json.loads(answer.body or b"[]")
        except ValueError as cause:
            raise BadAnswer(f"The answer to {path} is not JSON: {cause}.") from cause

    def create(self, path: str, element: E) -> Entry[E]:
        """PUT of a new object into a feed; the object as the service completed it."""
        from openlpar.client.atom import encode
        from openlpar.client.document import to_bytes

        tree = encode(element, self.origin)
        answer = self.call("PUT", f"/rest/api/{element.ns}/{path}", to_bytes(tree), _content_type(element, path))
        return self._one(answer, type(element))

    def update(self, entry: Entry[E], change: Callable[[ET.Element], None], *, force: bool = False) -> Entry[E]:
        """Changes an object: ``change`` edits the received tree, which is then sent back with its ETag.

        When somebody else changed it meanwhile (412) it is read again and the change repeated on the new version.
        """
        for attempt in range(_TRIES):
            change(entry.tree)
            try:
                return self._post(entry, force)
            except Stale:
                if attempt == _TRIES - 1:
                    raise
                import random
                import time

                lowest, highest = _STEPS[min(attempt, len(_STEPS) - 1)]
                time.sleep(random.uniform(lowest, highest))
                entry = self._one(self.call("GET", _local_path(entry.href)), entry.kind)
        raise AssertionError("unreachable")

    def delete(self, entry: Entry[Any]) -> None:
        """Deletes an object as it was read: somebody else's change in between is refused (412)."""
        headers = {"If-Match": entry.etag} if entry.etag else {}
        self.call("DELETE", _local_path(entry.path), headers=headers)

    def _post(self, entry: Entry[E], force: bool) -> Entry[E]:
        from openlpar.client.document import to_bytes

        path = _local_path(entry.href)
        headers = _content_type(entry.kind, path.partition("?")[0])
        if entry.etag:
            headers["If-Match"] = entry.etag
        if force:
            path += "&force=true" if "?" in path else "?force=true"
        return self._one(self.call("POST", path, to_bytes(entry.tree), headers), entry.kind)

    def _one(self, answer: Answer, kind: type[E]) -> Entry[E]:
        found = self._objects(answer, kind, answer.headers.get("etag", ""))
        if not found:
            raise NotFound(404, f"The service answered without a {kind.tag}.")
        return found[0]

    @staticmethod
    def _objects(answer: Answer, kind: type[E], etag: str = "") -> list[Entry[E]]:
        """The objects of an answer; an empty feed has neither content nor status 200."""
        from openlpar.client.atom import entries

        return entries(answer.body, kind, etag) if answer.status != 204 else []


def connect(url: str = "") -> Connection:
    """A connection to OPENLPAR_URL, or to the local service."""
    return Connection(url)


def _content_type(kind: type[Element] | Element, path: str) -> dict[str, str]:
    segments = [part for part in path.split("/") if part]
    tag = kind.tag if kind.tag in segments else segments[-1]
    return {"Content-Type": f"application/vnd.ibm.powervm.{kind.ns}+xml; type={tag}"}


def _local_path(href: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(href)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
