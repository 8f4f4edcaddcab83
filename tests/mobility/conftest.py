"""Two systems to move partitions between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.engine import mobility
from tests.mobility.pair import Pair


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for the other side."""
    monkeypatch.setattr(mobility, "PAUSES_S", (0.01,) * 200)
    monkeypatch.setattr(mobility, "WATCH_S", 0.02)
    monkeypatch.setattr(mobility, "LONGEST_WATCH_S", 0.05)


@pytest.fixture
async def pair(tmp_path: Path, hasty: None) -> AsyncIterator[Pair]:
    made = Pair(tmp_path)
    await made.start()
    yield made
    await made.stop()
