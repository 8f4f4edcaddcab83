"""The client's migration tasks, between two servers that know each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.cli.openlpar.entry import main as openlpar
from tests.conftest import Server, start_server
from tests.mobility.systems import gannet, osprey, written
from tests.pypowervm import counts
from tests.pypowervm.clients import Client, scenarios

pytestmark = pytest.mark.pypowervm


def _started(folder: Path, clock: str) -> list[Server]:
    return [
        start_server(folder / name, "--system", str(written(folder, name, text)), "--seed", seed, clock=clock)
        for name, text, seed in (("gannet", gannet(), "1"), ("osprey", osprey(), "2"))
    ]


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two that nobody made known to each other."""
    servers = _started(tmp_path, "immediate")
    yield servers[0], servers[1]
    for server in servers:
        server.kill()


NOT_AT_ONCE = {"mobility.a_migration_is_stopped": "scaled:8"}
"""Scenarios that need time to pass while something is under way, and the clock they need."""


@pytest.fixture(scope="module")
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """On the clock that is the fixture's parameter."""
    servers = _started(tmp_path_factory.mktemp("two"), request.param)
    assert openlpar(["trust", servers[1].http, "--url", servers[0].http]) == 0
    yield servers[0], servers[1]
    for server in servers:
        server.kill()


def _run(scenario: str, client: Client, here: Server, there: Server) -> None:
    other: Any = {"http": there.http, "https": there.https, "admin": there.admin, "data": str(there.data)}
    result = client.run(scenario, "file", here, other=other)
    assert result["traceback"] is None, f"\n{result['traceback']}"
    counts.check(result, "file")


@pytest.mark.parametrize(
    ("scenario", "two"),
    [(name, NOT_AT_ONCE.get(name, "immediate")) for name in scenarios() if name.startswith("mobility.")],
    indirect=["two"],
)
def test_migration(scenario: str, client: Client, two: tuple[Server, Server]) -> None:
    _run(scenario, client, *two)


@pytest.mark.parametrize("scenario", [name for name in scenarios() if name.startswith("keys.")])
def test_strangers_with_keys(scenario: str, client: Client, strangers: tuple[Server, Server]) -> None:
    _run(scenario, client, *strangers)
