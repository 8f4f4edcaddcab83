"""Each scenario in both of the client's ways to log on; what it leaves behind; how many requests it takes."""

from __future__ import annotations

import json

import pytest

from tests.pypowervm import counts
from tests.pypowervm.clients import Client, scenarios_of_one_server
from tests.pypowervm.conftest import Servers

pytestmark = pytest.mark.pypowervm


@pytest.mark.parametrize("mode", ["file", "password"])
@pytest.mark.parametrize("scenario", scenarios_of_one_server())
def test_scenario(scenario: str, mode: str, client: Client, servers: Servers) -> None:
    result = client.run(scenario, mode, servers.get())
    if result["traceback"] or result["changed"]:
        servers.spoiled()
    assert result["traceback"] is None, f"\n{result['traceback']}"
    assert not result["changed"], "the system is not as it was before:\n" + "\n".join(result["changed"])
    counts.check(result, mode)


def test_the_table_of_requests_names_every_scenario_and_none_that_is_gone() -> None:
    assert set(json.loads(counts.REQUESTS.read_text())) == counts.COUNTED
