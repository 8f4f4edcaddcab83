"""An engine to test with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.engine.engine import Engine
from tests.engine.switches import make_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    made = make_engine(tmp_path / "state.db")
    await made.start()
    yield made
    await made.stop()
