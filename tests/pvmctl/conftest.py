"""pvmctl's own log goes into the test's folder, and no variable of the caller's shell reaches the commands."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("OPENLPAR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path / "log"))
