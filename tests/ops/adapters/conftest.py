"""The plant as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.adapters.plant import StoragePlant


@pytest.fixture
def plant(tmp_path: Path) -> StoragePlant:
    return StoragePlant(tmp_path / "data")
