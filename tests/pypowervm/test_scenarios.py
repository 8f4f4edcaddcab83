"""Each scenario in both of the client's ways to log on; what it leaves behind; how many requests it takes."""

from __future__ import annotations

import json
import os

import pytest

from tests.pypowervm.clients import HERE, Client, scenarios
from tests.pypowervm.conftest import Servers

pytestmark = pytest.mark.pypowervm

REQUESTS = HERE / "requests.json"
UNCOUNTED = {
    "events.the_listener_survives_the_loss_of_its_session": "either of its threads may be the one that logs on again",
    "transactions.eight_threads_of_feed_tasks_lose_no_change": "how often threads meet depends on the machine",
}
ELSEWHERE = ("clocks.", "clusters.", "journeys.", "keys.", "metrics.", "mobility.", "recordings.")
SCENARIOS = [name for name in scenarios() if not name.startswith(ELSEWHERE)]


@pytest.mark.parametrize("mode", ["file", "password"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str, mode: str, client: Client, servers: Servers) -> None:
    result = client.run(scenario, mode, servers.get())
    if result["traceback"] or result["changed"]:
        servers.spoiled()
    assert result["traceback"] is None, f"\n{result['traceback']}"
    assert not result["changed"], "the system is not as it was before:\n" + "\n".join(result["changed"])
    if scenario in UNCOUNTED:
        return
    table = json.loads(REQUESTS.read_text()) if REQUESTS.exists() else {}
    if os.environ.get("UPDATE_REQUESTS"):
        _write(scenario, mode, result["requests"])
        return
    known = table.get(scenario, {}).get(mode)
    assert result["requests"] == known, (
        f"{scenario} took {result['requests']} requests, not {known}: if that is as it should be, "
        "run `UPDATE_REQUESTS=1 pytest -n 0 tests/pypowervm`"
    )


def _write(scenario: str, mode: str, requests: int) -> None:
    table = json.loads(REQUESTS.read_text()) if REQUESTS.exists() else {}
    table = {name: counts for name, counts in table.items() if name in SCENARIOS and name not in UNCOUNTED}
    table.setdefault(scenario, {})[mode] = requests
    REQUESTS.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")


def test_the_table_of_requests_names_no_scenario_that_is_gone() -> None:
    table = json.loads(REQUESTS.read_text())
    assert set(table) == set(SCENARIOS) - set(UNCOUNTED)
