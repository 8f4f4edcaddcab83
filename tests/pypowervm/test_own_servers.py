"""The scenarios that need a server of their own: with a clock that only moves when told, or because nothing undoes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import start_server
from tests.pypowervm import counts
from tests.pypowervm.clients import OWN_CLOCKS, Client, scenarios

pytestmark = pytest.mark.pypowervm


@pytest.mark.parametrize("scenario", [name for name in scenarios() if name.partition(".")[0] in OWN_CLOCKS])
def test_on_a_server_of_its_own(scenario: str, client: Client, tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", clock=OWN_CLOCKS[scenario.partition(".")[0]])
    try:
        result = client.run(scenario, "file", server)
    finally:
        server.kill()
    assert result["traceback"] is None, f"\n{result['traceback']}"
    counts.check(result, "file")
