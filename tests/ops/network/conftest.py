"""The plant as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.network.plant import Plant


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path / "data")
