"""A server whose simulation tests may set as they like."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Server, start_server


@dataclass(frozen=True)
class Admin:
    """A bare client of ``/admin``."""

    server: Server

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and parsed answer (None when it is empty, a text when it is not JSON)."""
        address = urlsplit(self.server.admin)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, address.path + path, data, given | (headers or {}))
        response = connection.getresponse()
        raw = response.read()
        connection.close()
        if "json" not in response.headers.get("content-type", ""):
            return response.status, raw.decode() or None
        return response.status, json.loads(raw)

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self.call(method, path, body)
        assert 200 <= status < 300, answer
        return answer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("admin") / "data", clock="stepped")
    yield running
    running.stop()


@pytest.fixture
def admin(served: Server) -> Iterator[Admin]:
    client = Admin(served)
    yield client
    client.ok("DELETE", "/faults")
