from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vswitch.running import Guest, Switch


@pytest.fixture
def folder() -> Iterator[Path]:
    """A run folder with a path short enough for sockets."""
    path = Path(tempfile.mkdtemp(prefix="ol"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def switch(folder: Path) -> Iterator[Switch]:
    running = Switch(folder)
    yield running
    if running.process.returncode is None:
        running.end()


@pytest.fixture
def connect(folder: Path) -> Iterator[Callable[[str], Guest]]:
    """Makes guests by name of port."""
    made: list[Guest] = []

    def guest(name: str) -> Guest:
        made.append(Guest(folder, name))
        return made[-1]

    yield guest
    for one in made:
        one.close()
