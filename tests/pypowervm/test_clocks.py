"""The scenarios that need a clock of their own, each on a server of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import start_server
from tests.pypowervm.clients import Client, scenarios

pytestmark = pytest.mark.pypowervm


@pytest.mark.parametrize("scenario", [name for name in scenarios() if name.startswith("clocks.")])
def test_clocks(scenario: str, client: Client, tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", clock="stepped")
    try:
        result = client.run(scenario, "file", server)
    finally:
        server.kill()
    assert result["traceback"] is None, f"\n{result['traceback']}"
    assert not result["changed"], "\n".join(result["changed"])
