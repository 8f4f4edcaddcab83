"""A server for consoles, and how commands are run against it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import BIN, Server, start_server

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("console") / "data")
    yield running
    running.stop()


@pytest.fixture
def environment(served: Server) -> dict[str, str]:
    return {**os.environ, "OPENLPAR_URL": served.http, "OPENLPAR_LOG_DIR": str(served.data.parent)}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def command(name: str, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / name), *arguments],
            input=typed,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return command


@pytest.fixture(scope="module")
def vm1(served: Server) -> str:
    """A running partition; its id."""
    environment = {**os.environ, "OPENLPAR_URL": served.http, "OPENLPAR_LOG_DIR": str(served.data.parent)}
    for words in (
        ["create", "--name", "vm1", "--type", "AIX/Linux", "--mem", "1024", "--proc-type", "shared", "--proc", "2"],
        ["power-on", "-i", "name=vm1"],
    ):
        done = subprocess.run([str(BIN / "pvmctl"), "lpar", *words], env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    return "4"
