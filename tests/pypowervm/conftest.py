"""The unmodified pypowervm client against our server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server, start_server
from tests.pypowervm.clients import PYTHON, Client


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The client's process, one for each of our own."""
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: the client has an environment of its own; `make setup` makes it")
    running = Client.start(tmp_path_factory.mktemp("client"))
    yield running
    running.stop()


class Servers:
    """A server for scenarios one after the other: each leaves it as it was, or there is a new one for the next."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._running: Server | None = None
        self._count = 0

    def get(self) -> Server:
        if self._running is None or self._running.process.poll() is not None:
            self._count += 1
            self._running = start_server(self._place / f"server{self._count}" / "data")
        return self._running

    def spoiled(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running = None


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    made = Servers(tmp_path_factory.mktemp("pypowervm"))
    yield made
    made.spoiled()
