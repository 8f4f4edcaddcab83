"""The administration of the simulation (``/admin``), as JSON. Not part of the REST API; a genuine NovaLink has none."""

from __future__ import annotations

import json
import os
from typing import Any, Self

from openlpar.client.connection import DEFAULT_URL
from openlpar.client.errors import BadAnswer, LogonRefused, RestError
from openlpar.client.http import Transport
from openlpar.client.http11 import Answer

_HEADER = "X-OpenLPAR-Admin-Token"
_TOKEN_FILE = "admin.token"


class Administration:
    """Use as a context manager. url: of the service, default OPENLPAR_URL or the local one. data: its data directory, from
    which the token is read; without it OPENLPAR_ADMIN_TOKEN is used, and without that no token."""

    def __init__(self, url: str = "", data: str = "") -> None:
        given = url or os.environ.get("OPENLPAR_URL") or DEFAULT_URL
        self._transport = Transport(given.rstrip("/").removesuffix("/admin"))
        self._headers = {"Accept": "application/json"}
        token = _token(data)
        if token:
            self._headers[_HEADER] = token

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def get(self, path: str) -> Any:
        """The parsed answer. Raises ClientError."""
        return _parsed(self._call("GET", path))

    def text(self, path: str) -> str:
        return self._call("GET", path).body.decode()

    def send(self, method: str, path: str, content: Any = None) -> Any:
        """Raises ClientError."""
        body = None if content is None else json.dumps(content).encode()
        return _parsed(self._call(method, path, body))

    def _call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        answer = self._transport.request(method, f"/admin{path}", headers, body)
        if not 200 <= answer.status < 300:
            raise _refused(answer, method, path, self._transport.origin)
        return answer


def _token(data: str) -> str:
    if not data:
        return os.environ.get("OPENLPAR_ADMIN_TOKEN", "")
    path = os.path.join(data, _TOKEN_FILE)
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except OSError as cause:
        raise LogonRefused(
            f"The token of the service in {path} cannot be read: {cause.strerror}.",
            "--data names the directory that the service was started with; only its owner may read the token.",
        ) from cause


def _parsed(answer: Answer) -> Any:
    if not answer.body:
        return None
    try:
        return json.loads(answer.body)
    except ValueError as cause:
        raise BadAnswer(f"The administration's answer is not JSON: {cause}.") from cause


def _refused(answer: Answer, method: str, path: str, origin: str) -> RestError | BadAnswer:
    try:
        content = json.loads(answer.body)
        text = f"[{content['id']}] {content['message']}"
    except (ValueError, KeyError, TypeError):
        if answer.status == 404:
            return BadAnswer(f"{origin} has no administration at /admin{path}.", "Is this an OpenLPAR service?")
        return RestError(answer.status, f"{method} /admin{path} failed with HTTP {answer.status}.", "", method, path)
    error = RestError(answer.status, text, "", method, path)
    remedy = str(content.get("remedy", ""))
    error.hint = "" if remedy in text else remedy
    return error
