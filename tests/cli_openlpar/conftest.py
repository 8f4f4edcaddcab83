"""What tests of ``openlpar`` on a service share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Server, start_server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service on the default system that the tests of one module change."""
    running = start_server(tmp_path_factory.mktemp("served") / "data")
    yield running
    running.stop()


@pytest.fixture
def found(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands ask that service."""
    for name in ("OPENLPAR_ADMIN_TOKEN", "OPENLPAR_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENLPAR_URL", served.http)
